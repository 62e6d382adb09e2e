use dpi::{Http, Risk};
use model::{Alert, Details, Severity, Value};

use super::service::attempts;
use crate::testing::{Bench, Session, record};

const ID: &str = "brute-force";

fn ssh(ms: u64, dst: &str, refusals: u64) -> Session {
    let session = Session::new(ms, "10.0.0.5", dst, 22, "ssh").bytes(2000, 2000);
    session.field("login_failures", refusals)
}

fn ftp(ms: u64, src: &str, failed: u64) -> Session {
    Session::new(ms, src, "10.0.0.9", 21, "ftp").field("user", "joe").field("login_failures", failed)
}

fn one(alerts: Vec<Alert>) -> Alert {
    let [alert] = alerts.as_slice() else { panic!("{alerts:#?}") };
    alert.clone()
}

#[test]
fn failures_of_many_connections_and_within_one() {
    let mut bench = Bench::new();
    for n in 0..10 {
        bench.session(&ftp(n * 20_000, "10.0.0.5", 1));
    }
    bench.session(&ftp(500_000, "10.0.0.6", 12));
    let alerts = bench.end(ID);
    assert_eq!(alerts.iter().map(|alert| alert.count).collect::<Vec<_>>(), [10, 12]);
    assert!(alerts.iter().all(|alert| alert.severity == Severity::High));
}

#[test]
fn a_login_that_works_in_the_end_is_worse() {
    let mut bench = Bench::new();
    for n in 0..12 {
        bench.session(&ssh(n * 5000, "10.0.0.9", 2));
    }
    bench.session(&ssh(70_000, "10.0.0.9", 1).field("logged_in", true));
    assert_eq!(one(bench.end(ID)).severity, Severity::Critical);
}

#[test]
fn one_password_at_many_hosts_and_for_many_users() {
    let mut bench = Bench::new();
    for n in 1..=6 {
        bench.session(&ssh(n * 1000, &format!("10.0.1.{n}"), 2));
        let rdp = Session::new(n * 1000, "10.0.0.6", "10.0.0.9", 3389, "rdp").bytes(2000, 3000);
        bench.session(&rdp.field("user", ["", "a", "b", "c", "d", "e", "f"][usize::try_from(n).unwrap()]));
    }
    let alerts = bench.end(ID);
    assert_eq!(alerts.len(), 2, "{alerts:#?}");
}

#[test]
fn near_misses() {
    let mut bench = Bench::new();
    for n in 0..60 {
        // Correct sessions, as short as can be.
        let git = Session::new(n * 2000, "10.0.0.5", "10.0.0.9", 22, "ssh").bytes(1500, 1800);
        bench.session(&git.field("login_failures", 1_u64).field("logged_in", true));
        // A program that logs in anew each time it asks.
        let mut poll = Session::new(n * 2000, "10.0.0.6", "10.0.0.9", 80, "http").bytes(300, 150);
        let http = Http { method: Some("POST".into()), status: Some(200), ..Http::default() };
        poll.facts.http = Some(Box::new(http));
        bench.session(&poll.risk(Risk::CleartextCredentials));
    }
    for n in 0..9 {
        bench.session(&ftp(n * 20_000, "10.0.0.7", 1));
        bench.session(&ssh(n * 20_000, "10.0.0.8", 0));
    }
    assert!(bench.end(ID).is_empty());
}

#[test]
fn a_form_that_refuses_with_success() {
    let mut bench = Bench::new();
    for n in 0..12 {
        let mut login = Session::new(n * 500, "10.0.0.6", "10.0.0.9", 80, "http")
            .bytes(300 + usize::try_from(n % 5).unwrap(), 150);
        let http = Http { method: Some("POST".into()), status: Some(200), ..Http::default() };
        login.facts.http = Some(Box::new(http));
        bench.session(&login.risk(Risk::CleartextCredentials));
    }
    assert_eq!(one(bench.end(ID)).count, 12);
}

#[test]
fn sources_are_bounded() {
    let mut bench = Bench::new();
    for n in 0..5 {
        bench.session(&ftp(n, "10.0.0.5", 1));
    }
    for n in 0..20_000_u32 {
        let src = std::net::Ipv4Addr::from_bits(0xc000_0000 + n).to_string();
        bench.session(&ftp(10, &src, 1));
    }
    for n in 0..5 {
        bench.session(&ftp(20_000 + n, "10.0.0.5", 1));
    }
    assert!(bench.end(ID).iter().any(|alert| alert.src_ip == Some(crate::testing::ip("10.0.0.5"))));
    assert!(bench.watch.load().0 < 60_000);
}

fn told(failures: u64) -> model::Flow {
    let fields = vec![("user", Value::Text("anna".into())), ("login_failures", Value::Number(failures))];
    model::Flow { protocol: "ftp", details: Some(Details { name: "ftp".into(), fields }), ..record() }
}

#[test]
fn refusals_in_clear_are_counted() {
    let flow = told(3);
    let tried = attempts(&flow).unwrap();
    assert_eq!((tried.service, tried.failed, tried.succeeded, tried.user), ("ftp", 3, false, Some("anna")));
}

#[test]
fn a_session_that_carries_more_than_a_login_did_not_fail() {
    let ssh = |src: u64, dst: u64, packets: u64| model::Flow {
        protocol: "ssh",
        src_payload_bytes: src,
        dst_payload_bytes: dst,
        src_packets: packets,
        duration_ms: 1500.0,
        ..record()
    };
    let (failed, worked, banner) = (ssh(1559, 2085, 17), ssh(3457, 5017, 25), ssh(42, 60, 5));
    assert_eq!(attempts(&failed).unwrap().failed, 3);
    assert_eq!((attempts(&worked).unwrap().failed, attempts(&worked).unwrap().succeeded), (0, true));
    assert!(attempts(&banner).is_none(), "nobody tried to log in");
}

#[test]
fn other_protocols_have_no_logins() {
    assert!(attempts(&model::Flow { protocol: "tls", ..record() }).is_none());
}
