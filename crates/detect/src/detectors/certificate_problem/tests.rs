use dpi::{Certificate, Risk, Tls};
use model::Severity;

use crate::testing::{Bench, Session};

const ID: &str = "certificate-problem";
/// The second of the tests' beginning.
const NOW: i64 = 1_700_000_000;
const DAY: i64 = 86_400;

fn tls(ms: u64, dst: &str, certificate: Certificate) -> Session {
    let mut session = Session::new(ms, "10.0.0.5", dst, 443, "tls");
    session.facts.tls = Some(Box::new(Tls { certificate: Some(Box::new(certificate)), ..Tls::default() }));
    session
}

fn certificate(from: i64, to: i64) -> Certificate {
    Certificate {
        subject: "CN=a.example".into(),
        issuer: "CN=somebody".into(),
        not_before: Some(NOW + from * DAY),
        not_after: Some(NOW + to * DAY),
        serial: format!("{from}{to}").into(),
        key: Some("RSA".into()),
        key_bits: Some(2048),
        signature: "sha256WithRSAEncryption".into(),
        ..Certificate::default()
    }
}

fn problems(session: &Session) -> Vec<(Severity, String)> {
    let mut bench = Bench::new();
    bench.session(session);
    bench.session(session);
    let alerts = bench.end(ID).into_iter();
    alerts.map(|alert| (alert.severity, alert.title.rsplit(": ").next().unwrap().to_owned())).collect()
}

#[test]
fn what_can_be_wrong() {
    let own = "10.0.0.9";
    let low = |text: &str| vec![(Severity::Low, text.to_owned())];
    assert_eq!(problems(&tls(1, own, certificate(-90, -1))), low("it has expired"));
    assert_eq!(problems(&tls(1, own, certificate(1, 90))), low("it is not valid yet"));
    assert_eq!(problems(&tls(1, own, certificate(-60, 20))), low("it expires soon"));
    let weak = Certificate { key_bits: Some(1024), ..certificate(-60, 90) };
    assert_eq!(problems(&tls(1, own, weak)), low("its key or signature is weak"));
    let sha1 = Certificate { signature: "sha1WithRSAEncryption".into(), ..certificate(-60, 90) };
    assert_eq!(problems(&tls(1, own, sha1)), low("its key or signature is weak"));
    let other = tls(1, "192.0.2.9", certificate(-60, 90)).risk(Risk::CertificateMismatch);
    assert_eq!(problems(&other), low("it is for another name"));
}

#[test]
fn one_that_only_signed_itself_is_for_information_here() {
    let signed = |dst: &str| tls(1, dst, certificate(-60, 90)).risk(Risk::CertificateSelfSigned);
    assert_eq!(problems(&signed("10.0.0.9"))[0].0, Severity::Info);
    assert_eq!(problems(&signed("192.0.2.9"))[0].0, Severity::Low);
}

#[test]
fn near_misses() {
    assert!(problems(&tls(1, "10.0.0.9", certificate(-60, 31))).is_empty());
    assert!(problems(&tls(1, "192.0.2.9", certificate(-60, 20))).is_empty(), "others renew in time");
    let mut outside = tls(1, "192.0.2.9", certificate(-90, -1));
    outside.src = crate::testing::ip("198.51.100.1");
    assert!(problems(&outside).is_empty());
}
