use super::*;
use crate::Frame;
use crate::packet::Net;
use crate::testing::{cat, ethernet, levels, small, small6};

/// Decodes a frame that carries [`small`] and says how many bytes it counts.
fn carries(link: LinkType, header: &[u8], packet: &[u8]) -> Packet {
    let frame = cat(&[header, packet]);
    let level = levels(link, &frame).unwrap()[0];
    assert_eq!((level.src_port, level.dst_port, level.payload(&frame)), (7, 9, &b"data"[..]));
    assert_eq!(usize::from(level.net_at), header.len());
    level
}

fn stops(link: LinkType, frame: &[u8]) -> Packet {
    let level = levels(link, frame).unwrap()[0];
    assert_eq!((level.net, level.flags.has(crate::Flags::TRANSPORT)), (Net::Other, false));
    level
}

#[test]
fn loopback() {
    for family in [[2, 0, 0, 0], [0, 0, 0, 2]] {
        assert_eq!(carries(LinkType::Null, &family, &small()).net, Net::Ipv4);
    }
    for family in [24, 28, 30, 10] {
        assert_eq!(carries(LinkType::Null, &[family, 0, 0, 0], &small6()).net, Net::Ipv6);
        assert_eq!(carries(LinkType::Null, &[0, 0, 0, family], &small6()).net, Net::Ipv6);
    }
    stops(LinkType::Null, &[7, 0, 0, 0, 1, 2]);
    assert_eq!(levels(LinkType::Null, &[2, 0, 0]).unwrap_err(), Malformed::LinkTruncated);
}

#[test]
fn ppp() {
    for header in [&[0xff, 3, 0, 0x21][..], &[0, 0x21], &[0x21], &[0xff, 3, 0x21]] {
        carries(LinkType::Ppp, header, &small());
    }
    carries(LinkType::Ppp, &[0xff, 3, 0, 0x57], &small6());
    carries(LinkType::Ppp, &[0xff, 3, 2, 0x81, 0, 1, 0x11, 9], &small());
    carries(LinkType::Ppp, &[0x0f, 0, 8, 0], &small());
    stops(LinkType::Ppp, &[0xff, 3, 0xc0, 0x21, 1, 1, 0, 4]);
}

#[test]
fn cisco_hdlc() {
    carries(LinkType::CiscoHdlc, &[0x0f, 0, 8, 0], &small());
    carries(LinkType::CiscoHdlc, &[0x8f, 0, 0x86, 0xdd], &small6());
    carries(LinkType::CiscoHdlc, &[0x0f, 0, 0x88, 0x47, 0, 1, 0x11, 9], &small());
    let keepalive = stops(LinkType::CiscoHdlc, &[0x8f, 0, 0x80, 0x35, 0, 0, 0, 2]);
    assert_eq!(keepalive.payload_len, 4);
}

#[test]
fn cooked() {
    let mac = [2, 0, 0, 0, 0, 1];
    let sll = |protocol: [u8; 2]| cat(&[&[0, 4, 0, 1, 0, 6], &mac, &[0, 0], &protocol]);
    let sll2 = |protocol: [u8; 2]| cat(&[&protocol, &[0, 0, 0, 0, 0, 3, 0, 1, 4, 6], &mac, &[0, 0]]);
    for (link, header) in [(LinkType::Sll, sll([8, 0])), (LinkType::Sll2, sll2([8, 0]))] {
        let level = carries(link, &header, &small());
        assert_eq!(level.macs(&cat(&[&header, &small()])), (Some(MacAddr(mac)), None));
    }
    let tagged = cat(&[&sll([0x81, 0]), &[0, 5, 0x86, 0xdd]]);
    assert_eq!(carries(LinkType::Sll, &tagged, &small6()).vlans.ids(), [5]);
    let snap = cat(&[&sll2([0, 4]), &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]]);
    carries(LinkType::Sll2, &snap, &small());
    let spanning_tree = cat(&[&sll([0, 4]), &[0x42, 0x42, 3, 0, 0]]);
    assert_eq!(stops(LinkType::Sll, &spanning_tree).ethertype, sll::protocol::LLC);
    stops(LinkType::Sll, &cat(&[&sll([0, 1]), &[0xff, 0xff, 0, 3]]));
    let mut netlink = cat(&[&sll([8, 0]), &[0; 20]]);
    netlink[2..4].copy_from_slice(&sll::hardware::NETLINK.to_be_bytes());
    stops(LinkType::Sll, &netlink);
}

