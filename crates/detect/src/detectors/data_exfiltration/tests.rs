use flow::{State, What};
use wire::ip_protocol::TCP;

use crate::testing::{Bench, at, event, ip};
use crate::threshold::Setting;

fn grew(bytes: [u64; 2]) -> What {
    What::Grew {
        by_src: true,
        since: 1024,
        packets: [1024, 512],
        bytes,
        start: at(0),
        state: State::Established,
        icmp: [0; 2],
        protocol: Some("tls"),
    }
}

fn upload(bench: &mut Bench, src: &str, dst: &str, steps: u64, step: [u64; 2]) {
    for n in 1..=steps {
        let bytes = step.map(|bytes| bytes * n);
        bench.flow(event(n * 100, TCP, (ip(src), 50_000), (ip(dst), 443), grew(bytes)));
    }
}

fn bench() -> Bench {
    Bench::with(&[("data-exfiltration", "min_bytes", Setting::Bytes(10_000_000))])
}

#[test]
fn an_upload_is_reported_while_it_goes_on() {
    let mut bench = bench();
    upload(&mut bench, "10.0.0.5", "203.0.113.9", 20, [1_500_000, 20_000]);
    let alerts = bench.end("data-exfiltration");
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].src_ip, Some(ip("10.0.0.5")));
    assert_eq!(alerts[0].dst_ip, Some(ip("203.0.113.9")));
}

#[test]
fn a_flow_that_grows_counts_once() {
    let mut bench = bench();
    upload(&mut bench, "10.0.0.5", "203.0.113.9", 60, [150_000, 20_000]);
    assert!(bench.end("data-exfiltration").is_empty(), "9 MB are not 10");
}

#[test]
fn downloads_and_what_stays_inside_are_none() {
    let mut bench = bench();
    upload(&mut bench, "10.0.0.5", "203.0.113.9", 20, [20_000, 1_500_000]);
    upload(&mut bench, "10.0.0.6", "10.0.0.7", 20, [1_500_000, 20_000]);
    assert!(bench.end("data-exfiltration").is_empty());
}
