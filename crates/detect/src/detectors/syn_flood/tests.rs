use std::net::Ipv4Addr;

use super::*;
use crate::testing::{Bench, at, event, ip, opened};

const TCP: u8 = wire::ip_protocol::TCP;

fn made_up(n: u32) -> IpAddr {
    // Spread over all addresses, as random sources are.
    IpAddr::V4(Ipv4Addr::from_bits(n.wrapping_mul(0x9e37_79b1) | 0x4000_0000))
}

fn syn(bench: &mut Bench, ms: u64, src: (IpAddr, u16), dst: (IpAddr, u16)) {
    bench.flow(event(ms, TCP, src, dst, opened(flag::SYN)));
}

#[test]
fn one_source_is_blamed_within_five_seconds_of_the_threshold() {
    let mut bench = Bench::new();
    for n in 0..1000_u16 {
        syn(&mut bench, u64::from(n), (ip("10.0.0.8"), 1024 + n), (ip("10.0.0.2"), 80));
    }
    // The limit was reached after 0.3 s.
    for second in at(0).secs()..=at(5300).secs() {
        bench.second(second);
    }
    let alerts = bench.alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].src_ip, alerts[0].dst_ip), (Some(ip("10.0.0.8")), Some(ip("10.0.0.2"))));
    let alerts = bench.end("syn-flood");
    assert_eq!((alerts.len(), alerts[0].count), (1, 1000));
}

#[test]
fn of_made_up_sources_the_victim_is_named() {
    let mut bench = Bench::new();
    for n in 0..6000 {
        let (src, dst) = ((made_up(n), 1024), (ip("10.0.0.2"), 443));
        syn(&mut bench, u64::from(n), src, dst);
        bench.flow(event(u64::from(n), TCP, src, dst, What::Answered));
    }
    let alerts = bench.end("syn-flood");
    assert_eq!((alerts.len(), alerts[0].src_ip), (1, Some(ip("10.0.0.2"))));
    assert!(alerts[0].title.contains("sources"), "{}", alerts[0].title);
}

#[test]
fn connections_that_are_completed_are_none() {
    let mut bench = Bench::new();
    for n in 0..6000 {
        let (src, dst) = ((made_up(n), 1024), (ip("10.0.0.2"), 443));
        syn(&mut bench, u64::from(n), src, dst);
        if n % 3 != 0 {
            bench.flow(event(u64::from(n), TCP, src, dst, What::Established));
        }
    }
    assert_eq!(bench.end("syn-flood"), []);
}

#[test]
fn a_port_scan_is_none() {
    let mut bench = Bench::new();
    for n in 0..60_000_u16 {
        syn(&mut bench, u64::from(n) / 10, (ip("10.0.0.8"), 40_000), (ip("10.0.0.2"), 1 + n));
    }
    assert_eq!(bench.end("syn-flood"), []);
}

#[test]
fn fewer_than_the_limit_are_none() {
    let mut bench = Bench::new();
    for n in 0..3000 {
        syn(&mut bench, u64::from(n) * 21, (made_up(n), 1024), (ip("10.0.0.2"), 443));
    }
    assert_eq!(bench.end("syn-flood"), []);
}

#[test]
fn what_is_usual_is_kept() {
    let mut flood = SynFlood::default();
    flood.victims.at(&ip("10.0.0.2"), at(0)).unwrap().usual = 70.0;
    let saved = flood.save().unwrap_or_default();
    let mut again = SynFlood::default();
    again.restore(&saved);
    again.restore(&serde_json::json!({ "x": 1, "10.0.0.3": "y" }));
    assert_eq!(again.victims.get(&ip("10.0.0.2")).map(|victim| victim.limit(300)), Some(560));
    assert_eq!(again.load(), (1, 0));
}

/// A million made-up sources in ten seconds, and a host of this place that looks around meanwhile.
#[test]
fn a_million_sources_hide_no_scan() {
    let mut bench = Bench::new();
    let scanner = (ip("10.0.0.8"), 40_000);
    for n in 0..1_000_000_u32 {
        let ms = u64::from(n) / 100;
        let mut one = event(ms, TCP, (made_up(n), 1024), (ip("10.0.0.2"), 443), opened(flag::SYN));
        one.macs[0] = Some(crate::testing::mac(66));
        bench.flow(one);
        // Four ports a second, each of them refused.
        if n % 25_000 == 0 {
            let dst = (ip("10.0.0.3"), u16::try_from(n / 25_000).unwrap_or_default() + 1);
            bench.flow(event(ms, TCP, scanner, dst, opened(flag::SYN)));
            let what = What::Reset { by_src: false, from: State::SynSent };
            bench.flow(event(ms, TCP, scanner, dst, what));
        }
    }
    let (entries, _) = bench.watch.load();
    assert!(entries < 150_000, "{entries}");
    let scans = bench.end("port-scan");
    assert_eq!((scans.len(), scans[0].src_ip), (1, Some(ip("10.0.0.8"))));
    let floods: Vec<_> = bench.alerts().into_iter().filter(|alert| alert.detector != "port-scan").collect();
    assert_eq!(floods.len(), 1, "{floods:#?}");
    assert_eq!((floods[0].detector, floods[0].src_ip), ("syn-flood", Some(ip("10.0.0.2"))));
    assert!((900_000..=1_000_000).contains(&floods[0].count), "{}", floods[0].count);
}
