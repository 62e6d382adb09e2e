//! The block format: sections, interfaces, clocks, every kind of packet.

use super::*;
use crate::file::Resolution;

/// A pcapng capture in the making; it starts with a section header.
pub(super) struct Ng {
    pub(super) out: Out,
}

impl Ng {
    pub(super) fn new(order: Order) -> Self {
        let mut ng = Self { out: Out::new(order) };
        ng.section(order);
        ng
    }

    pub(super) fn block(&mut self, kind: u32, body: impl FnOnce(&mut Out)) {
        let mut out = Out::new(self.out.order);
        body(&mut out);
        out.pad();
        let length = out.bytes.len() as u32 + 12;
        self.out.u32(kind);
        self.out.u32(length);
        self.out.put(&out.bytes);
        self.out.u32(length);
    }

    pub(super) fn section(&mut self, order: Order) {
        self.out.order = order;
        self.block(0x0a0d_0d0a, |out| {
            out.u32(0x1a2b_3c4d);
            out.u16(1);
            out.u16(0);
            out.i64(-1);
        });
    }

    pub(super) fn interface(&mut self, link: u16, snaplen: u32, options: &[(u16, &[u8])]) {
        self.block(1, |out| {
            out.u16(link);
            out.u16(0);
            out.u32(snaplen);
            for (code, value) in options {
                out.u16(*code);
                out.u16(value.len() as u16);
                out.put(value);
                out.pad();
            }
        });
    }

    pub(super) fn enhanced(&mut self, interface: u32, ticks: u64, bytes: &[u8]) {
        self.block(6, |out| {
            out.u32(interface);
            out.u32((ticks >> 32) as u32);
            out.u32(ticks as u32);
            out.u32(bytes.len() as u32);
            out.u32(bytes.len() as u32 + 100);
            out.put(bytes);
            out.pad();
            // A comment, as an option behind the data.
            out.u16(1);
            out.u16(2);
            out.put(b"hi\0\0\0\0\0\0");
        });
    }

    pub(super) fn simple(&mut self, wire_len: u32, bytes: &[u8]) {
        self.block(3, |out| {
            out.u32(wire_len);
            out.put(bytes);
        });
    }
}

#[test]
fn both_byte_orders_are_read() {
    let frames = frames(2500);
    for order in [Order::Little, Order::Big] {
        let mut ng = Ng::new(order);
        ng.interface(1, 262_144, &[]);
        for (secs, frame) in (1..).zip(&frames) {
            ng.enhanced(0, secs * 1_000_000, frame);
        }
        let outcome = read(&ng.out.bytes);
        assert_eq!(outcome.error(), "");
        assert_eq!(outcome.packets.len(), frames.len());
        for (secs, (packet, frame)) in (1..).zip(outcome.packets.iter().zip(&frames)) {
            assert_eq!(packet.nanos, secs * 1_000_000_000);
            assert_eq!(&packet.bytes, frame);
            assert_eq!(packet.wire_len as usize, frame.len() + 100);
        }
    }
}

#[test]
fn each_interface_has_its_link_type_name_and_clock() {
    let mut ng = Ng::new(Order::Little);
    ng.interface(1, 0, &[(2, b"eth0"), (9, &[9])]);
    ng.interface(113, 128, &[(3, b"a note"), (9, &[0x80 | 10]), (2, b"any\0"), (0, b""), (2, b"no")]);
    ng.enhanced(1, 1024 * 3 + 512, b"abc");
    ng.enhanced(0, 1_700_000_000_000_000_001, b"def");
    // Described between packets, with an offset of one hour.
    ng.interface(101, 0, &[(14, &3600i64.to_le_bytes())]);
    ng.enhanced(2, 1, b"ghi");
    let outcome = read(&ng.out.bytes);
    assert_eq!(outcome.error(), "");
    assert_eq!(outcome.nanos(), [3_500_000_000, 1_700_000_000_000_000_001, 3_600_000_001_000]);
    let seen: Vec<_> = outcome.packets.iter().map(|packet| (packet.interface, packet.link)).collect();
    assert_eq!(seen, [(1, LinkType::Sll), (0, LinkType::Ethernet), (2, LinkType::Raw)]);
    let told: Vec<_> =
        outcome.interfaces.iter().map(|i| (i.name.as_deref(), i.resolution, i.snaplen)).collect();
    assert_eq!(
        told,
        [
            (Some("eth0"), Resolution::NANO, 0),
            (Some("any"), Resolution::Binary(10), 128),
            (None, Resolution::MICRO, 0)
        ]
    );
}

