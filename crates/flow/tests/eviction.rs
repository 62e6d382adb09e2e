//! A full table: who has to go, and what stays.
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::unwrap_used)]

mod common;

use common::{ACK, MS, SECOND, SYN, Segment, Table, ipv4, udp};
use flow::{EndReason, Settings};

fn syn(n: u32) -> Vec<u8> {
    let mut tcp = vec![0; 20];
    tcp[..2].copy_from_slice(&(1024 + (n % 60_000) as u16).to_be_bytes());
    tcp[2..4].copy_from_slice(&80u16.to_be_bytes());
    tcp[4..8].copy_from_slice(&n.to_be_bytes());
    (tcp[12], tcp[13]) = (0x50, SYN);
    ipv4([203, (n >> 16) as u8, (n >> 8) as u8, n as u8], [10, 0, 0, 9], 6, n as u16, 0, &tcp)
}

/// Flow `n` of many: a connection from a port of its own.
fn connection(n: u16) -> [Vec<u8>; 3] {
    let segment = |from_client, flags, seq, ack| {
        let segment = Segment {
            from_client,
            flags,
            seq,
            ack,
            len: 0,
            window: 1000,
            id: 1,
            timestamps: None,
            scale: None,
        };
        let mut frame = segment.frame();
        let port_at = if from_client { 34 } else { 36 };
        frame[port_at..port_at + 2].copy_from_slice(&(10_000 + n).to_be_bytes());
        frame
    };
    [segment(true, SYN, 100, 0), segment(false, SYN | ACK, 500, 101), segment(true, ACK, 101, 501)]
}

#[test]
fn a_syn_flood_evicts_itself() {
    let mut table = Table::new(&Settings { max_flows: 2_000, ..Settings::default() });
    let start = 1000 * SECOND;
    for n in 0..1000 {
        for frame in connection(n) {
            table.give(&frame, start);
        }
    }
    for n in 0..100_000 {
        table.give(&syn(n), start + SECOND + u64::from(n) * 10_000);
        assert!(table.open_flows() <= 2_000);
    }
    assert!(table.evicted() >= 98_000, "{}", table.evicted());
    let client = std::net::IpAddr::from([10, 0, 0, 1]);
    let connections = |ended: &flow::Ended| ended.entry.src().0 == client;
    let evicted = table.ended.iter().filter(|e| connections(e) && e.reason == EndReason::Evicted).count();
    assert_eq!(evicted, 0, "established connections had to go");
}

#[test]
fn unanswered_goes_before_answered() {
    let mut table = Table::new(&Settings { max_flows: 1_600, ..Settings::default() });
    let start = 1000 * SECOND;
    for n in 0..400u16 {
        table.give(&udp([10, 0, 0, 1], 2000 + n, [10, 0, 0, 2], 5000, 10), start);
        table.give(&udp([10, 0, 0, 2], 5000, [10, 0, 0, 1], 2000 + n, 10), start + MS);
    }
    for n in 0..20_000u32 {
        table.give(
            &udp([10, 7, (n >> 8) as u8, n as u8], 999, [10, 0, 0, 2], 5001, 10),
            start + SECOND + u64::from(n) * 1000,
        );
    }
    let evicted = table.ended.iter().filter(|e| e.reason == EndReason::Evicted);
    assert_eq!(evicted.filter(|e| e.entry.packets() == [1, 1]).count(), 0);
}

#[test]
fn every_packet_is_in_some_record() {
    let mut table = Table::new(&Settings { max_flows: 64, ..Settings::default() });
    for n in 0..5_000u32 {
        table.give(&syn(n % 700), 1000 * SECOND + u64::from(n) * MS);
    }
    let given = table.given;
    let counted: u64 = table.finish().iter().flat_map(|e| e.entry.packets()).map(u64::from).sum();
    assert_eq!(counted, given);
}

#[test]
fn time_that_jumps_and_goes_back() {
    let mut table = Table::new(&Settings::default());
    let frame = |n: u8| udp([10, 0, 0, n], 100, [10, 0, 1, 1], 200, 4);
    for (n, at) in [(1, 5), (2, 4), (3, 1_000_000), (4, 3), (5, 1_000_001), (6, 1)] {
        table.give(&frame(n), at * SECOND);
    }
    assert!(table.ended.iter().any(|e| e.reason == EndReason::Idle));
    let given = table.given;
    let ended = table.finish();
    assert_eq!(ended.iter().flat_map(|e| e.entry.packets()).map(u64::from).sum::<u64>(), given);
}

#[test]
fn half_open_ends_after_its_time_and_established_stays() {
    let mut table = Table::new(&Settings::default());
    table.give(&syn(1), 1000 * SECOND);
    for frame in connection(7) {
        table.give(&frame, 1000 * SECOND);
    }
    table.advance(1076 * SECOND);
    assert_eq!(table.open_flows(), 1);
    assert_eq!((table.ended.len(), table.ended[0].reason), (1, EndReason::Idle));
    table.advance(4700 * SECOND);
    assert_eq!(table.open_flows(), 0);
}

#[test]
fn shorter_timeouts_hold_for_flows_that_are_open() {
    let mut settings = Settings::default();
    let mut table = Table::new(&settings);
    let start = 1000 * SECOND;
    for n in 0..100 {
        for frame in connection(n) {
            table.give(&frame, start);
        }
    }
    table.advance(start + 10 * SECOND);
    assert_eq!(table.open_flows(), 100);
    settings.timeouts.tcp_half_open_ns = 15 * SECOND;
    settings.timeouts.tcp_established_ns = 15 * SECOND;
    table.configure(&settings);
    table.advance(start + 14 * SECOND);
    assert_eq!(table.open_flows(), 100);
    table.advance(start + 17 * SECOND);
    assert_eq!(table.open_flows(), 0);
    assert!(table.ended.iter().all(|ended| ended.reason == EndReason::Idle));
}
