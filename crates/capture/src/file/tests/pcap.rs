//! The classic format: magic numbers, byte orders, odd headers.

use super::*;
use crate::file::Resolution;

const MICRO: u32 = 0xa1b2_c3d4;
const NANO: u32 = 0xa1b2_3c4d;
const KUZNETZOV: u32 = 0xa1b2_cd34;

/// A classic capture in the making.
pub(super) struct Pcap {
    pub(super) out: Out,
    magic: u32,
}

impl Pcap {
    pub(super) fn new(order: Order, magic: u32, snaplen: u32, link: u32) -> Self {
        let mut out = Out::new(order);
        out.u32(magic);
        out.u16(2);
        out.u16(4);
        out.i64(0);
        out.u32(snaplen);
        out.u32(link);
        Self { out, magic }
    }

    /// Ethernet, microseconds, little-endian.
    pub(super) fn plain() -> Self {
        Self::new(Order::Little, MICRO, 65_535, 1)
    }

    pub(super) fn header(&mut self, secs: u32, fraction: u32, captured: u32, wire_len: u32) {
        for value in [secs, fraction, captured, wire_len] {
            self.out.u32(value);
        }
        if self.magic == KUZNETZOV {
            self.out.put(&[0, 0, 0, 2, 8, 0, 4, 0]);
        }
    }

    pub(super) fn packet(&mut self, secs: u32, fraction: u32, bytes: &[u8]) {
        self.header(secs, fraction, bytes.len() as u32, bytes.len() as u32);
        self.out.put(bytes);
    }

    /// One packet a second from second 1 on.
    pub(super) fn with(mut self, frames: &[Vec<u8>]) -> Vec<u8> {
        for (secs, frame) in (1..).zip(frames) {
            self.packet(secs, 0, frame);
        }
        self.out.bytes
    }
}

#[test]
fn every_magic_number_and_byte_order_is_read() {
    let frames = frames(3000);
    for order in [Order::Little, Order::Big] {
        for (magic, resolution) in
            [(MICRO, Resolution::MICRO), (NANO, Resolution::NANO), (KUZNETZOV, Resolution::MICRO)]
        {
            let mut pcap = Pcap::new(order, magic, 262_144, 113);
            for (secs, frame) in (1_700_000_000..).zip(&frames) {
                pcap.packet(secs, 123_456, frame);
            }
            let outcome = read(&pcap.out.bytes);
            assert_eq!(outcome.error(), "");
            let fraction = if resolution == Resolution::NANO { 123_456 } else { 123_456_000 };
            assert_eq!(outcome.packets.len(), frames.len());
            for (secs, (packet, frame)) in (1_700_000_000..).zip(outcome.packets.iter().zip(&frames)) {
                assert_eq!(packet.nanos, secs * 1_000_000_000 + fraction);
                assert_eq!(&packet.bytes, frame);
                assert_eq!(packet.link, LinkType::Sll);
                assert_eq!(packet.interface, 0);
            }
            let interface = Interface { name: None, link: LinkType::Sll, resolution, snaplen: 262_144 };
            assert_eq!(outcome.interfaces, [interface]);
        }
    }
}

#[test]
fn a_capture_without_packets_is_one() {
    let outcome = read(&Pcap::plain().out.bytes);
    assert_eq!((outcome.packets.len(), outcome.error()), (0, String::new()));
}

#[test]
fn notes_on_check_sequences_are_no_part_of_the_link_type() {
    let outcome = read(&Pcap::new(Order::Big, MICRO, 65_535, 0x2400_0001).with(&frames(2)));
    assert_eq!(outcome.packets[1].link, LinkType::Ethernet);
}

#[test]
fn lengths_and_times_out_of_line_are_borne() {
    let mut pcap = Pcap::new(Order::Little, MICRO, 0, 1);
    pcap.header(5, 2_000_001, 4, 1500);
    pcap.out.put(&[1; 4]);
    pcap.header(u32::MAX, u32::MAX, 4, 0);
    pcap.out.put(&[2; 4]);
    let outcome = read(&pcap.out.bytes);
    assert_eq!(outcome.error(), "");
    assert_eq!(outcome.nanos(), [7_000_001_000, 4_294_967_295_000_000_000 + 4_294_967_295_000]);
    assert_eq!(outcome.packets[0].wire_len, 1500);
    assert_eq!(outcome.packets[1].wire_len, 4, "never less than what was captured");
}

#[test]
fn a_snap_length_of_megabytes_is_believed() {
    let big = vec![7; 3 << 20];
    let outcome = read(&Pcap::new(Order::Little, NANO, 4 << 20, 1).with(&[vec![1], big.clone(), vec![2]]));
    assert_eq!(outcome.error(), "");
    assert_eq!(outcome.packets[1].bytes, big);
    assert_eq!(outcome.packets[2].bytes, [2]);
}
