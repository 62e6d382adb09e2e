use dpi::{Http, Risk};
use model::Severity;

use crate::testing::{Bench, Session};

const ID: &str = "web-attack";

fn request(ms: u64, src: &str, uri: &str, agent: &str) -> Session {
    let mut session = Session::new(ms, src, "10.0.0.9", 80, "http");
    session.facts.http = Some(Box::new(Http {
        method: Some("GET".into()),
        uri: Some(uri.into()),
        user_agent: Some(agent.into()),
        status: Some(404),
        ..Http::default()
    }));
    session
}

#[test]
fn one_alert_a_source() {
    let mut bench = Bench::new();
    for n in 0..50 {
        let sql = request(n * 100, "192.0.2.5", "/?id=1' union select 1", "x");
        bench.session(&sql.risk(Risk::SqlInjection));
    }
    bench.session(&request(6000, "192.0.2.5", "/../../etc/passwd", "x").risk(Risk::RemoteCode));
    let alerts = bench.end(ID);
    let [alert] = alerts.as_slice() else { panic!("{alerts:#?}") };
    assert_eq!((alert.severity, alert.count), (Severity::Medium, 51));
    assert!(alert.title.ends_with("shell commands or paths out of the tree, SQL"), "{}", alert.title);
}

#[test]
fn a_tool_s_name_alone_is_little() {
    let mut bench = Bench::new();
    bench.session(&request(1, "192.0.2.5", "/", "Nikto").risk(Risk::SuspiciousUserAgent));
    assert_eq!(bench.end(ID)[0].severity, Severity::Low);
}

#[test]
fn near_misses() {
    let mut bench = Bench::new();
    bench.session(&request(1, "192.0.2.5", "/", "").risk(Risk::SuspiciousUserAgent));
    bench.session(&request(2, "192.0.2.5", "/?q=union+square", "x").risk(Risk::CleartextCredentials));
    assert!(bench.end(ID).is_empty());
}
