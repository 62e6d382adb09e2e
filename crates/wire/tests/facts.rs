//! What a monitor must get right and a receiver need not care about.

#![allow(clippy::unwrap_used)] // A test may panic.

use etherparse::PacketBuilder;
use wire::{Flags, Frame, LinkType, Malformed, Net, Packet, VlanTag, ip_protocol};

const MACS: ([u8; 6], [u8; 6]) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);

fn tcp4(payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2(MACS.0, MACS.1).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut bytes = Vec::new();
    builder.tcp(1000, 2000, 7, 512).ack(9).write_to_vec(&mut bytes, payload).unwrap();
    bytes
}

fn tcp6(payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2(MACS.0, MACS.1).ipv6([1; 16], [2; 16], 64);
    let mut bytes = Vec::new();
    builder.tcp(1000, 2000, 7, 512).ack(9).write_to_vec(&mut bytes, payload).unwrap();
    bytes
}

fn udp4(payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2(MACS.0, MACS.1).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut bytes = Vec::new();
    builder.udp(1000, 2000).write_to_vec(&mut bytes, payload).unwrap();
    bytes
}

fn decode(bytes: &[u8]) -> Packet {
    Packet::decode(&Frame::whole(LinkType::Ethernet, bytes)).unwrap()
}

/// Puts tags behind the addresses.
fn tagged(bytes: &[u8], tags: &[[u8; 4]]) -> Vec<u8> {
    let (addresses, rest) = bytes.split_at(12);
    [addresses, &tags.concat(), rest].concat()
}

#[test]
fn ethernet_padding_is_no_payload() {
    let mut bytes = tcp4(&[]);
    assert_eq!(bytes.len(), 54);
    bytes.resize(60, 0);
    let packet = decode(&bytes);
    assert_eq!((packet.payload_len, packet.payload_captured, packet.bytes), (0, 0, 54));
    assert_eq!(packet.payload(&bytes), []);
}

#[test]
fn ipv4_length_0_means_what_is_there() {
    let mut bytes = tcp4(&[5; 3000]);
    bytes[16..18].fill(0);
    let packet = decode(&bytes);
    assert!(packet.flags.has(Flags::OFFLOADED_LENGTH));
    assert_eq!((packet.payload_len, packet.bytes as usize), (3000, bytes.len()));
}

#[test]
fn ipv6_length_0_means_what_is_there() {
    let mut bytes = tcp6(&[5; 3000]);
    bytes[18..20].fill(0);
    let packet = decode(&bytes);
    assert!(packet.flags.has(Flags::OFFLOADED_LENGTH));
    assert_eq!((packet.payload_len, packet.bytes as usize), (3000, bytes.len()));
    // But with no next header there is nothing, and what follows is padding (RFC 8200 s4.7).
    bytes[20] = ip_protocol::NO_NEXT_HEADER;
    let packet = decode(&bytes);
    assert!(!packet.flags.has(Flags::OFFLOADED_LENGTH));
    assert_eq!((packet.payload_len, packet.bytes), (0, 54));
}

#[test]
fn frames_beyond_the_mtu_are_normal() {
    let packet = decode(&tcp4(&[5; 60_000]));
    assert_eq!((packet.payload_len, packet.flags), (60_000, decode(&tcp4(&[])).flags));
}

#[test]
fn lengths_come_from_headers_and_bytes_from_the_capture() {
    let whole = tcp4(&[5; 1460]);
    let frame = Frame { wire_len: 1514, ..Frame::whole(LinkType::Ethernet, &whole[..64]) };
    let packet = Packet::decode(&frame).unwrap();
    assert!(packet.flags.has(Flags::TRUNCATED) && !packet.flags.has(Flags::IP_LEN_BEYOND_FRAME));
    assert_eq!((packet.payload_len, packet.payload_captured, packet.bytes), (1460, 10, 1514));
    assert_eq!(packet.payload(frame.bytes), [5; 10]);
}

