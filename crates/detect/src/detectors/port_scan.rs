//! Many ports of one host tried, and nearly all in vain.

use std::net::IpAddr;

use model::Severity;
use wire::{MacAddr, Timestamp, ip_protocol};

use crate::actor::Actor;
use crate::attempts::{Attempt, Outcome};
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::spread::Spread;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "port-scan",
    title: "Port scan",
    severity: Severity::Medium,
    mitre: &["T1046"],
    about: "Different ports of one host that one source tried in vain (no answer within 3 s, a RST, or an \
            ICMP error), over a short and a long window. Ports that answered do not count, and a source \
            most of whose ports answer is none.",
    harmless: "an inventory or monitoring tool, a client that looks for a service which is switched off.",
    next: "ask whoever runs that device whether a scanner is installed there; look at which of the ports \
           answered.",
    thresholds: &[
        Threshold {
            name: "ports",
            default: Setting::Count(20),
            range: (3.0, 65_535.0),
            about: "ports tried in vain within `window`",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(60.0),
            range: (1.0, 3600.0),
            about: "the short window",
        },
        Threshold {
            name: "slow_ports",
            default: Setting::Count(30),
            range: (3.0, 65_535.0),
            about: "ports tried in vain within `slow_window`",
        },
        Threshold {
            name: "slow_window",
            default: Setting::Seconds(3600.0),
            range: (60.0, 86_400.0),
            about: "the long window",
        },
    ],
    sees: &[Kind::Attempt],
    new: || Box::new(PortScan::default()),
};

const PORTS: usize = 0;
const WINDOW: usize = 1;
const SLOW_PORTS: usize = 2;
const SLOW_WINDOW: usize = 3;

/// Pairs of source and target that are told apart.
const MOST_PAIRS: usize = 16_384;
/// Ports of one pair that are told apart.
const MOST_PORTS: usize = 1024;

#[derive(Debug)]
struct PortScan {
    pairs: Table<(IpAddr, IpAddr), Pair>,
}

/// What one source tried at one target.
#[derive(Debug)]
struct Pair {
    recent: Spread<(u8, u16)>,
    all: Spread<(u8, u16)>,
    open: Spread<(u8, u16)>,
    mac: Option<MacAddr>,
    first: Timestamp,
    last: Timestamp,
    found: bool,
    repeat: Repeat,
}

impl Default for PortScan {
    fn default() -> Self {
        Self { pairs: Table::new(MOST_PAIRS) }
    }
}

impl Default for Pair {
    fn default() -> Self {
        Self {
            recent: Spread::new(MOST_PORTS),
            all: Spread::new(MOST_PORTS),
            open: Spread::new(MOST_PORTS),
            mac: None,
            first: Timestamp(0),
            last: Timestamp(0),
            found: false,
            repeat: Repeat::default(),
        }
    }
}

impl Detector for PortScan {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Attempt(attempt) = sight else { return };
        let key = (attempt.src.0, attempt.dst.0);
        let port = (attempt.protocol, attempt.dst.1);
        if attempt.outcome == Outcome::Accepted {
            // Whoever only reaches what is there needs no entry.
            if let Some(pair) = self.pairs.get_mut(&key) {
                pair.accepted(port, desk.now);
            }
            return;
        }
        let Some(pair) = self.pairs.at(&key, desk.now) else { return };
        if pair.failed(attempt, port, desk) {
            let report = pair.report(key, desk);
            desk.report(report);
        }
        if pair.all.len() >= 3 {
            self.pairs.prove(&key);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (key, pair) in self.pairs.iter_mut() {
            if pair.repeat.take_pending(now) {
                let report = pair.report(*key, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.pairs.expire(now, desk.nanos(SLOW_WINDOW, Actor::default()));
        }
    }

    fn load(&self) -> (usize, u64) {
        self.pairs.load()
    }
}

impl Pair {
    fn accepted(&mut self, port: (u8, u16), now: Timestamp) {
        self.recent.remove(port);
        self.all.remove(port);
        self.open.add(port, now);
    }

    /// Takes note of a port tried in vain; true if that is to be reported now.
    fn failed(&mut self, attempt: &Attempt, port: (u8, u16), desk: &Desk<'_>) -> bool {
        let (now, actor) = (desk.now, Actor::ip(attempt.src.0));
        if self.all.is_empty() {
            (self.first, self.found) = (attempt.made, false);
        }
        self.last = self.last.max(attempt.made);
        self.mac = self.mac.or(attempt.macs[0]);
        let new = self.all.add(port, now);
        self.recent.add(port, now);
        self.recent.expire(now, desk.nanos(WINDOW, actor));
        self.all.expire(now, desk.nanos(SLOW_WINDOW, actor));
        if !new && self.all.len() < MOST_PORTS {
            return false;
        }
        let many = self.recent.len() as u64 >= desk.count(PORTS, actor)
            || self.all.len() as u64 >= desk.count(SLOW_PORTS, actor);
        self.found |= many && self.open.len() < self.all.len();
        self.found && self.repeat.more(now)
    }

    fn report(&self, (src, dst): (IpAddr, IpAddr), desk: &Desk<'_>) -> Report {
        let failed = self.all.len() as u64 + self.all.beyond;
        let tried = failed + self.open.len() as u64;
        let seconds = self.last.since(self.first) as f64 / 1e9;
        let udp = self.all.keys().filter(|(protocol, _)| *protocol == ip_protocol::UDP).count();
        let kind = if udp * 2 > self.all.len() { "UDP" } else { "TCP" };
        let open = self.open.keys().map(|(_, port)| port.to_string()).take(32).collect::<Vec<_>>();
        let actor = Actor { ip: Some(src), mac: self.mac };
        Report {
            actor,
            target: Some(Actor::ip(dst)),
            count: tried,
            first: self.first,
            last: self.last,
            title: format!("tries the ports of {dst}: {tried} so far"),
            measured: format!(
                "{tried} {kind} ports of {dst} were tried within {seconds:.0} s, {failed} of them in vain; the \
                 limit is {} in {} s, or {} in {} s.",
                desk.count(PORTS, actor),
                desk.nanos(WINDOW, actor) / 1_000_000_000,
                desk.count(SLOW_PORTS, actor),
                desk.nanos(SLOW_WINDOW, actor) / 1_000_000_000,
            ),
            evidence: vec![
                ("ports_tried", tried.into()),
                ("ports_in_vain", failed.into()),
                ("ports_answered", open.into()),
                ("transport", kind.into()),
                ("seconds", seconds.into()),
            ],
            ..Report::default()
        }
    }
}
