#![allow(clippy::cast_possible_truncation, reason = "small numbers")]

use std::net::Ipv4Addr;

use super::*;
use crate::testing::{Bench, at, event, ip, opened};

const UDP: u8 = ip_protocol::UDP;

fn grew(packets: [u32; 2], since: u32, protocol: Option<&'static str>) -> What {
    let (bytes, start, state) = ([0; 2], at(0), flow::State::New);
    What::Grew { by_src: true, since, packets, bytes, start, state, protocol, icmp: [0; 2] }
}

#[test]
fn many_flows_are_a_flood_within_five_seconds_of_the_threshold() {
    let mut bench = Bench::new();
    for n in 0..1500_u16 {
        bench.flow(event(u64::from(n), UDP, (ip("10.0.0.8"), 1024 + n), (ip("10.0.0.2"), 9), opened(0)));
    }
    for second in at(0).secs()..=at(6000).secs() {
        bench.second(second);
    }
    let alerts = bench.alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].detector, alerts[0].src_ip), ("udp-flood", Some(ip("10.0.0.8"))));
}

#[test]
fn one_flow_is_a_flood_unless_it_is_answered_or_known() {
    for (answered, protocol, found) in [(0, None, 1), (1, None, 0), (0, Some("rtp"), 0)] {
        let mut bench = Bench::new();
        let (src, dst) = ((ip("10.0.0.8"), 5000), (ip("10.0.0.2"), 9000));
        bench.flow(event(0, UDP, src, dst, opened(0)));
        for n in 1..20_u32 {
            let what = grew([n * 1024, answered], 1024, protocol);
            bench.flow(event(u64::from(n) * 100, UDP, src, dst, what));
        }
        assert_eq!(bench.end("udp-flood").len(), found, "{answered} {protocol:?}");
    }
}

#[test]
fn a_busy_resolver_and_a_stream_to_many_are_none() {
    let mut bench = Bench::new();
    for n in 0..6000 {
        let src = (IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0100 + n / 50)), 1024 + (n % 50) as u16);
        bench.flow(event(u64::from(n), UDP, src, (ip("10.0.0.53"), 53), opened(0)));
        bench.flow(event(u64::from(n), UDP, src, (ip("10.0.0.53"), 53), What::Answered));
        bench.flow(event(u64::from(n), UDP, src, (ip("239.1.2.3"), 5004), opened(0)));
    }
    assert_eq!(bench.end("udp-flood"), []);
}

#[test]
fn made_up_sources_are_one_alert_and_bounded() {
    let mut bench = Bench::new();
    for n in 0..100_000_u32 {
        let src = IpAddr::V4(Ipv4Addr::from_bits(n.wrapping_mul(0x9e37_79b1)));
        bench.flow(event(u64::from(n) / 20, UDP, (src, 7), (ip("10.0.0.2"), 53), opened(0)));
        // And back: every source gets its own.
        bench.flow(event(u64::from(n) / 20, UDP, (ip("10.0.0.2"), 9), (src, 7), opened(0)));
    }
    assert!(bench.watch.load().0 < 150_000, "{:?}", bench.watch.load());
    let alerts = bench.end("udp-flood");
    assert_eq!((alerts.len(), alerts[0].src_ip), (1, Some(ip("10.0.0.2"))));
}