#[test]
fn a_cut_transport_header_still_has_ports() {
    let whole = tcp4(&[5; 100]);
    for len in 34..54 {
        let frame = Frame { wire_len: 154, ..Frame::whole(LinkType::Ethernet, &whole[..len]) };
        let packet = Packet::decode(&frame).unwrap();
        assert!(packet.flags.has(Flags::CUT_TRANSPORT) && packet.flags.has(Flags::TRUNCATED));
        assert_eq!(packet.flags.has(Flags::TRANSPORT), len >= 38);
        let ports = if len >= 38 { (1000, 2000) } else { (0, 0) };
        assert_eq!((packet.src_port, packet.dst_port, packet.seq), (ports.0, ports.1, 0));
        assert_eq!((packet.protocol, packet.payload(frame.bytes)), (6, &[][..]));
    }
}

#[test]
fn an_ip_length_beyond_the_frame_ends_with_it() {
    let mut bytes = tcp4(&[5; 10]);
    bytes[16..18].copy_from_slice(&2000_u16.to_be_bytes());
    let packet = decode(&bytes);
    assert!(packet.flags.has(Flags::IP_LEN_BEYOND_FRAME) && !packet.flags.has(Flags::TRUNCATED));
    assert_eq!((packet.payload_len, packet.payload_captured), (10, 10));
}

#[test]
fn a_tag_in_metadata_is_as_good_as_inline() {
    let plain = tcp4(b"data");
    let inline = tagged(&plain, &[[0x81, 0, 0x60, 5]]);
    let inline = Packet::decode(&Frame::whole(LinkType::Ethernet, &inline)).unwrap();
    let vlan = Some(VlanTag { tpid: 0x8100, tci: 0x6005 });
    let stripped = Packet::decode(&Frame { vlan, ..Frame::whole(LinkType::Ethernet, &plain) }).unwrap();
    assert_eq!((inline.vlans, inline.bytes), (stripped.vlans, stripped.bytes));
    assert_eq!((inline.vlans.ids(), inline.bytes), (&[5][..], 62));
    // The one in metadata is the outermost.
    let inner = tagged(&plain, &[[0x81, 0, 0, 7]]);
    let both = Packet::decode(&Frame { vlan, ..Frame::whole(LinkType::Ethernet, &inner) }).unwrap();
    assert_eq!(both.vlans.ids(), [5, 7]);
}

#[test]
fn tags_of_every_kind_nest() {
    let bytes = tagged(&tcp4(b"data"), &[[0x88, 0xa8, 0, 1], [0x91, 0, 0, 2], [0x81, 0, 0, 3]]);
    let packet = decode(&bytes);
    assert_eq!((packet.vlans.ids(), packet.payload(&bytes)), (&[1, 2, 3][..], &b"data"[..]));
}

#[test]
fn more_tags_than_anybody_needs() {
    let bytes = tagged(&tcp4(b"data"), &[[0x81, 0, 0, 9]; 7]);
    let packet = decode(&bytes);
    assert_eq!((packet.vlans.depth(), packet.vlans.ids(), packet.src_port), (7, &[9; 4][..], 1000));
    let endless = tagged(&tcp4(b"data"), &[[0x81, 0, 0, 9]; 40]);
    assert_eq!(Packet::decode(&Frame::whole(LinkType::Ethernet, &endless)).unwrap_err(), Malformed::TooDeep);
}

#[test]
fn a_udp_length_below_the_ip_length_ends_the_payload() {
    let mut bytes = udp4(&[5; 40]);
    bytes[38..40].copy_from_slice(&28_u16.to_be_bytes());
    let packet = decode(&bytes);
    assert!(packet.flags.has(Flags::UDP_LEN_MISMATCH));
    assert_eq!((packet.payload_len, packet.payload_captured, packet.bytes), (20, 20, 82));
}

#[test]
fn a_udp_length_beyond_the_ip_length_does_not_lengthen_it() {
    let mut bytes = udp4(&[5; 40]);
    bytes[38..40].copy_from_slice(&2000_u16.to_be_bytes());
    let packet = decode(&bytes);
    assert!(packet.flags.has(Flags::UDP_LEN_MISMATCH));
    assert_eq!(packet.payload_len, 40);
    bytes[38..40].copy_from_slice(&3_u16.to_be_bytes());
    assert_eq!(decode(&bytes).payload_len, 0);
}

