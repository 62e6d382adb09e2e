//! Requests that try to break into a web server.

use std::collections::BTreeMap;
use std::net::IpAddr;

use dpi::{Facts, Risk};
use model::Severity;
use wire::Timestamp;

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::report::Report;
use crate::spots::{Spot, Spots};
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "web-attack",
    title: "Attack on a web server",
    severity: Severity::Medium,
    mitre: &["T1190", "T1595"],
    about: "HTTP requests in clear with SQL, script, shell commands, paths out of the tree or a `${jndi:}` \
            lookup where a value belongs, or from a tool that looks for such holes. Once a source. A tool \
            that only gave its name is of low severity.",
    harmless: "a test that the server's owner ordered, and text about such things in a search field.",
    next: "look at the requests and at what the server answered; if it answered with success, look at the \
           server itself.",
    thresholds: &[Threshold {
        name: "requests",
        default: Setting::Count(1),
        range: (1.0, 100_000.0),
        about: "suspicious requests of one source, each in a connection of its own, from which on it is told",
    }],
    sees: &[Kind::Ended],
    new: || Box::new(WebAttack { sources: Spots::new(MOST_SOURCES) }),
};

const REQUESTS: usize = 0;
/// Sources that are told apart.
const MOST_SOURCES: usize = 8192;
/// What was not seen for a day is forgotten.
const IDLE_NS: u64 = 86_400_000_000_000;

/// Kinds of attack, the worst first.
const KINDS: [(Risk, &str); 5] = [
    (Risk::Log4shell, "`${jndi:}` lookups (Log4Shell)"),
    (Risk::RemoteCode, "shell commands or paths out of the tree"),
    (Risk::SqlInjection, "SQL"),
    (Risk::CrossSiteScripting, "script"),
    (Risk::SuspiciousUserAgent, "the name of an attacker's tool"),
];

#[derive(Debug)]
struct WebAttack {
    sources: Spots<IpAddr, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// By place in [`KINDS`].
    kinds: BTreeMap<usize, u64>,
    example: Option<(Box<str>, Option<u16>)>,
    agent: Option<Box<str>>,
    host: Option<String>,
    port: u16,
    /// Answered with success.
    succeeded: u64,
}

impl Detector for WebAttack {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Ended(ended, record) = sight else { return };
        let Some(facts) = ended.facts.as_deref() else { return };
        if facts.http.is_none() || !KINDS.iter().any(|(risk, _)| is(facts, *risk)) {
            return;
        }
        let ((src, _), (dst, port)) = (ended.entry.src(), ended.entry.dst());
        let note = |seen: &mut Seen| seen.note(facts, record.hostname.as_deref(), port);
        let least = desk.count(REQUESTS, Actor::ip(src));
        if let Some(spot) = self.sources.seen(&src, ended, dst, 0, note)
            && spot.count >= least
        {
            desk.report(report(src, spot));
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (src, spot) in self.sources.put_off(now) {
            if spot.count >= desk.count(REQUESTS, Actor::ip(*src)) {
                desk.report(report(*src, spot));
            }
        }
        self.sources.expire(now, IDLE_NS);
    }

    fn load(&self) -> (usize, u64) {
        self.sources.load()
    }
}

/// A user agent that is merely empty is a programmer's negligence.
fn is(facts: &Facts, risk: Risk) -> bool {
    let named = || {
        let agent = facts.http.as_deref().and_then(|http| http.user_agent.as_deref());
        agent.is_some_and(|agent| !agent.is_empty())
    };
    facts.risks.contains(risk) && (risk != Risk::SuspiciousUserAgent || named())
}

impl Seen {
    fn note(&mut self, facts: &Facts, host: Option<&str>, port: u16) {
        let Some(http) = facts.http.as_deref() else { return };
        let worst = self.kinds.keys().next().copied();
        for (place, _) in KINDS.iter().enumerate().filter(|(_, (risk, _))| is(facts, *risk)) {
            *self.kinds.entry(place).or_default() += 1;
        }
        if self.example.is_none() || self.kinds.keys().next().copied() != worst {
            self.example = http.uri.clone().map(|uri| (uri, http.status));
            self.agent = http.user_agent.clone();
            self.host = host.map(str::to_owned);
            self.port = port;
        }
        if http.status.is_some_and(|status| (200..300).contains(&status)) {
            self.succeeded += 1;
        }
    }

    /// Nothing but a name speaks against it.
    fn is_only_a_name(&self) -> bool {
        self.kinds.keys().all(|place| *place + 1 == KINDS.len())
    }
}

fn report(src: IpAddr, spot: &Spot<Seen>) -> Report {
    let seen = &spot.detail;
    let name = |place: &usize| KINDS.get(*place).map(|(_, name)| (*name).to_owned());
    let kinds = seen.kinds.keys().filter_map(name).collect::<Vec<_>>();
    let (uri, status) = seen.example.clone().unwrap_or_default();
    let server = seen.host.clone().or_else(|| spot.peers.keys().next().map(|ip| ip.to_string()));
    let answer =
        status.map_or_else(|| "no answer was seen".into(), |status| format!("the answer was {status}"));
    Report {
        severity: seen.is_only_a_name().then_some(Severity::Low),
        actor: Actor { ip: Some(src), mac: spot.macs[0] },
        target: (spot.peers.len() == 1).then(|| spot.peers.keys().next().map(Actor::ip)).flatten(),
        count: spot.count,
        first: spot.first,
        last: spot.last,
        title: format!("attacks a web server with {}", kinds.join(", ")),
        measured: format!(
            "{} requests with {} went to {}, for instance for `{uri}` ({answer}); {} of all were answered with \
             success.",
            spot.count,
            kinds.join(", "),
            spot.peers(),
            seen.succeeded,
        ),
        evidence: vec![
            ("requests", spot.count.into()),
            ("kinds", kinds.into()),
            ("example", uri.to_string().into()),
            ("user_agent", seen.agent.as_deref().unwrap_or_default().into()),
            ("server", server.unwrap_or_default().into()),
            ("server_port", u64::from(seen.port).into()),
            ("answered_with_success", seen.succeeded.into()),
        ],
        port: Some(seen.port),
        protocol: Some("http"),
        name: seen.host.clone(),
        ..Report::default()
    }
}
