//! Packets that etherparse built decode as they were built; what is then damaged decodes as
//! etherparse reads it, and never panics.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)] // A test may panic.

mod built;

use built::packet;
use etherparse::{LaxSlicedPacket, TransportSlice};
use proptest::prelude::*;
use wire::{Flags, Frame, LinkType, Malformed, Net, Packet, Tunnel, ip_protocol};

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn built_packets_decode_alike(built in packet()) {
        let packet = Packet::decode(&Frame::whole(LinkType::Ethernet, &built.bytes)).unwrap();
        built.check(&packet);
    }

    #[test]
    fn metadata_and_inline_tags_decode_alike(built in packet(), tci in any::<u16>(), padding in 0..20_usize) {
        let mut bytes = built.bytes;
        bytes.extend(vec![0; padding]);
        let mut tagged = bytes.clone();
        let [hi, lo] = tci.to_be_bytes();
        tagged.splice(12..12, [0x81, 0, hi, lo]);
        let inline = Packet::decode(&Frame::whole(LinkType::Ethernet, &tagged)).unwrap();
        let tag = wire::VlanTag { tpid: 0x8100, tci };
        let stripped = Frame { vlan: Some(tag), ..Frame::whole(LinkType::Ethernet, &bytes) };
        let stripped = Packet::decode(&stripped).unwrap();
        prop_assert_eq!(inline.vlans, stripped.vlans);
        prop_assert_eq!(inline.bytes, stripped.bytes);
        prop_assert_eq!(inline.payload(&tagged), stripped.payload(&bytes));
        prop_assert_eq!(inline.payload_at, stripped.payload_at + 4);
        prop_assert_eq!((inline.src_port, inline.flags), (stripped.src_port, stripped.flags));
    }

    #[test]
    fn cut_packets_keep_their_lengths(built in packet(), keep in 0.0..1.0) {
        let whole = Packet::decode(&Frame::whole(LinkType::Ethernet, &built.bytes)).unwrap();
        let len = (built.bytes.len() as f64 * keep) as usize;
        let cut = Frame { wire_len: built.bytes.len() as u32, ..Frame::whole(LinkType::Ethernet, &built.bytes[..len]) };
        let Ok(packet) = Packet::decode(&cut) else { return Ok(()) };
        within_bounds(&cut, &packet);
        prop_assert_eq!(packet.bytes, whole.bytes);
        if packet.flags.has(Flags::TRANSPORT) && !packet.flags.has(Flags::CUT_TRANSPORT) {
            prop_assert_eq!((packet.src_port, packet.seq), (whole.src_port, whole.seq));
            prop_assert_eq!(packet.payload_len, whole.payload_len);
            if usize::from(whole.payload_at) <= len {
                prop_assert_eq!(packet.payload(cut.bytes), &cut.bytes[usize::from(whole.payload_at)..]);
            }
        }
    }

    #[test]
    fn damaged_packets_decode_as_etherparse_reads_them(
        built in packet(),
        damage in prop::collection::vec((0..120_usize, any::<u8>()), 0..4),
        padding in 0..10_usize,
    ) {
        let mut bytes = built.bytes;
        bytes.extend(vec![0xee; padding]);
        for (at, value) in damage {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        all_in_bounds(LinkType::Ethernet, &bytes);
        agrees(&bytes);
    }

    #[test]
    fn any_bytes_on_any_link(bytes in prop::collection::vec(any::<u8>(), 0..200), link in link(), more in 0..2000_u32) {
        all_in_bounds(link, &bytes);
        let wire_len = bytes.len() as u32 + more;
        let cut = Frame { wire_len, ..Frame::whole(link, &bytes) };
        for level in Packet::levels(&cut).flatten() {
            within_bounds(&cut, &level);
        }
    }

    /// Random bytes rarely get past the first header; behind a real one they do.
    #[test]
    fn any_bytes_behind_a_header(bytes in prop::collection::vec(any::<u8>(), 0..200), start in started()) {
        let bytes = [start, bytes].concat();
        all_in_bounds(LinkType::Ethernet, &bytes);
        agrees(&bytes);
    }
}

fn link() -> impl Strategy<Value = LinkType> {
    let numbers = [0, 1, 9, 101, 104, 105, 113, 127, 147, 192, 228, 229, 276];
    prop::sample::select(numbers.map(LinkType::from_pcap).to_vec())
}

/// An Ethernet header, or one with a tunnel's headers behind it, for random bytes to follow.
fn started() -> impl Strategy<Value = Vec<u8>> {
    let kinds = [0x0800_u16, 0x86dd, 0x8100, 0x88a8, 0x8847, 0x8864, 0x8903, 0x0806, 0x0030];
    let link = prop::sample::select(kinds.to_vec()).prop_map(|kind| {
        let mut bytes = vec![2; 12];
        bytes.extend(kind.to_be_bytes());
        bytes
    });
    let ip = prop::sample::select(vec![4_u8, 41, 47, 51, 115, 17, 6, 132, 33, 0, 44, 43, 60]).prop_map(
        |protocol| {
            let mut bytes = vec![2; 12];
            bytes.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 100, protocol, 64]);
            bytes.extend([0x20; 32]);
            bytes
        },
    );
    let ports = [1701_u16, 2152, 3544, 4500, 4789, 4790, 5247, 6081, 8472];
    let udp = prop::sample::select(ports.to_vec()).prop_map(|port| {
        let mut bytes = vec![2; 12];
        bytes.extend([8, 0, 0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x99, 0x99]);
        bytes.extend(port.to_be_bytes());
        bytes.extend([0, 0, 0, 0]);
        bytes
    });
    prop_oneof![link, ip, udp]
}

