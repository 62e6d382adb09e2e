//! Certificates that prove nothing, or soon will not.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use dpi::{Certificate, Facts, Risk};
use flow::Ended;
use model::{Severity, rfc3339_seconds};
use wire::Timestamp;

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::report::Report;
use crate::spots::{Spot, Spots};
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "certificate-problem",
    title: "Certificate problem",
    severity: Severity::Low,
    mitre: &["T1557"],
    about: "A server shows a certificate that has expired or is not valid yet (by packet time), that it \
            signed itself, that is for another name than the one asked for, that has an RSA or DSA key \
            of less than 2,048 bits or is signed with MD5 or SHA-1; of local servers also one that expires \
            within `expires_within`. From TLS 1.3 on certificates are encrypted and cannot be judged. Once \
            a server and certificate; one that only signed itself, at a local address, is for information.",
    harmless: "devices that come with a certificate of their own, and servers behind a name that only the \
               local network knows.",
    next: "look at the names and dates in the evidence, renew or replace the certificate; if a public name \
           suddenly shows a self-signed one, somebody may sit in between.",
    thresholds: &[
        Threshold {
            name: "expires_within",
            default: Setting::Seconds(2_592_000.0),
            range: (0.0, 31_536_000.0),
            about: "how long before its end a local server's certificate is told of",
        },
        Threshold {
            name: "again",
            default: Setting::Seconds(604_800.0),
            range: (3600.0, 31_536_000.0),
            about: "how long a certificate that was told of is not told of again",
        },
    ],
    sees: &[Kind::Ended],
    new: || Box::new(CertificateProblem { certificates: Spots::new(MOST_CERTIFICATES) }),
};

const EXPIRES_WITHIN: usize = 0;
const AGAIN: usize = 1;
/// Pairs of server and certificate that are told apart.
const MOST_CERTIFICATES: usize = 4096;

#[derive(Debug)]
struct CertificateProblem {
    certificates: Spots<(IpAddr, Box<str>), Shown>,
}

/// A certificate that was shown, and what is wrong with it.
#[derive(Debug, Default)]
struct Shown {
    problems: Vec<&'static str>,
    only_self_signed: bool,
    subject: Box<str>,
    issuer: Box<str>,
    not_before: Option<i64>,
    not_after: Option<i64>,
    key: String,
    signature: Box<str>,
    host: Option<String>,
    port: u16,
}

const SELF_SIGNED: &str = "it signed itself";

impl Detector for CertificateProblem {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Ended(ended, record) = sight else { return };
        let Some((facts, certificate)) = shown(ended) else { return };
        let ((src, _), (dst, port)) = (ended.entry.src(), ended.entry.dst());
        let is_own = desk.is_local(dst);
        if !is_own && !desk.is_local(src) {
            return;
        }
        let soon = if is_own { desk.nanos(EXPIRES_WITHIN, Actor::ip(dst)) / SECOND_NS } else { 0 };
        let problems = problems(facts, certificate, ended.entry.start(), soon);
        if problems.is_empty() {
            return;
        }
        let again = desk.nanos(AGAIN, Actor::ip(dst));
        let name = certificate.sha1.as_ref().unwrap_or(&certificate.serial);
        let only_self_signed = is_own && problems == [SELF_SIGNED];
        let note = |shown: &mut Shown| {
            *shown = Shown {
                problems,
                only_self_signed,
                subject: certificate.subject.clone(),
                issuer: certificate.issuer.clone(),
                not_before: certificate.not_before,
                not_after: certificate.not_after,
                key: key_of(certificate),
                signature: certificate.signature.clone(),
                host: record.hostname.clone(),
                port,
            }
        };
        let key = (dst, name.clone());
        if let Some(spot) = self.certificates.seen(&key, ended, src, again, note) {
            desk.report(report(&key, spot));
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (key, spot) in self.certificates.put_off(now) {
            desk.report(report(key, spot));
        }
        self.certificates.expire(now, desk.nanos(AGAIN, Actor::default()));
    }