#[test]
fn interfaces_are_counted_on_over_sections() {
    let mut ng = Ng::new(Order::Little);
    ng.interface(1, 0, &[(2, b"first")]);
    ng.enhanced(0, 1, b"a");
    ng.section(Order::Big);
    ng.interface(101, 0, &[(2, b"second"), (9, &[3])]);
    ng.enhanced(0, 1, b"b");
    ng.section(Order::Little);
    ng.enhanced(0, 1, b"c");
    let outcome = read(&ng.out.bytes);
    let seen: Vec<_> = outcome.packets.iter().map(|packet| (packet.interface, packet.nanos)).collect();
    assert_eq!(seen, [(0, 1000), (1, 1_000_000)]);
    assert_eq!(outcome.interfaces.len(), 2);
    assert!(outcome.error().contains("interface 0, but its section describes 0"), "{}", outcome.error());
}

#[test]
fn simple_packets_are_cut_by_the_snap_length_and_take_the_last_time() {
    let mut ng = Ng::new(Order::Big);
    ng.interface(1, 5, &[]);
    ng.simple(60, b"01234");
    ng.enhanced(0, 7, b"x");
    ng.simple(3, b"abc");
    let outcome = read(&ng.out.bytes);
    assert_eq!(outcome.error(), "");
    assert_eq!(outcome.nanos(), [0, 7000, 7000]);
    assert_eq!((&outcome.packets[0].bytes[..], outcome.packets[0].wire_len), (&b"01234"[..], 60));
    assert_eq!((&outcome.packets[2].bytes[..], outcome.packets[2].wire_len), (&b"abc"[..], 3));
}

#[test]
fn the_obsolete_packet_block_is_read_and_others_are_skipped() {
    let mut ng = Ng::new(Order::Little);
    ng.interface(1, 0, &[]);
    ng.interface(1, 0, &[]);
    for kind in [4, 5, 10, 0xbad, 0x4000_0bad, 0xffff_ffff] {
        ng.block(kind, |out| out.put(&[0xee; 40]));
    }
    ng.block(2, |out| {
        out.u16(1);
        out.u16(9);
        for value in [0, 42, 3, 3] {
            out.u32(value);
        }
        out.put(b"old");
    });
    ng.block(0xbad, |_| {});
    let outcome = read(&ng.out.bytes);
    assert_eq!(outcome.error(), "");
    let old =
        Packet { nanos: 42_000, interface: 1, link: LinkType::Ethernet, wire_len: 3, bytes: b"old".to_vec() };
    assert_eq!(outcome.packets, [old]);
}

#[test]
fn options_that_make_no_sense_are_left() {
    let mut ng = Ng::new(Order::Little);
    ng.interface(1, 0, &[(9, &[]), (14, &[1, 2]), (2, b""), (2, &[0xff; 300])]);
    ng.block(1, |out| {
        out.u32(1);
        out.u32(0);
        out.u16(2);
        out.u16(60_000);
        out.put(b"too long for its block");
    });
    ng.enhanced(1, 1, b"a");
    let outcome = read(&ng.out.bytes);
    assert_eq!(outcome.nanos(), [1000]);
    assert_eq!(outcome.interfaces[0].name.as_deref().map(|name| name.chars().count()), Some(255));
    assert_eq!(outcome.interfaces[1].name, None);
}

#[test]
fn more_sections_than_indices_are_read() {
    let mut ng = Ng::new(Order::Little);
    for _ in 0..70_000 {
        ng.section(Order::Little);
        ng.interface(1, 0, &[]);
        ng.simple(1, b"a");
    }
    let file = file_of(&ng.out.bytes);
    let outcome = drain(Reader::open(file.path()).unwrap());
    assert_eq!(outcome.error(), "");
    assert_eq!(outcome.packets.len(), 70_000);
    assert_eq!(outcome.interfaces.len(), 1 << 16);
    assert_eq!(outcome.packets.last().map(|packet| packet.interface), Some(u16::MAX));
}
