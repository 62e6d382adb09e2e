//! What holds for every frame, whatever its bytes.

use std::hint::black_box;

use wire::{Flags, Frame, LinkType, Packet, VlanTag};

use super::fields;

/// Link types, in the order that the first byte of an input picks them.
pub(crate) const LINKS: [LinkType; 13] = [
    LinkType::Ethernet,
    LinkType::Raw,
    LinkType::Sll,
    LinkType::Sll2,
    LinkType::Null,
    LinkType::Ppp,
    LinkType::CiscoHdlc,
    LinkType::Ieee80211,
    LinkType::Radiotap,
    LinkType::Ppi,
    LinkType::Ipv4,
    LinkType::Ipv6,
    LinkType::Other(147),
];

/// The first byte has a VLAN tag in the metadata, as the kernel hands it over.
pub(crate) const TAGGED: u8 = 0x10;
/// The frame was longer on the wire than what was captured.
pub(crate) const CUT: u8 = 0x20;

/// One input: a byte that picks link type, tag and length on the wire, then the frame.
pub(crate) fn check(data: &[u8]) {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let link = LINKS[usize::from(choice & 0x0f) % LINKS.len()];
    let mut frame = Frame::whole(link, bytes);
    if choice & TAGGED != 0 {
        frame.vlan = Some(VlanTag { tpid: 0x8100, tci: 0xa064 });
    }
    if choice & CUT != 0 {
        frame.wire_len += 1000;
    }
    sound(&frame);
}

/// Decodes all levels and reads every field of every header of a frame; everything that is told
/// about it must lie inside of it.
pub(crate) fn sound(frame: &Frame<'_>) {
    let mut depth = 0;
    let mut broken = false;
    for level in Packet::levels(frame) {
        match level {
            Ok(packet) => level_is_sound(&packet, frame, depth),
            Err(cause) => {
                assert!(cause.index() < 32 && !cause.name().is_empty());
                broken = true;
            }
        }
        depth += 1;
    }
    assert!(depth <= Packet::MAX_DEPTH + 1, "{depth} levels");

    let mut headers = 0;
    let whole = Packet::headers(frame, |header| {
        headers += 1;
        fields::read(&header);
    });
    // Both walks go the same way.
    assert_eq!(whole.is_err(), broken);
    // A level has at most 16 steps of the link layer and 16 extension headers.
    assert!(headers <= 256, "{headers} headers");
}

fn level_is_sound(packet: &Packet, frame: &Frame<'_>, depth: u8) {
    let bytes = frame.bytes;
    let [link, net, transport, payload] =
        [packet.link_at, packet.net_at, packet.transport_at, packet.payload_at].map(usize::from);
    assert!(link <= net && net <= transport && transport <= payload, "{packet:?}");
    assert!(payload <= bytes.len(), "{packet:?} in {} bytes", bytes.len());
    assert!(packet.payload_captured <= packet.payload_len, "{packet:?}");
    assert_eq!(packet.payload(bytes).len(), packet.payload_captured as usize, "{packet:?}");
    let tag = if frame.vlan.is_some() { 4 } else { 0 };
    assert!(packet.bytes <= frame.wire_len + tag, "{packet:?} in {} bytes", frame.wire_len);
    assert!(packet.payload_len <= frame.wire_len, "{packet:?} in {} bytes", frame.wire_len);
    assert_eq!(packet.depth, depth);
    assert_eq!(packet.depth == 0, packet.tunnel.name().is_none());
    assert!(packet.vlans.ids().len() <= 4);

    assert_eq!(packet.is_ip(), packet.addresses(bytes).is_some());
    assert_eq!(packet.is_ip(), packet.ipv4(bytes).is_some() || packet.ipv6(bytes).is_some());
    if let Some(tcp) = packet.tcp(bytes) {
        assert_eq!((tcp.src_port(), tcp.seq()), (packet.src_port, packet.seq));
    }
    if let Some(udp) = packet.udp(bytes) {
        assert_eq!((udp.src_port(), udp.dst_port()), (packet.src_port, packet.dst_port));
    }
    assert!(!(packet.flags.has(Flags::LATER_FRAGMENT) && packet.flags.has(Flags::CUT_TRANSPORT)));
    black_box((
        packet.tcp_options(bytes).len(),
        packet.macs(bytes),
        packet.ethernet(bytes).map(|e| e.length()),
        packet.flags.names().count(),
    ));
}
