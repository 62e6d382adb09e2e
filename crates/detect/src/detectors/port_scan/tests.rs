#![allow(clippy::cast_possible_truncation, reason = "small numbers")]

use std::net::Ipv4Addr;

use flow::{State, What};
use wire::tcp::flag;

use super::*;
use crate::testing::{Bench, at, event, ip, mac, opened};

const TCP: u8 = ip_protocol::TCP;

/// A SYN at `ms`, answered by a RST.
fn refused(bench: &mut Bench, ms: u64, src: IpAddr, dst: (&str, u16)) {
    let (src, dst) = ((src, 40_000), (ip(dst.0), dst.1));
    bench.flow(event(ms, TCP, src, dst, opened(flag::SYN)));
    bench.flow(event(ms, TCP, src, dst, What::Reset { by_src: false, from: State::SynSent }));
}

#[test]
fn a_scan_is_found_within_five_seconds_of_the_threshold() {
    for (src, ports, found) in
        [("10.0.0.8", 20, 1), ("10.0.0.8", 19, 0), ("192.0.2.8", 15, 1), ("192.0.2.8", 14, 0)]
    {
        let mut bench = Bench::new();
        for n in 0..ports {
            // Nothing comes back.
            let (src, dst) = ((ip(src), 40_000), (ip("10.0.0.2"), 1000 + n));
            bench.flow(event(u64::from(n) * 10, TCP, src, dst, opened(flag::SYN)));
        }
        (at(0).secs()..=at(5190).secs()).for_each(|second| bench.second(second));
        let alerts = bench.alerts();
        assert_eq!(alerts.len(), found, "{src} {ports}");
        assert!(alerts.iter().all(|alert| alert.src_ip == Some(ip(src))));
    }
}

#[test]
fn a_slow_scan_is_found_and_a_slower_one_is_none() {
    for (step_ms, found) in [(60_000, 1), (180_000, 0)] {
        let mut bench = Bench::new();
        (0..40).for_each(|n| refused(&mut bench, n * step_ms, ip("10.0.0.8"), ("10.0.0.2", n as u16)));
        assert_eq!(bench.end("port-scan").len(), found);
    }
}

#[test]
fn a_scanner_of_many_hosts_is_one_alert() {
    let mut bench = Bench::new();
    for host in 0..50 {
        for n in 0..30 {
            refused(&mut bench, host * 100 + n, ip("10.0.0.8"), (&format!("10.0.1.{host}"), n as u16 + 1));
        }
    }
    let alerts = bench.end("port-scan");
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].count, 1500);
    assert!(alerts[0].title.contains("other hosts"), "{}", alerts[0].title);
}

#[test]
fn a_few_ports_each_of_many_hosts_are_a_scan() {
    for (hosts, found) in [(8, 1), (7, 0)] {
        let mut bench = Bench::new();
        for host in 0..hosts {
            for n in 0..6 {
                refused(
                    &mut bench,
                    host * 100 + n,
                    ip("10.0.0.8"),
                    (&format!("10.0.1.{host}"), n as u16 + 1),
                );
            }
        }
        assert_eq!(bench.end("port-scan").len(), found);
    }
}

#[test]
fn decoys_make_no_more_alerts() {
    let mut bench = Bench::new();
    for n in 0..100 {
        for decoy in 0..6 {
            refused(&mut bench, n * 10, ip(&format!("10.0.0.{}", 20 + decoy)), ("10.0.0.2", n as u16 + 1));
        }
    }
    let alerts = bench.end("port-scan");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert_eq!(alerts[0].src_mac, Some(mac(1).to_string()));
}

#[test]
fn many_sources_with_a_few_ports_each_are_one_alert() {
    let mut bench = Bench::new();
    for n in 0..300_u32 {
        let src = IpAddr::V4(Ipv4Addr::from_bits(0xc000_0200 + n % 60));
        refused(&mut bench, u64::from(n) * 100, src, ("10.0.0.2", n as u16 + 1));
    }
    let alerts = bench.end("port-scan");
    assert_eq!((alerts.len(), alerts[0].src_ip), (1, Some(ip("10.0.0.2"))));
}

#[test]
fn traceroute_and_answers_to_unseen_questions_are_none() {
    let mut bench = Bench::new();
    for n in 0..90_u16 {
        let opens = opened(0);
        bench.flow(event(
            u64::from(n) * 50,
            17,
            (ip("10.0.0.8"), 40_000),
            (ip("192.0.2.1"), 33_434 + n),
            opens,
        ));
        let client = (ip("10.0.0.9"), 33_000 + n * 300);
        bench.flow(event(u64::from(n) * 50, 17, (ip("192.0.2.7"), 3478), client, opened(0)));
    }
    bench.second(at(10_000).secs());
    assert_eq!(bench.end("port-scan"), []);
}

#[test]
fn who_reaches_most_is_no_scanner() {
    let mut bench = Bench::new();
    for n in 0..200_u16 {
        let (src, dst) = ((ip("10.0.0.8"), 40_000), (ip("10.0.0.2"), 1000 + n));
        bench.flow(event(u64::from(n) * 10, TCP, src, dst, opened(flag::SYN)));
        if n % 10 == 0 {
            let what = What::Reset { by_src: false, from: State::SynSent };
            bench.flow(event(u64::from(n) * 10, TCP, src, dst, what));
        } else {
            bench.flow(event(u64::from(n) * 10, TCP, src, dst, What::Answered));
        }
    }
    assert_eq!(bench.end("port-scan"), []);
}
