//! Passwords that anybody on the way can read.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use dpi::{Facts, Risk, Value};
use model::Severity;
use wire::Timestamp;

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::report::Report;
use crate::spots::{Spot, Spots};
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "cleartext-credentials",
    title: "Password in clear",
    severity: Severity::Low,
    mitre: &["T1040", "T1552"],
    about: "A login whose password or token went over the wire unencrypted: FTP, Telnet, POP3, IMAP, SMTP, \
            HTTP with basic authentication or a form, LDAP, databases, brokers and others. Anonymous FTP is \
            none. Once a client, server and protocol; the password itself is not kept.",
    harmless: "a device that can do no better on a network that nobody else uses.",
    next: "use the protocol's encrypted form (STARTTLS, HTTPS, SFTP, SSH, LDAPS), and change the password.",
    thresholds: &[Threshold {
        name: "again",
        default: Setting::Seconds(86_400.0),
        range: (3600.0, 31_536_000.0),
        about: "how long what was told is not told again",
    }],
    sees: &[Kind::Ended],
    new: || Box::new(CleartextCredentials { logins: Spots::new(MOST_LOGINS) }),
};

const AGAIN: usize = 0;
/// Combinations of client, server and protocol that are told apart.
const MOST_LOGINS: usize = 8192;

type Key = (IpAddr, IpAddr, &'static str);

#[derive(Debug)]
struct CleartextCredentials {
    logins: Spots<Key, Login>,
}

#[derive(Debug, Default)]
struct Login {
    user: Option<String>,
    port: u16,
}

impl Detector for CleartextCredentials {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Ended(ended, record) = sight else { return };
        let Some(facts) = ended.facts.as_deref() else { return };
        if !facts.risks.contains(Risk::CleartextCredentials) {
            return;
        }
        let user = user(facts);
        if record.protocol == "ftp" && user.is_some_and(is_anonymous) {
            return;
        }
        let ((src, _), (dst, port)) = (ended.entry.src(), ended.entry.dst());
        let again = desk.nanos(AGAIN, Actor::ip(src));
        let note = |login: &mut Login| {
            login.port = port;
            if login.user.is_none() {
                login.user = user.map(str::to_owned);
            }
        };
        let key = (src, dst, record.protocol);
        if let Some(spot) = self.logins.seen(&key, ended, dst, again, note) {
            desk.report(report(&key, spot));
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (key, spot) in self.logins.put_off(now) {
            desk.report(report(key, spot));
        }
        self.logins.expire(now, desk.nanos(AGAIN, Actor::default()));
    }

    fn load(&self) -> (usize, u64) {
        self.logins.load()
    }
}

fn user(facts: &Facts) -> Option<&str> {
    facts.details.iter().find_map(|(field, value)| match (*field, value) {
        ("user", Value::Text(user)) => Some(&**user),
        _ => None,
    })
}

/// RFC 1635 s2.2, and the short form that servers take for it.
fn is_anonymous(user: &str) -> bool {
    user.eq_ignore_ascii_case("anonymous") || user.eq_ignore_ascii_case("ftp")
}

fn report((src, dst, protocol): &Key, spot: &Spot<Login>) -> Report {
    let login = &spot.detail;
    let user = login.user.as_deref().map(|user| format!(" of `{user}`")).unwrap_or_default();
    Report {
        actor: Actor { ip: Some(*src), mac: spot.macs[0] },
        target: Some(Actor { ip: Some(*dst), mac: spot.macs[1] }),
        about: format!("{dst} {protocol}"),
        count: spot.count,
        first: spot.first,
        last: spot.last,
        title: format!("sends a password in clear to {dst} by {}", protocol.to_uppercase()),
        measured: format!(
            "The password{user} went to port {} of {dst} without encryption, in {} connections.",
            login.port, spot.count
        ),
        evidence: vec![
            ("protocol", (*protocol).into()),
            ("server", dst.to_string().into()),
            ("server_port", u64::from(login.port).into()),
            ("user", login.user.clone().unwrap_or_default().into()),
            ("connections", spot.count.into()),
        ],
        port: Some(login.port),
        protocol: Some(protocol),
        ..Report::default()
    }
}
