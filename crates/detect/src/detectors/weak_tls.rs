//! TLS or SSL that no longer protects.

use std::collections::BTreeSet;
use std::net::IpAddr;

use dpi::{Facts, Risk};
use flow::Ended;
use model::Severity;
use wire::Timestamp;

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::report::Report;
use crate::spots::{Spot, Spots};
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "weak-tls",
    title: "Weak TLS",
    severity: Severity::Low,
    mitre: &["T1557", "T1040"],
    about: "A server agrees to SSL or to TLS before 1.2 (RFC 8996), to a cipher without encryption or \
            authentication, of export strength, with RC4 (RFC 7465), DES or 3DES, or to a group shorter \
            than 2,048 bits. What a client merely offers does not count. Only where one of the two is \
            local; once a server.",
    harmless: "an old device that can do no better, a laboratory.",
    next: "update the server or switch the old versions and ciphers off in its settings; if that cannot be \
           done, see who needs it.",
    thresholds: &[Threshold {
        name: "again",
        default: Setting::Seconds(86_400.0),
        range: (3600.0, 31_536_000.0),
        about: "how long a server that was named is not named again",
    }],
    sees: &[Kind::Ended],
    new: || Box::new(WeakTls { servers: Spots::new(MOST_SERVERS) }),
};

const AGAIN: usize = 0;
/// Servers that are told apart.
const MOST_SERVERS: usize = 4096;

#[derive(Debug)]
struct WeakTls {
    servers: Spots<IpAddr, Weak>,
}

/// What was weak.
#[derive(Debug, Default)]
struct Weak {
    versions: BTreeSet<u16>,
    ciphers: BTreeSet<u16>,
    ports: BTreeSet<u16>,
    is_short: bool,
    host: Option<Box<str>>,
}

/// Of one server.
const MOST_KINDS: usize = 8;

impl Detector for WeakTls {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Ended(ended, record) = sight else { return };
        let Some(facts) = weak_facts(ended) else { return };
        let ((src, _), (dst, port)) = (ended.entry.src(), ended.entry.dst());
        if !desk.is_local(src) && !desk.is_local(dst) {
            return;
        }
        let again = desk.nanos(AGAIN, Actor::ip(dst));
        let note = |weak: &mut Weak| weak.note(facts, port, record.hostname.as_deref());
        if let Some(spot) = self.servers.seen(&dst, ended, src, again, note) {
            desk.report(report(dst, spot));
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (server, spot) in self.servers.put_off(now) {
            desk.report(report(*server, spot));
        }
        self.servers.expire(now, desk.nanos(AGAIN, Actor::default()));
    }

    fn load(&self) -> (usize, u64) {
        self.servers.load()
    }
}

/// SSH has weak ciphers too, and certificates weak keys: those are others' business.
fn weak_facts(ended: &Ended) -> Option<&Facts> {
    let facts = ended.facts.as_deref()?;
    let tls = facts.tls.as_deref()?;
    let chosen = facts.risks.contains(Risk::ObsoleteTls) || facts.risks.contains(Risk::WeakCipher);
    (chosen || has_short_group(facts, tls)).then_some(facts)
}

/// The key is not the certificate's: then it is the group's.
fn has_short_group(facts: &Facts, tls: &dpi::Tls) -> bool {
    let short = tls.certificate.as_deref().is_none_or(|own| !super::certificate_problem::has_weak_key(own));
    facts.risks.contains(Risk::WeakKey) && short
}

impl Weak {
    fn note(&mut self, facts: &Facts, port: u16, host: Option<&str>) {
        let Some(tls) = facts.tls.as_deref() else { return };
        let add = |set: &mut BTreeSet<u16>, value: Option<u16>| {
            if set.len() < MOST_KINDS {
                set.extend(value);
            }
        };
        let is = |risk: Risk| facts.risks.contains(risk);
        add(&mut self.versions, tls.version.filter(|_| is(Risk::ObsoleteTls)));
        add(&mut self.ciphers, tls.cipher.filter(|_| is(Risk::WeakCipher)));
        add(&mut self.ports, Some(port));
        self.is_short |= has_short_group(facts, tls);
        if self.host.is_none() {
            self.host = host.map(Into::into);
        }
    }

    fn versions(&self) -> Vec<String> {
        self.versions.iter().map(|version| version_name(*version)).collect()
    }

    fn ciphers(&self) -> Vec<String> {
        let name = |cipher: &u16| {
            dpi::cipher_suite_name(*cipher).map_or_else(|| format!("{cipher:#06x}"), str::to_owned)
        };
        self.ciphers.iter().map(name).collect()
    }
}

fn version_name(version: u16) -> String {
    match version {
        0x0002 | 0x0200 => "SSL 2.0".into(),
        0x0300 => "SSL 3.0".into(),
        0x0301 => "TLS 1.0".into(),
        0x0302 => "TLS 1.1".into(),
        0x0303 => "TLS 1.2".into(),
        0x0100 | 0xfeff => "DTLS 1.0".into(),
        other => format!("{other:#06x}"),
    }
}

fn report(server: IpAddr, spot: &Spot<Weak>) -> Report {
    let weak = &spot.detail;
    let (versions, ciphers) = (weak.versions(), weak.ciphers());
    let mut what: Vec<String> = versions.iter().chain(&ciphers).cloned().collect();
    if weak.is_short {
        what.push("a key exchange of less than 2,048 bits".into());
    }
    let what = what.join(", ");
    let ports = weak.ports.iter().map(u16::to_string).collect::<Vec<_>>();
    let by = weak.host.as_ref().map_or(String::new(), |host| format!(" as {host}"));
    Report {
        actor: Actor { ip: Some(server), mac: spot.macs[1] },
        target: (spot.peers.len() == 1).then(|| spot.peers.keys().next().map(Actor::ip)).flatten(),
        count: spot.count,
        first: spot.first,
        last: spot.last,
        title: format!("agrees to weak TLS: {what}"),
        measured: format!(
            "The server at port {}{by} agreed to {what} with {}, in {} connections; the least that protects is \
             TLS 1.2 with AES or ChaCha20.",
            ports.join(", "),
            spot.peers(),
            spot.count,
        ),
        evidence: vec![
            ("versions", versions.into()),
            ("ciphers", ciphers.into()),
            ("short_key_exchange", model::Value::Flag(weak.is_short)),
            ("server_ports", ports.into()),
            ("clients", (spot.peers.len() as u64 + spot.peers.beyond).into()),
            ("connections", spot.count.into()),
        ],
        port: weak.ports.first().copied(),
        protocol: Some("tls"),
        name: weak.host.as_deref().map(str::to_owned),
        ..Report::default()
    }
}
