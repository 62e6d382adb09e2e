use std::net::Ipv4Addr;

use wire::arp::operation::{REPLY, REQUEST};

use super::*;
use crate::testing::{Bench, at, event, ip, mac, opened};

fn arp(operation: u16, sender: (u8, [u8; 4]), target: [u8; 4]) -> Seen {
    let sender = (mac(sender.0), Ipv4Addr::from(sender.1));
    Seen::Arp { operation, sender, target: (MacAddr([0; 6]), target.into()) }
}

/// Host 8 asks for addresses 10.0.0.100 and so on.
fn sweep(bench: &mut Bench, hosts: u8, step_ms: u64) {
    for n in 0..hosts {
        bench.frame(u64::from(n) * step_ms, mac(8), arp(REQUEST, (8, [10, 0, 0, 8]), [10, 0, 0, 100 + n]));
    }
}

#[test]
fn a_sweep_is_found_within_five_seconds_of_the_threshold() {
    let mut bench = Bench::new();
    sweep(&mut bench, 100, 20);
    // The twentieth was asked for after 380 ms.
    for second in at(0).secs()..at(5380).secs() {
        bench.second(second);
    }
    let alerts = bench.alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!(
        (alerts[0].src_ip, alerts[0].src_mac.clone()),
        (Some(ip("10.0.0.8")), Some(mac(8).to_string()))
    );
    let alerts = bench.end("arp-scan");
    assert_eq!((alerts.len(), alerts[0].count), (1, 100));
}

#[test]
fn a_slow_sweep_is_found() {
    let mut bench = Bench::new();
    sweep(&mut bench, 100, 10_000);
    assert_eq!(bench.end("arp-scan").len(), 1);
}

#[test]
fn who_answers_or_asks_lives() {
    let mut bench = Bench::new();
    sweep(&mut bench, 100, 20);
    for n in 0..41 {
        let sender = (100 + n, [10, 0, 0, 100 + n]);
        bench.frame(2100, mac(sender.0), arp(REPLY, sender, [10, 0, 0, 8]));
    }
    // A DHCP server's pings for addresses that it gives away: they are in use a moment later.
    for n in 41..85 {
        let sender = (100 + n, [10, 0, 0, 100 + n]);
        bench.frame(2200, mac(sender.0), arp(REQUEST, sender, [10, 0, 0, 1]));
    }
    assert_eq!(bench.end("arp-scan"), []);
}

#[test]
fn the_same_few_absent_hosts_are_no_sweep() {
    let mut bench = Bench::new();
    for round in 0..200 {
        for n in 0..15 {
            bench.frame(
                round * 1000 + u64::from(n),
                mac(8),
                arp(REQUEST, (8, [10, 0, 0, 8]), [10, 0, 0, n + 50]),
            );
        }
    }
    assert_eq!(bench.end("arp-scan"), []);
}

#[test]
fn a_router_asks_for_others() {
    let mut bench = Bench::new();
    for n in 0..5 {
        let src = (IpAddr::from([192, 0, 2, n]), 5000);
        let mut one = event(0, 6, src, (ip("10.0.0.2"), 443), opened(2));
        one.macs[0] = Some(mac(8));
        bench.flow(one);
    }
    sweep(&mut bench, 50, 100);
    assert_eq!(bench.end("arp-scan"), []);
}

#[test]
fn neighbours_of_ipv6_are_asked_for_too() {
    let mut bench = Bench::new();
    for n in 0..60 {
        let target = format!("fd00::1:{n:x}").parse().unwrap();
        let src = "fd00::8".parse().unwrap();
        bench.frame(n * 50, mac(8), Seen::NeighbourSolicited { src, target });
    }
    let alerts = bench.end("arp-scan");
    assert_eq!((alerts.len(), alerts[0].src_ip), (1, Some(ip("fd00::8"))));
}

#[test]
fn made_up_stations_are_bounded() {
    let mut bench = Bench::new();
    for n in 0..200_000_u32 {
        let [_, a, b, c] = n.to_be_bytes();
        let made_up = MacAddr([2, 0, 0, a, b, c]);
        let sender = (made_up, Ipv4Addr::new(10, a, b, c));
        let target = (MacAddr([0; 6]), Ipv4Addr::new(10, 1, 1, 1));
        bench.frame(u64::from(n) / 20, made_up, Seen::Arp { operation: REQUEST, sender, target });
    }
    // Of all detectors together.
    let (entries, _) = bench.watch.load();
    assert!(entries <= 300_000, "{entries}");
    assert_eq!(bench.end("arp-scan"), []);
}