    fn load(&self) -> (usize, u64) {
        self.certificates.load()
    }
}

const SECOND_NS: u64 = 1_000_000_000;

fn shown(ended: &Ended) -> Option<(&Facts, &Certificate)> {
    let facts = ended.facts.as_deref()?;
    Some((facts, facts.tls.as_deref()?.certificate.as_deref()?))
}

fn problems(facts: &Facts, certificate: &Certificate, at: Timestamp, soon_s: u64) -> Vec<&'static str> {
    let at = i64::try_from(at.secs()).unwrap_or(i64::MAX);
    let soon = at.saturating_add_unsigned(soon_s);
    let risks = facts.risks;
    let late = certificate.not_after.is_some_and(|end| end < at);
    let checks = [
        (late, "it has expired"),
        (certificate.not_before.is_some_and(|begin| at < begin), "it is not valid yet"),
        (!late && certificate.not_after.is_some_and(|end| end < soon), "it expires soon"),
        (risks.contains(Risk::CertificateSelfSigned), SELF_SIGNED),
        (risks.contains(Risk::CertificateMismatch), "it is for another name"),
        (has_weak_key(certificate), "its key or signature is weak"),
    ];
    checks.into_iter().filter(|(holds, _)| *holds).map(|(_, problem)| problem).collect()
}

/// NIST SP 800-131A: RSA and DSA from 2,048 bits, curves from 224; SHA-1 and MD5 bind no signature to
/// its text (RFC 9155), which matters where somebody else signed.
pub(super) fn has_weak_key(certificate: &Certificate) -> bool {
    let least = match certificate.key.as_deref() {
        Some("RSA" | "DSA") => 2048,
        Some(key) if key.starts_with("EC ") => 224,
        _ => 0,
    };
    let signature = certificate.signature.to_ascii_lowercase();
    let weak_hash = ["md2", "md5", "sha1"].iter().any(|hash| signature.contains(hash));
    certificate.key_bits.is_some_and(|bits| bits < least) || (weak_hash && !certificate.self_signed)
}

fn key_of(certificate: &Certificate) -> String {
    let bits = certificate.key_bits.map(|bits| format!(" {bits}")).unwrap_or_default();
    format!("{}{bits}", certificate.key.as_deref().unwrap_or("unknown"))
}

/// The day, for people.
fn date(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "unknown".into(), |seconds| rfc3339_seconds(seconds).chars().take(10).collect())
}

fn report((server, name): &(IpAddr, Box<str>), spot: &Spot<Shown>) -> Report {
    let shown = &spot.detail;
    let problems = shown.problems.join(", ");
    let host = shown.host.as_deref().unwrap_or("no name");
    Report {
        severity: shown.only_self_signed.then_some(Severity::Info),
        actor: Actor { ip: Some(*server), mac: spot.macs[1] },
        about: name.to_string(),
        count: spot.count,
        first: spot.first,
        last: spot.last,
        title: format!("shows a certificate that is not in order: {problems}"),
        measured: format!(
            "At port {}, asked for {host}, it shows a certificate of `{}` that `{}` issued, valid from {} to {}, \
             key {}, signature {}: {problems}. {} connections, with {}.",
            shown.port,
            shown.subject,
            shown.issuer,
            date(shown.not_before),
            date(shown.not_after),
            shown.key,
            shown.signature,
            spot.count,
            spot.peers(),
        ),
        evidence: vec![
            ("problems", shown.problems.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().into()),
            ("subject", shown.subject.to_string().into()),
            ("issuer", shown.issuer.to_string().into()),
            ("not_before", date(shown.not_before).into()),
            ("not_after", date(shown.not_after).into()),
            ("key", shown.key.clone().into()),
            ("signature", shown.signature.to_string().into()),
            ("certificate", name.to_string().into()),
            ("server_port", u64::from(shown.port).into()),
            ("connections", spot.count.into()),
        ],
        port: Some(shown.port),
        protocol: Some("tls"),
        name: shown.host.clone(),
        ..Report::default()
    }
}
