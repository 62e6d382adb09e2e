use std::sync::Arc;

use dpi::Lookup;
use flow::{Decided, FlowKey, Notice, What};
use model::Severity;

use crate::blocklists::Blocklists;
use crate::settings::Settings;
use crate::testing::{Bench, Session, at, event, ip, opened};

const ID: &str = "blocklist";

fn bench(list: &str) -> Bench {
    let mut lists = Blocklists::default();
    lists.add("mine", list).unwrap();
    lists.finish();
    let mut bench = Bench::new();
    let blocklists = Arc::new(lists);
    bench.watch.configure(Settings { blocklists, ..Settings::default() });
    bench
}

#[test]
fn addresses_that_are_connected_to() {
    let mut bench = bench("192.0.2.0/24\n");
    for n in 1..=9 {
        let dst = (ip(&format!("192.0.2.{n}")), 443);
        bench.flow(event(n, 6, (ip("10.0.0.5"), 40_000), dst, opened(2)));
        bench.flow(event(n, 6, (ip("10.0.0.6"), 40_000), (ip("198.51.100.1"), 443), opened(2)));
    }
    let alerts = bench.end(ID);
    let [alert] = alerts.as_slice() else { panic!("{alerts:#?}") };
    assert_eq!((alert.severity, alert.count, alert.src_ip), (Severity::High, 9, Some(ip("10.0.0.5"))));
    assert!(alert.title.contains("192.0.2.0/24"), "{}", alert.title);
}

#[test]
fn a_listed_host_that_connects_counts_when_it_is_answered() {
    let mut bench = bench("192.0.2.1\n");
    let (bad, own) = ((ip("192.0.2.1"), 40_000), (ip("10.0.0.5"), 22));
    bench.flow(event(1, 6, bad, own, opened(2)));
    assert!(bench.alerts().is_empty());
    bench.flow(event(2, 6, bad, own, What::Answered));
    let alerts = bench.end(ID);
    assert_eq!((alerts[0].severity, alerts[0].src_ip), (Severity::Medium, Some(ip("10.0.0.5"))));
}

#[test]
fn names_asked_for_and_connected_to() {
    let mut bench = bench("bad.example\n");
    let lookup = |name: &str, rcode| Notice {
        time: at(1),
        key: FlowKey::default(),
        src: ip("10.0.0.5"),
        dst: ip("10.0.0.1"),
        what: dpi::Announcement::Lookup(Lookup {
            name: name.into(),
            qtype: 1,
            rcode,
            bytes: 40,
            from_src: rcode.is_none(),
        }),
    };
    for notice in
        [lookup("a.bad.example", None), lookup("a.bad.example", Some(0)), lookup("good.example", None)]
    {
        bench.watch.notice(&notice, &bench.inventory);
    }
    let label = dpi::Label {
        protocol: "tls",
        category: "web",
        encrypted: true,
        confidence: dpi::Confidence::Proven,
        evidence: "",
    };
    let hostname = Some("x.Bad.Example".into());
    let decided = What::Decided(Box::new(Decided { label, hostname, risks: dpi::Risks::default() }));
    bench.flow(event(2, 6, (ip("10.0.0.5"), 40_000), (ip("198.51.100.1"), 443), decided));
    let alerts = bench.end(ID);
    assert_eq!((alerts.len(), alerts[0].count), (1, 2));
}

#[test]
fn fingerprints() {
    let ja3 = "0123456789abcdef0123456789abcdef";
    let mut bench = bench(ja3);
    let mut session = Session::new(1, "10.0.0.5", "198.51.100.1", 443, "tls");
    session.facts.ja3 = Some(ja3.into());
    bench.session(&session);
    session.facts.ja3 = Some("1123456789abcdef0123456789abcdef".into());
    bench.session(&session);
    let alerts = bench.end(ID);
    assert_eq!((alerts.len(), alerts[0].count), (1, 1));
}

#[test]
fn made_up_sources_do_not_push_out_a_device() {
    let mut bench = bench("192.0.2.1\n");
    let bad = (ip("192.0.2.1"), 443);
    for port in 1..=2 {
        bench.flow(event(1, 6, (ip("10.0.0.5"), port), bad, opened(2)));
    }
    for n in 0..50_000_u32 {
        let src = std::net::IpAddr::from((0x0b00_0000 + n).to_be_bytes());
        bench.flow(event(2, 6, (src, 40_000), bad, opened(2)));
    }
    for port in 3..=9 {
        bench.flow(event(3, 6, (ip("10.0.0.5"), port), bad, opened(2)));
    }
    let alerts = bench.end(ID);
    let own = alerts.iter().find(|alert| alert.src_ip == Some(ip("10.0.0.5"))).unwrap();
    assert_eq!(own.count, 9);
}
