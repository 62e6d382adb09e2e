use super::*;
use crate::testing::{Bench, at, event, ip, opened};

fn opened_by(icmp: [u8; 2]) -> What {
    What::Opened { tcp_flags: 0, payload_bytes: 56, icmp, by_src: true }
}

fn grew(by_src: bool, packets: [u32; 2], since: u32, icmp: [u8; 2]) -> What {
    let (bytes, start, state, protocol) = ([0; 2], at(0), flow::State::Answered, Some("icmp"));
    What::Grew { by_src, since, packets, bytes, start, state, protocol, icmp }
}

const STEPS: [u32; 5] = [64, 128, 256, 512, 1024];

/// So many steps of echo requests, `step_ms` between them, and their answers.
fn ping(steps: usize, step_ms: u64) -> Bench {
    let mut bench = Bench::new();
    let (src, dst) = ((ip("10.0.0.8"), 0), (ip("10.0.0.2"), 0));
    bench.flow(event(0, 1, src, dst, opened_by([8, 0])));
    for (n, packets) in (1..).zip(&STEPS[..steps]) {
        let since = if n == 1 { 63 } else { packets / 2 };
        bench.flow(event(n * step_ms, 1, src, dst, grew(true, [*packets, packets - 1], since, [8, 0])));
        bench.flow(event(n * step_ms, 1, src, dst, grew(false, [*packets; 2], since, [0, 0])));
    }
    bench
}

#[test]
fn echo_requests_count_and_their_answers_do_not() {
    let alerts = ping(3, 10).end("icmp-flood");
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].src_ip, alerts[0].dst_ip), (Some(ip("10.0.0.8")), Some(ip("10.0.0.2"))));
    assert_eq!(ping(1, 10).end("icmp-flood"), []);
    assert_eq!(ping(5, 13_000).end("icmp-flood"), []);
}

#[test]
fn it_is_found_within_five_seconds_of_the_threshold() {
    let mut bench = ping(4, 100);
    for second in at(0).secs()..=at(5000).secs() {
        bench.second(second);
    }
    assert_eq!(bench.alerts().len(), 1);
}

#[test]
fn errors_are_blamed_on_nobody_who_caused_them() {
    for (cause, found) in [(true, 0), (false, 1)] {
        let mut bench = Bench::new();
        let (flooder, victim) = (ip("10.0.0.8"), ip("10.0.0.2"));
        for n in 0..3000_u16 {
            if cause {
                let what = opened(0);
                bench.flow(event(u64::from(n), 17, (flooder, 1024 + n), (victim, 9), what));
            }
            if n > 0 && n % 64 == 0 {
                let what = grew(true, [n.into(), 0], 64, [3, 3]);
                bench.flow(event(u64::from(n), 1, (victim, 0), (flooder, 0), what));
            }
        }
        assert_eq!(bench.end("icmp-flood").len(), found, "{cause}");
    }
}

#[test]
fn neighbours_that_look_for_each_other_are_none() {
    let mut bench = Bench::new();
    for n in 0..2000 {
        let src = (ip(&format!("fd00::{n:x}")), 0);
        bench.flow(event(n, 58, src, (ip("fd00::1"), 0), opened_by([135, 0])));
    }
    assert_eq!(bench.end("icmp-flood"), []);
}

#[test]
fn made_up_sources_are_one_alert_and_bounded() {
    let mut bench = Bench::new();
    for n in 0..50_000_u32 {
        let src = IpAddr::V4(std::net::Ipv4Addr::from_bits(n.wrapping_mul(0x9e37_79b1)));
        bench.flow(event(u64::from(n) / 10, 1, (src, 0), (ip("10.0.0.2"), 0), opened_by([8, 0])));
    }
    assert!(bench.watch.load().0 < 150_000, "{:?}", bench.watch.load());
    let alerts = bench.end("icmp-flood");
    assert_eq!((alerts.len(), alerts[0].src_ip), (1, Some(ip("10.0.0.2"))));
}
