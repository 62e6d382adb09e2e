use super::*;
use crate::testing::{Bench, at, event, ip, opened};

const TCP: u8 = wire::ip_protocol::TCP;

fn segment(ms: u64, from: u16, to: (&str, u16), flags: u16) -> Event {
    event(ms, TCP, (ip("10.0.0.8"), from), (ip(to.0), to.1), opened(flags))
}

fn refused(ms: u64, from: u16, to: (&str, u16), state: State) -> Event {
    let what = What::Reset { by_src: false, from: state };
    event(ms, TCP, (ip("10.0.0.8"), from), (ip(to.0), to.1), what)
}

#[test]
fn flags_that_no_tcp_sends_are_a_scan_from_the_third_on() {
    for flags in [
        0,
        flag::FIN,
        flag::FIN | flag::PSH | flag::URG,
        flag::SYN | flag::FIN,
        flag::SYN | flag::FIN | flag::URG | flag::PSH,
    ] {
        let mut bench = Bench::new();
        for n in 0..2 {
            bench.flow(segment(u64::from(n), 40_000, ("10.0.0.2", 80 + n), flags));
        }
        assert_eq!(bench.alerts(), [], "{flags:x}");
        bench.flow(segment(10, 40_000, ("10.0.0.2", 90), flags));
        let alerts = bench.alerts();
        assert_eq!(alerts.len(), 1, "{flags:x}");
        assert_eq!(alerts[0].src_ip, Some(ip("10.0.0.8")));
        assert_eq!(alerts[0].time, model::rfc3339(at(10)));
    }
}

#[test]
fn segments_of_no_connection_count_by_ports_that_answer_with_rst() {
    for (flags, state) in [(flag::ACK, State::Established), (flag::FIN | flag::ACK, State::FinWait1)] {
        let mut bench = Bench::new();
        for n in 0..20 {
            bench.flow(segment(u64::from(n), 40_000, ("10.0.0.2", 80 + n), flags));
            bench.flow(refused(u64::from(n), 40_000, ("10.0.0.2", 80 + n), state));
        }
        assert_eq!(bench.end("stealth-scan").len(), 1);
    }
}

#[test]
fn connections_that_a_restart_left_behind_are_no_scan() {
    let mut bench = Bench::new();
    for n in 0..50 {
        let server = format!("192.0.2.{n}");
        // A laptop wakes: every server has forgotten its connection. One server restarts.
        for to in [(server.as_str(), 443), ("10.0.0.3", 5432)] {
            bench.flow(segment(u64::from(n) * 10, 40_000 + n, to, flag::ACK | flag::FIN));
            bench.flow(refused(u64::from(n) * 10 + 5, 40_000 + n, to, State::FinWait1));
        }
    }
    assert_eq!(bench.end("stealth-scan"), []);
}

#[test]
fn a_capture_that_begins_in_the_middle_is_no_scan() {
    let mut bench = Bench::new();
    for n in 0..500 {
        bench.flow(segment(u64::from(n), 40_000 + n, ("10.0.0.2", 1000 + n), flag::ACK));
        bench.flow(refused(60_000 + u64::from(n), 40_000 + n, ("10.0.0.2", 1000 + n), State::Established));
    }
    assert_eq!(bench.end("stealth-scan"), []);
}

#[test]
fn one_port_asks_many_hosts() {
    let mut bench = Bench::new();
    for n in 0..40 {
        let host = format!("10.0.1.{n}");
        bench.flow(segment(n * 10, 61_000, (&host, 80), flag::ACK));
        bench.flow(refused(n * 10 + 1, 61_000, (&host, 80), State::Established));
    }
    let alerts = bench.end("stealth-scan");
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].title.contains("hosts"), "{}", alerts[0].title);
}

#[test]
fn made_up_sources_are_bounded() {
    let mut bench = Bench::new();
    bench.flow(segment(0, 1, ("10.0.0.2", 1), 0));
    for n in 0..50_000_u32 {
        let src = IpAddr::V4(std::net::Ipv4Addr::from_bits(0xc000_0000 + n));
        let mut one = event(u64::from(n) / 100, TCP, (src, 1), (ip("10.0.0.2"), 1), opened(0));
        one.macs[0] = Some(crate::testing::mac(9));
        bench.flow(one);
    }
    for n in 2..4 {
        bench.flow(segment(500, 1, ("10.0.0.2", n), 0));
    }
    assert_eq!(bench.end("stealth-scan").len(), 1);
    assert!(bench.watch.load().0 <= 60_000);
}
