use dpi::Risk;
use model::Severity;

use crate::testing::{Bench, Session};

const ID: &str = "cleartext-credentials";

fn ftp(ms: u64, dst: &str, user: &'static str) -> Session {
    Session::new(ms, "10.0.0.5", dst, 21, "ftp").risk(Risk::CleartextCredentials).field("user", user)
}

#[test]
fn one_alert_a_client_server_and_protocol() {
    let mut bench = Bench::new();
    for n in 0..20 {
        bench.session(&ftp(n * 1000, "10.0.0.9", "joe"));
    }
    bench.session(&ftp(21_000, "10.0.0.8", "joe"));
    let http = Session::new(22_000, "10.0.0.5", "10.0.0.9", 80, "http");
    bench.session(&http.risk(Risk::CleartextCredentials));
    let alerts = bench.end(ID);
    assert_eq!(alerts.iter().map(|alert| alert.count).collect::<Vec<_>>(), [20, 1, 1]);
    assert!(alerts.iter().all(|alert| alert.severity == Severity::Low));
    assert!(alerts[0].description.contains("`joe`"), "{}", alerts[0].description);
}

#[test]
fn nobody_s_password_is_none() {
    let mut bench = Bench::new();
    bench.session(&ftp(1, "10.0.0.9", "Anonymous"));
    bench.session(&Session::new(2, "10.0.0.5", "10.0.0.9", 21, "ftp").field("user", "joe"));
    assert!(bench.end(ID).is_empty());
}