#[test]
fn the_first_fragment_has_ports_and_the_others_an_id() {
    let mut bytes = udp4(&[5; 40]);
    bytes[18..20].copy_from_slice(&77_u16.to_be_bytes());
    bytes[20] = 0x20;
    // The UDP length is that of the datagram: no mismatch.
    bytes[38..40].copy_from_slice(&5000_u16.to_be_bytes());
    let first = decode(&bytes);
    assert!(first.flags.has(Flags::FRAGMENT) && first.flags.has(Flags::MORE_FRAGMENTS));
    assert!(!first.flags.has(Flags::LATER_FRAGMENT) && !first.flags.has(Flags::UDP_LEN_MISMATCH));
    assert_eq!((first.src_port, first.ip_id, first.payload_len), (1000, 77, 40));
    bytes[20..22].copy_from_slice(&[0, 6]);
    let later = decode(&bytes);
    assert!(later.flags.has(Flags::LATER_FRAGMENT) && !later.flags.has(Flags::TRANSPORT));
    assert_eq!((later.src_port, later.ip_id, later.fragment_offset, later.payload_len), (0, 77, 48, 48));
    assert_eq!(later.protocol, ip_protocol::UDP);
}

#[test]
fn ipv6_fragments() {
    // The fragment header stands before the TCP header that the builder made.
    let mut bytes = tcp6(b"data");
    let fragment = |flags: u8| [6, 0, 0, flags, 0, 1, 0, 2];
    bytes[20] = ip_protocol::FRAGMENT;
    bytes[18..20].copy_from_slice(&32_u16.to_be_bytes());
    bytes.splice(54..54, fragment(1));
    let first = decode(&bytes);
    assert_eq!((first.src_port, first.ip_id, first.payload(&bytes)), (1000, 0x1_0002, &b"data"[..]));
    assert!(first.flags.has(Flags::FRAGMENT) && first.flags.has(Flags::IP_OPTIONS));
    bytes[57] = 8;
    let later = decode(&bytes);
    assert!(later.flags.has(Flags::LATER_FRAGMENT) && !later.flags.has(Flags::MORE_FRAGMENTS));
    assert_eq!((later.fragment_offset, later.payload_len, later.protocol), (8, 24, ip_protocol::TCP));
}

#[test]
fn ipv6_extension_headers_end_with_the_packet() {
    let mut bytes = tcp6(&[]);
    bytes[20] = ip_protocol::DESTINATION_OPTIONS;
    // It claims 2048 bytes.
    bytes[54..56].copy_from_slice(&[6, 255]);
    let packet = decode(&bytes);
    assert!(packet.flags.has(Flags::CUT_TRANSPORT) && !packet.flags.has(Flags::TRANSPORT));
    assert_eq!((packet.net, packet.protocol), (Net::Ipv6, ip_protocol::DESTINATION_OPTIONS));
}

#[test]
fn what_cannot_be_decoded_has_a_cause() {
    let cause = |bytes: &[u8]| Packet::decode(&Frame::whole(LinkType::Ethernet, bytes)).unwrap_err();
    let good = tcp4(&[]);
    assert_eq!(cause(&good[..13]), Malformed::LinkTruncated);
    assert_eq!(cause(&good[..33]), Malformed::NetTruncated);
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        bytes
    };
    assert_eq!(cause(&with(14, 0x65)), Malformed::IpVersion);
    assert_eq!(cause(&with(14, 0x44)), Malformed::IpHeaderLength);
    assert_eq!(cause(&with(17, 19)), Malformed::IpTotalLength);
    assert_eq!(Malformed::ALL.map(Malformed::index), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_data_offset_below_the_header_is_not_believed() {
    let mut bytes = tcp4(b"data");
    bytes[46] = 0x40;
    let packet = decode(&bytes);
    assert!(packet.flags.has(Flags::CUT_TRANSPORT));
    assert_eq!((packet.src_port, packet.tcp_flags, packet.payload_len), (1000, 0, 0));
}