#[test]
fn raw() {
    carries(LinkType::Raw, &[], &small());
    carries(LinkType::Raw, &[], &small6());
    carries(LinkType::Ipv4, &[], &small());
    carries(LinkType::Ipv6, &[], &small6());
    assert_eq!(levels(LinkType::Ipv4, &small6()).unwrap_err(), Malformed::IpVersion);
    assert_eq!(levels(LinkType::Raw, &[]).unwrap_err(), Malformed::NetTruncated);
    assert_eq!(levels(LinkType::Other(147), &small()).unwrap_err(), Malformed::LinkUnsupported);
}

const SNAP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

fn data_frame(flags: u8) -> Vec<u8> {
    cat(&[&[0x88, flags, 0, 0], &[1; 6], &[2; 6], &[3; 6], &[0, 0], &[0, 0]])
}

#[test]
fn wireless() {
    let header = cat(&[&data_frame(1), &SNAP]);
    let level = carries(LinkType::Ieee80211, &header, &small());
    assert_eq!(level.macs(&header), (Some(MacAddr([2; 6])), Some(MacAddr([3; 6]))));
    let between = cat(&[&data_frame(3)[..24], &[4; 6], &[0, 0], &SNAP]);
    assert_eq!(carries(LinkType::Ieee80211, &between, &small()).macs(&between).0, Some(MacAddr([4; 6])));
    let protected = cat(&[&data_frame(0x41), &SNAP, &small()]);
    assert_eq!(stops(LinkType::Ieee80211, &protected).macs(&protected).0, Some(MacAddr([2; 6])));
    stops(LinkType::Ieee80211, &cat(&[&[0x80], &data_frame(0)[1..24], &[0; 12]]));
    stops(LinkType::Ieee80211, &[0xd4, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn radiotap() {
    let radiotap = [0, 0, 9, 0, 2, 0, 0, 0, 0x10];
    let header = cat(&[&radiotap, &data_frame(1), &SNAP]);
    let frame = cat(&[&header, &small(), &[0xfc; 4]]);
    let level = levels(LinkType::Radiotap, &frame).unwrap()[0];
    assert_eq!((level.src_port, level.payload(&frame)), (7, &b"data"[..]));
    assert_eq!((level.link, level.link_at), (LinkType::Ieee80211, 9));
    assert_eq!(level.macs(&frame).0, Some(MacAddr([2; 6])));
    // The check sequence is no payload, where no IP length says so.
    let beacon = cat(&[&radiotap, &[0x80], &data_frame(0)[1..24], &[7; 12], &[0xfc; 4]]);
    assert_eq!(stops(LinkType::Radiotap, &beacon).payload(&beacon), [7; 12]);
    // The padding of some cards, to a multiple of four: 26 bytes become 28.
    let padded = cat(&[&radiotap[..8], &[0x20], &data_frame(1), &[0, 0], &SNAP]);
    carries(LinkType::Radiotap, &padded, &small());
}

#[test]
fn per_packet_information() {
    let ppi = |dlt: u8| [0, 0, 8, 0, dlt, 0, 0, 0];
    let header = cat(&[&ppi(1), &ethernet(0x0800, &[])]);
    let level = carries(LinkType::Ppi, &header, &small());
    assert_eq!((level.link, level.link_at, level.bytes), (LinkType::Ethernet, 8, 14 + 32));
    let fields = [0, 0, 14, 0, 105, 0, 0, 0, 2, 0, 2, 0, 9, 9];
    carries(LinkType::Ppi, &cat(&[&fields, &data_frame(1), &SNAP]), &small());
    let nested = cat(&[&ppi(192), &ppi(1), &ethernet(0x0800, &small())]);
    assert_eq!(levels(LinkType::Ppi, &nested).unwrap_err(), Malformed::LinkUnsupported);
}

#[test]
fn llc() {
    let len = 8 + small().len() as u16;
    let header = cat(&[&ethernet(len, &[]), &SNAP]);
    carries(LinkType::Ethernet, &header, &small());
    let direct = cat(&[&ethernet(len - 5, &[]), &[6, 6, 3]]);
    carries(LinkType::Ethernet, &direct, &small());
    // A spanning tree frame is padded to 60 bytes; its length says 38.
    let bpdu = ethernet(38, &cat(&[&[0x42, 0x42, 3], &[7; 35], &[0; 8]]));
    let level = stops(LinkType::Ethernet, &bpdu);
    assert_eq!((level.bytes, level.payload_len, level.ethertype), (14 + 38, 38, 38));
    // A length beyond the frame does not lengthen it.
    let cut = ethernet(1000, &[0x42, 0x42, 3, 0]);
    assert_eq!(stops(LinkType::Ethernet, &cut).bytes, 18);
}

#[test]
fn labels() {
    let labelled = |stack: &[u8]| cat(&[&ethernet(0x8847, &[]), stack]);
    carries(LinkType::Ethernet, &labelled(&[0, 1, 0x11, 64]), &small());
    carries(LinkType::Ethernet, &labelled(&[0, 1, 0x10, 64, 0, 2, 0x01, 64]), &small6());
    let frame = ethernet(0x0800, &[]);
    let wire = labelled(&cat(&[&[0, 1, 0x11, 64], &[0, 0, 0, 0], &frame]));
    carries(LinkType::Ethernet, &wire, &small());
    // Without a control word, towards a vendor's address that begins with 0.
    let bare = labelled(&cat(&[&[0, 1, 0x11, 64], &frame]));
    assert_eq!(carries(LinkType::Ethernet, &bare, &small()).link_at, 18);
    let endless = labelled(&[0, 1, 0x10, 64].repeat(40));
    assert_eq!(levels(LinkType::Ethernet, &endless).unwrap_err(), Malformed::TooDeep);
    let channel = labelled(&[0, 1, 0x11, 64, 0x10, 0, 0, 0x21, 0, 0]);
    stops(LinkType::Ethernet, &channel);
}

#[test]
fn pppoe() {
    let len = 2 + small().len() as u8;
    let session = |kind: u8, code: u8| ethernet(0x8864, &[kind, code, 0, 9, 0, len, 0, 0x21]);
    carries(LinkType::Ethernet, &session(0x11, 0), &small());
    // A length of its own cuts the padding.
    let echo =
        ethernet(0x8864, &cat(&[&[0x11, 0, 0, 9, 0, 10, 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4], &[0; 30]]));
    let level = stops(LinkType::Ethernet, &echo);
    assert_eq!((level.bytes, level.ethertype), (14 + 6 + 10, 0x8864));
    stops(LinkType::Ethernet, &cat(&[&session(0x11, 0xa7), &small()]));
    stops(LinkType::Ethernet, &cat(&[&session(0x21, 0), &small()]));
    stops(LinkType::Ethernet, &ethernet(0x8863, &[0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]));
}

#[test]
fn every_cut_is_told() {
    let frames = [
        (LinkType::Sll, cat(&[&[0, 4, 0, 1, 0, 6], &[2; 8], &[8, 0], &small()])),
        (LinkType::Radiotap, cat(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x10], &data_frame(1), &SNAP, &small()])),
        (LinkType::Ethernet, ethernet(0x8864, &cat(&[&[0x11, 0, 0, 9, 0, 34, 0, 0x21], &small()]))),
        (LinkType::Ethernet, ethernet(0x8847, &cat(&[&[0, 1, 0x11, 64], &small()]))),
    ];
    for (link, frame) in frames {
        for len in 0..frame.len() {
            let cut = Frame { wire_len: frame.len() as u32, ..Frame::whole(link, &frame[..len]) };
            if let Ok(level) = Packet::decode(&cut) {
                assert!(usize::from(level.payload_at) <= len.max(level.net_at.into()), "{link:?} {len}");
                assert!(level.payload_captured <= level.payload_len);
            }
        }
    }
}
