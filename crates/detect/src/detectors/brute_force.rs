//! Passwords tried until one fits.

mod service;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

use model::{Severity, Value};
use wire::{MacAddr, Timestamp};

use self::service::{Attempts, attempts};
use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "brute-force",
    title: "Guessed passwords",
    severity: Severity::High,
    mitre: &["T1110.001", "T1110.003"],
    about: "Logins of one source that failed, by service: over several connections and within one, at one target \
            or at many (spraying). Where the protocol is in clear the server's refusals are counted; where it is \
            not (SSH, RDP, VNC), a session that ends soon and carries no more than a login and its refusal. A \
            login that worked after that many failures makes it critical.",
    harmless: "a saved password that was changed elsewhere, a script with an old password.",
    next: "see whether one of the logins worked (the evidence says so where it can be seen); block the source, \
           change the password, switch on a lock after failures.",
    thresholds: &[
        Threshold {
            name: "failures",
            default: Setting::Count(10),
            range: (3.0, 100_000.0),
            about: "failed logins within `window`",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(300.0),
            range: (10.0, 3600.0),
            about: "the short window",
        },
        Threshold {
            name: "slow_failures",
            default: Setting::Count(15),
            range: (3.0, 100_000.0),
            about: "failed logins within an hour",
        },
        Threshold {
            name: "targets",
            default: Setting::Count(6),
            range: (3.0, 10_000.0),
            about: "hosts at which logins of one source failed within an hour",
        },
        Threshold {
            name: "users",
            default: Setting::Count(6),
            range: (3.0, 64.0),
            about: "names whose logins of one source failed within an hour",
        },
    ],
    sees: &[Kind::Ended],
    new: || Box::new(BruteForce::default()),
};

const FAILURES: usize = 0;
const WINDOW: usize = 1;
const SLOW_FAILURES: usize = 2;
const TARGETS: usize = 3;
const USERS: usize = 4;

const HOUR_NS: u64 = 3_600_000_000_000;
const MOST_SOURCES: usize = 16_384;
/// Sessions, targets and users of one source that are remembered.
const MOST_SESSIONS: usize = 1024;
const MOST_TARGETS: usize = 256;
const MOST_USERS: usize = 64;

