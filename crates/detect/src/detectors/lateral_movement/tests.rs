use model::{Alert, Severity};

use crate::testing::{Bench, Session, event, ip, opened};
use crate::threshold::Setting;

const ID: &str = "lateral-movement";

fn bench() -> Bench {
    Bench::with(&[(ID, "learning", Setting::Seconds(0.0))])
}

fn ssh(ms: u64, src: &str, dst: &str) -> Session {
    Session::new(ms, src, dst, 22, "ssh").bytes(3000, 4000)
}

fn of(alerts: Vec<Alert>) -> (Severity, u64) {
    let [alert] = alerts.as_slice() else { panic!("{alerts:#?}") };
    (alert.severity, alert.count)
}

#[test]
fn three_new_hosts_within_an_hour() {
    let mut bench = bench();
    for n in 1..=3 {
        bench.session(&ssh(n * 60_000, "10.0.0.5", &format!("10.0.1.{n}")));
    }
    assert_eq!(of(bench.end(ID)), (Severity::Medium, 3));
}

#[test]
fn nothing_is_reported_while_learning() {
    let mut bench = Bench::new();
    for n in 1..=30 {
        bench.session(&ssh(n * 60_000, "10.0.0.5", &format!("10.0.1.{n}")));
    }
    assert!(bench.end(ID).is_empty());
}

#[test]
fn near_misses() {
    let hour = 3_600_000;
    let mut bench = bench();
    // Three hosts, but not within an hour; the same host again and again; three clients of one server.
    for n in 1..=3 {
        bench.session(&ssh(n * hour, "10.0.0.5", &format!("10.0.1.{n}")));
        bench.session(&ssh(n * hour + 1, "10.0.0.6", "10.0.1.9"));
        bench.session(&ssh(n * hour + 2, &format!("10.0.2.{n}"), "10.0.1.9"));
    }
    // Greetings that were read, and hosts outside.
    for n in 1..=9 {
        let look = Session::new(3 * hour + n, "10.0.0.7", &format!("10.0.1.{n}"), 22, "ssh");
        bench.session(&look.bytes(20, 40));
        bench.session(&ssh(3 * hour + n, "10.0.0.8", &format!("192.0.2.{n}")));
    }
    assert!(bench.end(ID).is_empty());
}

#[test]
fn what_several_others_do_is_not_new() {
    let mut bench = bench();
    for client in 1..=9 {
        for server in 1..=2 {
            let smb = Session::new(
                client * 10_000 + server,
                &format!("10.0.2.{client}"),
                &format!("10.0.1.{server}"),
                445,
                "smb",
            );
            bench.session(&smb.bytes(5000, 5000));
        }
        bench.session(&ssh(client * 10_000 + 3, &format!("10.0.2.{client}"), "10.0.1.3"));
    }
    // The first three found three new hosts each; for the others they are usual.
    assert_eq!(bench.end(ID).len(), 3);
}

#[test]
fn after_a_scan_it_is_severe() {
    let mut bench = bench();
    for port in 1..=40 {
        bench.flow(event(
            port,
            6,
            (ip("10.0.0.5"), 30_000),
            (ip("10.0.1.1"), u16::try_from(port).unwrap()),
            opened(2),
        ));
    }
    bench.second(1_700_000_010);
    for n in 1..=3 {
        bench.session(&ssh(20_000 + n, "10.0.0.5", &format!("10.0.1.{n}")));
    }
    assert_eq!(of(bench.end(ID)), (Severity::High, 3));
}

#[test]
fn administrative_shares_make_it_severe() {
    let mut bench = bench();
    for n in 1..=4 {
        let smb = Session::new(n * 1000, "10.0.0.5", &format!("10.0.1.{n}"), 445, "smb").bytes(5000, 5000);
        let share: Box<str> = format!(r"\\10.0.1.{n}\ADMIN$").into();
        bench.session(&smb.field("share", dpi::Value::List(vec![share])));
    }
    assert_eq!(of(bench.end(ID)), (Severity::High, 4));
}

#[test]
fn made_up_clients_do_not_push_out_what_was_learnt() {
    let mut bench = bench();
    bench.session(&ssh(1, "10.0.0.5", "10.0.1.1"));
    bench.session(&ssh(2, "10.0.0.5", "10.0.1.2"));
    for n in 0..200_000_u32 {
        let src = std::net::IpAddr::from((0x0a80_0000 + n).to_be_bytes());
        bench.flow(event(10, 6, (src, 40_000), (ip("10.0.1.1"), 1), opened(2)));
    }
    bench.second(1_700_000_020);
    bench.session(&ssh(30_000, "10.0.0.5", "10.0.1.3"));
    assert_eq!(of(bench.end(ID)).1, 3);
}

#[test]
fn from_host_to_host() {
    let mut bench = bench();
    bench.session(&ssh(0, "10.0.0.5", "10.0.1.1"));
    assert!(bench.alerts().is_empty());
    bench.session(&ssh(60_000, "10.0.1.1", "10.0.1.2"));
    bench.session(&ssh(120_000, "10.0.1.2", "10.0.1.3"));
    let alerts = bench.end(ID);
    assert_eq!(alerts.first().and_then(|alert| alert.src_ip), Some(ip("10.0.0.5")));
    assert_eq!(of(alerts), (Severity::Medium, 3));
}

#[test]
fn a_way_that_is_known_begins_no_chain() {
    let mut bench = bench();
    bench.session(&ssh(0, "10.0.0.5", "10.0.1.1"));
    bench.session(&ssh(3_600_000, "10.0.0.5", "10.0.1.1"));
    bench.session(&ssh(3_660_000, "10.0.1.1", "10.0.1.2"));
    // A file server that is used by a host that somebody just entered.
    bench.session(&ssh(3_700_000, "10.0.0.6", "10.0.0.7"));
    bench.session(&Session::new(3_701_000, "10.0.0.7", "10.0.1.4", 445, "smb").bytes(5000, 5000));
    assert!(bench.end(ID).is_empty());
}