fn all_in_bounds(link: LinkType, bytes: &[u8]) {
    let frame = Frame::whole(link, bytes);
    let mut levels = 0;
    for level in Packet::levels(&frame) {
        let Ok(level) = level else { break };
        within_bounds(&frame, &level);
        assert_eq!(level.depth, levels);
        levels += 1;
    }
    assert!(levels <= Packet::MAX_DEPTH + 1);
    let mut headers = 0;
    let _ = Packet::headers(&frame, |header| {
        headers += 1;
        let _ = format!("{header:?}");
    });
    assert!(headers <= 40 * (usize::from(levels) + 1));
}

fn within_bounds(frame: &Frame<'_>, level: &Packet) {
    let captured = frame.bytes.len();
    let wire_len = (frame.wire_len as usize).max(captured);
    let [link, net, transport, payload] =
        [level.link_at, level.net_at, level.transport_at, level.payload_at].map(usize::from);
    assert!(link <= net && net <= transport && transport <= payload, "{level:?}");
    assert!(payload + level.payload_captured as usize <= captured.max(payload), "{level:?}");
    assert!(payload + level.payload_len as usize <= wire_len.max(payload), "{level:?}");
    assert!(level.payload_captured <= level.payload_len, "{level:?}");
    assert_eq!(level.payload(frame.bytes).len(), level.payload_captured as usize, "{level:?}");
    assert!(level.bytes as usize <= wire_len + 4, "{level:?}");
    assert_eq!(level.addresses(frame.bytes).is_some(), matches!(level.net, Net::Ipv4 | Net::Ipv6));
    let _ = (
        level.macs(frame.bytes),
        level.tcp_options(frame.bytes),
        level.tcp(frame.bytes),
        level.udp(frame.bytes),
    );
}

/// Where both find a transport header they find the same; what only one finds is by design.
fn agrees(bytes: &[u8]) {
    let Ok(theirs) = LaxSlicedPacket::from_ethernet(bytes) else {
        return assert!(Packet::decode(&Frame::whole(LinkType::Ethernet, bytes)).is_err());
    };
    let frame = Frame::whole(LinkType::Ethernet, bytes);
    let levels: Vec<_> = Packet::levels(&frame).map_while(Result::ok).collect();
    if let Err(cause) = Packet::decode(&frame) {
        // It goes by the version nibble alone, and takes an IPv4 length below that of the header
        // for a mistake of the sender.
        let forgiven = matches!(cause, Malformed::IpVersion | Malformed::IpTotalLength);
        return assert!(forgiven || theirs.transport.is_none(), "{cause} {theirs:?}");
    }
    // An AH is a level of its own here, and an extension of the IP header there.
    let same_packet = levels.iter().take_while(|l| l.depth == 0 || l.tunnel == Tunnel::Ah);
    let Some(ours) = same_packet.last() else { return };
    // etherparse knows neither what lies between Ethernet and IP, but for three tags, nor MACsec as
    // the end of what can be read.
    let plain = theirs.link_exts.iter().all(|ext| matches!(ext, etherparse::LaxLinkExtSlice::Vlan(_)))
        && usize::from(ours.vlans.depth()) == theirs.link_exts.len()
        && usize::from(ours.net_at) == 14 + 4 * theirs.link_exts.len();
    if !plain {
        return;
    }
    let found = match &theirs.transport {
        Some(TransportSlice::Tcp(t)) => {
            (ip_protocol::TCP, t.source_port(), t.destination_port(), t.payload())
        }
        Some(TransportSlice::Udp(u)) => {
            (ip_protocol::UDP, u.source_port(), u.destination_port(), u.payload())
        }
        _ => {
            // No transport of any fragment, not even the first; no ports of a header that is cut.
            let ports = matches!(ours.protocol, ip_protocol::TCP | ip_protocol::UDP)
                && ours.flags.has(Flags::TRANSPORT)
                && !ours.flags.has(Flags::FRAGMENT)
                && !ours.flags.has(Flags::CUT_TRANSPORT);
            return assert!(!ports || !readable_there(&theirs, ours), "{ours:?}\n{theirs:?}");
        }
    };
    let payload = ours.payload(bytes);
    assert_eq!((ours.protocol, ours.src_port, ours.dst_port), (found.0, found.1, found.2), "{ours:?}");
    // A UDP length below its own header leaves no payload here, and does not count there.
    let no_length = ours.udp(bytes).is_some_and(|udp| udp.length() < 8 && payload.is_empty());
    assert!(no_length || payload == found.3, "{ours:?}\n{payload:?}\n{:?}", found.3);
}

/// Headers that etherparse stops at, and the decoder does not.
fn readable_there(theirs: &LaxSlicedPacket<'_>, ours: &Packet) -> bool {
    theirs.stop_err.is_none() && !ours.flags.has(Flags::UDP_LEN_MISMATCH)
}
