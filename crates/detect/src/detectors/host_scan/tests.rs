use std::net::Ipv4Addr;

use flow::What;
use wire::tcp::flag;

use super::*;
use crate::happening::Seen;
use crate::testing::{Bench, at, event, ip, mac, opened};

const TCP: u8 = ip_protocol::TCP;

fn host(n: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a01_0000 + n))
}

/// `src` tries `port` at so many hosts; every `answers`th answers.
fn sweep(bench: &mut Bench, src: &str, port: u16, hosts: u32, step_ms: u64, answers: u32) {
    for n in 0..hosts {
        let (src, dst) = ((ip(src), 40_000), (host(n), port));
        bench.flow(event(u64::from(n) * step_ms, TCP, src, dst, opened(flag::SYN)));
        if n % answers == 0 {
            bench.flow(event(u64::from(n) * step_ms + 1, TCP, src, dst, What::Answered));
        }
    }
}

#[test]
fn a_sweep_is_found_within_five_seconds_of_the_threshold() {
    let mut bench = Bench::new();
    sweep(&mut bench, "10.0.0.8", 80, 31, 10, 31);
    for second in at(0).secs()..=at(5300).secs() {
        bench.second(second);
    }
    let alerts = bench.alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].src_ip, Some(ip("10.0.0.8")));
}

#[test]
fn several_ports_are_one_alert() {
    let mut bench = Bench::new();
    for n in 0..100 {
        for port in [80, 443, 8080, 8443, 22] {
            let (src, dst) = ((ip("10.0.0.8"), 40_000), (host(n), port));
            bench.flow(event(u64::from(n) * 50, TCP, src, dst, opened(flag::SYN)));
        }
    }
    let alerts = bench.end("host-scan");
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].title.contains("TCP port 22, TCP port 80"), "{}", alerts[0].title);
    assert!((85..115).contains(&alerts[0].count), "{}", alerts[0].count);
}

#[test]
fn limits_depend_on_the_port_and_on_whose_hosts_they_are() {
    for (src, port, hosts, found) in [
        ("10.0.0.8", 445, 16, 1),
        ("10.0.0.8", 80, 29, 0),
        ("192.0.2.8", 80, 26, 1),
        ("192.0.2.8", 80, 20, 0),
    ] {
        let mut bench = Bench::new();
        sweep(&mut bench, src, port, hosts, 10, 100);
        bench.second(at(10_000).secs());
        assert_eq!(bench.end("host-scan").len(), found, "{src} {port} {hosts}");
    }
}

#[test]
fn a_monitoring_server_reaches_most() {
    let mut bench = Bench::new();
    for round in 0..5_u64 {
        for n in 0..200 {
            let (src, dst) = ((ip("10.0.0.8"), 40_000), (host(n), 161));
            bench.flow(event(round * 30_000 + u64::from(n), TCP, src, dst, opened(flag::SYN)));
            if n % 5 != 0 {
                bench.flow(event(round * 30_000 + u64::from(n), TCP, src, dst, What::Answered));
            }
        }
    }
    assert_eq!(bench.end("host-scan"), []);
}

#[test]
fn pings_are_attempts() {
    let mut bench = Bench::new();
    for n in 0..60 {
        let what = What::Opened { tcp_flags: 0, payload_bytes: 56, icmp: [8, 0], by_src: true };
        bench.flow(event(u64::from(n) * 20, ip_protocol::ICMP, (ip("10.0.0.8"), 0), (host(n), 0), what));
    }
    let alerts = bench.end("host-scan");
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].title.contains("pings"), "{}", alerts[0].title);
}

#[test]
fn whom_arp_does_not_find_counts_beside_those_that_are_tried() {
    for (living, found) in [(5, 1), (2, 0)] {
        let mut bench = Bench::new();
        let sender = (mac(1), Ipv4Addr::new(10, 0, 0, 8));
        for n in 0..57 {
            let target = (MacAddr([0; 6]), Ipv4Addr::new(10, 0, 0, 100 + n));
            bench.frame(u64::from(n) * 10, mac(1), Seen::Arp { operation: 1, sender, target });
        }
        for n in 0..living {
            let (src, dst) = ((ip("10.0.0.8"), 40_000), (host(n), 445));
            bench.flow(event(4000 + u64::from(n), TCP, src, dst, opened(flag::SYN)));
            bench.flow(event(4001 + u64::from(n), TCP, src, dst, What::Answered));
        }
        assert_eq!(bench.end("host-scan").len(), found);
    }
}

#[test]
fn made_up_sources_are_bounded() {
    let mut bench = Bench::new();
    for n in 0..100_000 {
        let src = IpAddr::V4(Ipv4Addr::from_bits(0xc000_0000 + n));
        bench.flow(event(u64::from(n) / 100, TCP, (src, 1), (host(1), 80), opened(flag::SYN)));
    }
    assert!(bench.watch.load().0 <= 100_000, "{:?}", bench.watch.load());
    assert_eq!(bench.end("host-scan"), []);
}
