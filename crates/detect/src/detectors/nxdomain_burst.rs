//! A client that asks for many names which do not exist.

use std::net::IpAddr;

use model::Severity;
use wire::Timestamp;

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::domain::{entropy, split};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::spread::Spread;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "nxdomain-burst",
    title: "Names that do not exist",
    severity: Severity::Medium,
    mitre: &["T1568.002"],
    about: "Different names that one client asked for and that do not exist, within a window, and their share of all that \
            it asked for. Malware that finds its server by generated names (DGA) asks like that. A name that does not \
            exist below a registered domain that does, a search suffix tried behind a name, and reverse lookups do not \
            count.",
    harmless: "a mail server that checks senders of junk, a crawler, a program with a long list of dead servers.",
    next: "look at the names: generated ones have nothing in common but their length; see which program asks; look \
           whether one of them resolved and was then connected to.",
    thresholds: &[
        Threshold {
            name: "names",
            default: Setting::Count(30),
            range: (5.0, 100_000.0),
            about: "different names that do not exist, within `window`",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(600.0),
            range: (10.0, 86_400.0),
            about: "the window",
        },
        Threshold {
            name: "share",
            default: Setting::Ratio(0.5),
            range: (0.0, 1.0),
            about: "share of the names asked for that do not exist",
        },
    ],
    sees: &[Kind::Lookup],
    new: || Box::new(NxdomainBurst::default()),
};

const NAMES: usize = 0;
const WINDOW: usize = 1;
const SHARE: usize = 2;

const MOST_CLIENTS: usize = 16_384;
const MOST_NAMES: usize = 2048;
const MOST_NAMED: usize = 16;
/// RFC 1035 s4.1.1.
const NAME_ERROR: u8 = 3;

#[derive(Debug)]
struct NxdomainBurst {
    clients: Table<IpAddr, Client>,
}

/// What one client asked for.
#[derive(Debug)]
struct Client {
    /// Registered domain and whole name.
    missing: Spread<(u64, u64)>,
    /// Whole names, and registered domains that have some.
    existing: Spread<u64>,
    alive: Spread<u64>,
    names: Vec<String>,
    entropy_sum: f64,
    seen: u64,
    first: Timestamp,
    last: Timestamp,
    found: bool,
    repeat: Repeat,
}

impl Default for NxdomainBurst {
    fn default() -> Self {
        Self { clients: Table::new(MOST_CLIENTS) }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self {
            missing: Spread::new(MOST_NAMES),
            existing: Spread::new(MOST_NAMES),
            alive: Spread::new(MOST_NAMES),
            names: Vec::new(),
            entropy_sum: 0.0,
            seen: 0,
            first: Timestamp(0),
            last: Timestamp(0),
            found: false,
            repeat: Repeat::default(),
        }
    }
}

impl Detector for NxdomainBurst {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Lookup(notice, lookup) = sight else { return };
        let Some(rcode) = lookup.rcode else { return };
        let (front, domain) = split(&lookup.name);
        // A single label is a host of the search list's, or a browser's probe.
        if !domain.contains('.') || domain.ends_with(".arpa") || domain.ends_with(".local") {
            return;
        }
        let client = if lookup.from_src { notice.dst } else { notice.src };
        // A search suffix is tried behind a name: it is the name that counts.
        let name = if front.contains('.') { front } else { &*lookup.name };
        let (domain_key, key) = (hash(domain), hash(name));
        let whole = hash(&lookup.name);
        let now = desk.now;
        let Some(state) = self.clients.at(&client, now) else { return };
        let window_ns = desk.nanos(WINDOW, Actor::ip(client));
        state.missing.expire(now, window_ns);
        state.existing.expire(now, window_ns);
        state.alive.expire(now, window_ns);
        if rcode != NAME_ERROR {
            state.existing.add(whole, now);
            let first = state.alive.add(domain_key, now);
            state.missing.remove_if(|(domain, name)| first && *domain == domain_key || *name == whole);
            return;
        }
        if state.alive.contains(domain_key) || state.existing.contains(key) {
            return;
        }
        if state.missing.is_empty() {
            (state.first, state.found, state.seen, state.entropy_sum) = (now, false, 0, 0.0);
            state.names.clear();
        }
        if !state.missing.add((domain_key, key), now) && state.missing.beyond == 0 {
            return;
        }
        state.last = now;
        state.note(&lookup.name);
        let missing = state.missing.len() as u64;
        let all = missing + state.existing.len() as u64;
        let actor = Actor::ip(client);
        let share = missing as f64 / all.max(1) as f64;
        state.found |= missing >= desk.count(NAMES, actor) && share >= desk.ratio(SHARE, actor);
        if state.found && state.repeat.more(now) {
            let report = state.report(client, desk);
            desk.report(report);
        }
        if missing >= 3 {
            self.clients.prove(&client);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (client, state) in self.clients.iter_mut() {
            if state.repeat.take_pending(now) {
                let report = state.report(*client, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.clients.expire(now, desk.nanos(WINDOW, Actor::default()));
        }
    }

    fn load(&self) -> (usize, u64) {
        self.clients.load()
    }
}

/// Letter case does not matter.
fn hash(domain: &str) -> u64 {
    let step = |hash: u64, byte: u8| crate::sketch::mixed(hash ^ u64::from(byte.to_ascii_lowercase()));
    domain.bytes().fold(0, step)
}

impl Client {
    fn note(&mut self, name: &str) {
        let label = name.split('.').next().unwrap_or_default();
        self.entropy_sum += entropy(label);
        self.seen += 1;
        if self.names.len() < MOST_NAMED {
            self.names.push(name.to_owned());
        }
    }

    fn report(&self, client: IpAddr, desk: &Desk<'_>) -> Report {
        let actor = Actor::ip(client);
        let missing = self.missing.len() as u64 + self.missing.beyond;
        let all = missing + self.existing.len() as u64;
        let mean = self.entropy_sum / self.seen.max(1) as f64;
        // Random letters have more than 3 bits each, words of the same length less.
        let generated = mean >= 2.8;
        let looks = if generated { ", and they look generated" } else { "" };
        Report {
            severity: generated.then_some(Severity::High),
            actor,
            count: missing,
            first: self.first,
            last: self.last,
            title: format!("asks for names that do not exist: {missing} so far"),
            measured: format!(
                "{missing} of {all} names asked for within {:.0} s do not exist{looks} ({:.1} bits of entropy each); the \
                 limit is {} within {} s, and a share of {}.",
                self.last.since(self.first) as f64 / 1e9,
                mean,
                desk.count(NAMES, actor),
                desk.nanos(WINDOW, actor) / 1_000_000_000,
                desk.ratio(SHARE, actor),
            ),
            evidence: vec![
                ("missing_names", missing.into()),
                ("all_names", all.into()),
                ("mean_entropy", mean.into()),
                ("names", self.names.clone().into()),
            ],
            port: Some(53),
            protocol: Some("dns"),
            ..Report::default()
        }
    }
}
