use dpi::{Risk, Tls};

use crate::testing::{Bench, Session};

const ID: &str = "weak-tls";

fn tls(ms: u64, src: &str, dst: &str, version: u16, cipher: u16) -> Session {
    let mut session = Session::new(ms, src, dst, 443, "tls");
    session.facts.tls =
        Some(Box::new(Tls { version: Some(version), cipher: Some(cipher), ..Tls::default() }));
    session
}

#[test]
fn one_alert_a_server_with_all_that_is_weak() {
    let mut bench = Bench::new();
    bench.session(&tls(1, "10.0.0.5", "10.0.0.9", 0x0301, 0xc013).risk(Risk::ObsoleteTls));
    bench.session(&tls(2, "10.0.0.6", "10.0.0.9", 0x0303, 0x0005).risk(Risk::WeakCipher));
    bench.session(&tls(3, "10.0.0.6", "192.0.2.9", 0x0300, 0x0005).risk(Risk::ObsoleteTls));
    let alerts = bench.end(ID);
    assert_eq!(alerts.len(), 2, "{alerts:#?}");
    let title = &alerts[0].title;
    assert!(title.starts_with("10.0.0.9 agrees to weak TLS: TLS 1.0, TLS_RSA_WITH_RC4_128_SHA"), "{title}");
    assert_eq!(alerts[0].count, 2);
}

#[test]
fn near_misses() {
    let mut bench = Bench::new();
    bench.session(&tls(1, "10.0.0.5", "10.0.0.9", 0x0303, 0xc02f));
    bench.session(&tls(2, "192.0.2.1", "192.0.2.9", 0x0301, 0x0005).risk(Risk::ObsoleteTls));
    bench.session(&Session::new(3, "10.0.0.5", "10.0.0.9", 22, "ssh").risk(Risk::WeakCipher));
    assert!(bench.end(ID).is_empty());
}

#[test]
fn it_is_not_told_again_the_same_day() {
    let mut bench = Bench::new();
    let hour = 3_600_000;
    for n in [0, 5, 10, 15, 20, 25, 26] {
        let weak = tls(n * hour, "10.0.0.5", "10.0.0.9", 0x0301, 0xc013);
        bench.session(&weak.risk(Risk::ObsoleteTls));
    }
    assert_eq!(bench.end(ID).len(), 2);
}

#[test]
fn servers_are_bounded() {
    let mut bench = Bench::new();
    for n in 0..5000_u32 {
        let server = std::net::Ipv4Addr::from_bits(0xc000_0000 + n).to_string();
        bench.session(&tls(u64::from(n), "10.0.0.5", &server, 0x0301, 0xc013).risk(Risk::ObsoleteTls));
    }
    assert!(bench.watch.load().0 < 20_000);
}
