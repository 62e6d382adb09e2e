use model::Severity;

use crate::testing::{Bench, Session, ip};

const SRC: &str = "10.0.0.5";
const C2: &str = "203.0.113.9";

fn named(mut session: Session, name: &str) -> Session {
    session.facts.hostname = Some(name.into());
    session
}

/// Connections every half minute, for so many minutes.
fn beats(minutes: u64) -> impl Iterator<Item = u64> {
    (0..minutes * 2).map(|n| n * 30_000)
}

#[test]
fn an_even_hour_is_one_alert() {
    let mut bench = Bench::new();
    for ms in beats(90) {
        bench.session(&named(Session::new(ms, SRC, C2, 443, "tls"), "c2.example"));
    }
    let alerts = bench.end("beaconing");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert_eq!((alerts[0].src_ip, alerts[0].severity), (Some(ip(SRC)), Severity::Medium));
    assert!(alerts[0].title.contains("c2.example:443 every 30.0 s"), "{}", alerts[0].title);
}

#[test]
fn a_fast_one_is_found_too() {
    let mut bench = Bench::new();
    (0..900).for_each(|n| bench.session(&Session::new(n * 5000, SRC, C2, 443, "tls")));
    assert_eq!(bench.end("beaconing").len(), 1);
}

#[test]
fn names_that_change_are_known_by_the_address() {
    let mut bench = Bench::new();
    for (n, ms) in (0..).zip(beats(90)) {
        bench.session(&named(Session::new(ms, SRC, C2, 443, "tls"), &format!("{n:x}.example")));
    }
    let alerts = bench.end("beaconing");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert_eq!(alerts[0].dst_ip, Some(ip(C2)));
}

#[test]
fn half_an_hour_failures_pollers_and_what_all_do_are_none() {
    let mut bench = Bench::new();
    for ms in beats(55) {
        bench.session(&Session::new(ms, SRC, C2, 443, "tls"));
    }
    for ms in beats(90) {
        bench.session(&Session::new(ms, SRC, "203.0.113.10", 123, "ntp"));
        bench.session(&Session::new(ms, SRC, "203.0.113.11", 443, "tls").bytes(0, 0));
        for host in 10..18 {
            bench.session(&Session::new(ms, &format!("10.0.0.{host}"), "203.0.113.12", 443, "tls"));
        }
    }
    assert_eq!(bench.end("beaconing"), []);
}

#[test]
fn inside_it_is_low() {
    let mut bench = Bench::new();
    beats(90).for_each(|ms| bench.session(&Session::new(ms, SRC, "10.0.0.9", 8080, "http")));
    let alerts = bench.end("beaconing");
    assert_eq!(alerts.iter().map(|alert| alert.severity).collect::<Vec<_>>(), [Severity::Low]);
}