type Key = (IpAddr, &'static str);

#[derive(Debug)]
struct BruteForce {
    sources: Table<Key, Source>,
}

/// What one source did at one service.
#[derive(Debug, Default)]
struct Source {
    /// When, and how many logins failed, of the last hour.
    sessions: VecDeque<(Timestamp, u32)>,
    /// By host, failures of the last hour and when the last one was.
    targets: BTreeMap<IpAddr, (u32, Timestamp)>,
    users: BTreeSet<Box<str>>,
    all: u64,
    connections: u64,
    /// A login worked after so many failures.
    succeeded: bool,
    target: Option<IpAddr>,
    port: Option<u16>,
    mac: Option<MacAddr>,
    first: Timestamp,
    last: Timestamp,
    found: bool,
    repeat: Repeat,
}

impl Default for BruteForce {
    fn default() -> Self {
        Self { sources: Table::new(MOST_SOURCES) }
    }
}

impl Detector for BruteForce {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Ended(ended, record) = sight else { return };
        let Some(tried) = attempts(record) else { return };
        let key = (record.src_ip, tried.service);
        if tried.failed == 0 {
            if let Some(source) = self.sources.get_mut(&key)
                && source.found
                && tried.succeeded
                && !source.succeeded
            {
                source.succeeded = true;
                let report = source.report(key, desk);
                desk.report(report);
            }
            return;
        }
        let Some(source) = self.sources.at(&key, desk.now) else { return };
        source.mac = source.mac.or_else(|| ended.entry.macs()[0]);
        source.failed(&tried, record, desk);
        if source.found && source.repeat.more(desk.now) {
            let report = source.report(key, desk);
            desk.report(report);
        }
        if source.all >= 3 {
            self.sources.prove(&key);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (key, source) in self.sources.iter_mut() {
            if source.repeat.take_pending(now) {
                let report = source.report(*key, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.sources.expire(now, HOUR_NS);
        }
    }

    fn load(&self) -> (usize, u64) {
        self.sources.load()
    }
}

impl Source {
    fn failed(&mut self, tried: &Attempts<'_>, record: &model::Flow, desk: &Desk<'_>) {
        let (now, actor) = (desk.now, Actor { ip: Some(record.src_ip), mac: self.mac });
        self.forget(now);
        if self.sessions.is_empty() {
            (self.first, self.all, self.connections, self.found) = (now, 0, 0, false);
            self.users.clear();
        }
        self.last = now;
        self.all += u64::from(tried.failed);
        self.connections += 1;
        self.target = Some(record.dst_ip);
        self.port = record.dst_port;
        if self.sessions.len() < MOST_SESSIONS {
            self.sessions.push_back((now, tried.failed));
        }
        if self.targets.contains_key(&record.dst_ip) || self.targets.len() < MOST_TARGETS {
            let target = self.targets.entry(record.dst_ip).or_insert((0, now));
            *target = (target.0.saturating_add(tried.failed), now);
        }
        if let Some(user) = tried.user
            && self.users.len() < MOST_USERS
        {
            self.users.insert(user.into());
        }
        let window_ns = desk.nanos(WINDOW, actor);
        let recent = self.sessions.iter().filter(|(at, _)| now.since(*at) < window_ns);
        let recent: u64 = recent.map(|(_, failed)| u64::from(*failed)).sum();
        let hour: u64 = self.sessions.iter().map(|(_, failed)| u64::from(*failed)).sum();
        self.found |= recent >= desk.count(FAILURES, actor)
            || hour >= desk.count(SLOW_FAILURES, actor)
            || self.targets.len() as u64 >= desk.count(TARGETS, actor)
            || self.users.len() as u64 >= desk.count(USERS, actor);
        self.succeeded |= self.found && tried.succeeded;
    }

    fn forget(&mut self, now: Timestamp) {
        while self.sessions.front().is_some_and(|(at, _)| now.since(*at) >= HOUR_NS) {
            self.sessions.pop_front();
        }
        self.targets.retain(|_, (_, last)| now.since(*last) < HOUR_NS);
    }

    fn report(&self, (src, service): Key, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(src), mac: self.mac };
        let many = self.targets.len() > 1;
        let target = self.target.filter(|_| !many).map(Actor::ip);
        let at = match self.target.filter(|_| !many) {
            Some(target) => target.to_string(),
            None => format!("{} hosts", self.targets.len()),
        };
        let worked = if self.succeeded { "; one of them worked afterwards" } else { "" };
        let users: Vec<String> = self.users.iter().map(|user| user.to_string()).collect();
        let targets = self.targets.keys().take(32).map(ToString::to_string).collect::<Vec<_>>();
        Report {
            severity: self.succeeded.then_some(Severity::Critical),
            actor,
            target,
            about: service.to_owned(),
            count: self.all,
            first: self.first,
            last: self.last,
            title: format!("guesses passwords of {service} at {at}: {} failed logins so far", self.all),
            measured: format!(
                "About {} logins failed over {} connections to {} host(s) within {:.0} s{worked}; the limit is {} in \
                 {} s, {} in an hour, {} hosts, or {} names.",
                self.all,
                self.connections,
                self.targets.len(),
                self.last.since(self.first) as f64 / 1e9,
                desk.count(FAILURES, actor),
                desk.nanos(WINDOW, actor) / 1_000_000_000,
                desk.count(SLOW_FAILURES, actor),
                desk.count(TARGETS, actor),
                desk.count(USERS, actor),
            ),
            evidence: vec![
                ("service", service.into()),
                ("failed_logins", self.all.into()),
                ("connections", self.connections.into()),
                ("targets", targets.into()),
                ("users", users.into()),
                ("succeeded", Value::Flag(self.succeeded)),
            ],
            port: self.port,
            protocol: Some(service),
            ..Report::default()
        }
    }
}

#[cfg(test)]
mod tests;
