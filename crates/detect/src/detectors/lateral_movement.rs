//! From one host to the next: a client that suddenly administers hosts it never administered.

mod chain;
mod clients;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use flow::What;
use model::{Severity, Value};
use wire::{MacAddr, Timestamp};

use self::chain::{Chains, Step};
use self::clients::{Clients, Novelty, Way};
use crate::actor::Actor;
use crate::attempts::Outcome;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::spread::Spread;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "lateral-movement",
    title: "Lateral movement",
    severity: Severity::Medium,
    mitre: &["T1021", "T1570"],
    about: "Which local client enters which local host by SMB, SSH, RDP, WinRM, RPC, VNC, Telnet, rsh or Radmin \
            is learnt. Afterwards, hosts that a client enters for the first time are counted; a host that at \
            least three other clients enter in the same way is not. It is of high severity if the client \
            tried many ports or hosts in vain before, or opened administrative shares or the service manager. \
            So is a chain: a host that was just entered for the first time enters the next one for the first \
            time within a quarter of an hour (SMB only with administrative shares). While `learning` lasts \
            nothing is reported.",
    harmless: "an administrator at a new desk, a new server for management, backup or monitoring, a new host \
               to jump from.",
    next: "ask whoever uses the client whether that was meant; if not, take the client and the hosts it entered \
           off the network and look at what was run there.",
    thresholds: &[
        Threshold {
            name: "hosts",
            default: Setting::Count(3),
            range: (1.0, 1000.0),
            about: "hosts entered for the first time within `window`",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(3600.0),
            range: (60.0, 86_400.0),
            about: "the window",
        },
        Threshold {
            name: "scanned",
            default: Setting::Count(20),
            range: (3.0, 1000.0),
            about: "ports and hosts tried in vain within `window` that make it severe",
        },
        Threshold {
            name: "learning",
            default: Setting::Seconds(604_800.0),
            range: (0.0, 31_536_000.0),
            about: "how long it is only learnt who administers whom",
        },
        Threshold {
            name: "steps",
            default: Setting::Count(2),
            range: (2.0, 16.0),
            about: "hosts of a chain, each entered from the one before",
        },
    ],
    sees: &[Kind::Ended, Kind::Flow, Kind::Attempt],
    new: || Box::new(LateralMovement::default()),
};

const HOSTS: usize = 0;
const WINDOW: usize = 1;
const SCANNED: usize = 2;
const LEARNING: usize = 3;
const STEPS: usize = 4;

/// Clients that enter new hosts, or try in vain.
const MOST_MOVING: usize = 4096;
/// New ways of one client.
const MOST_WAYS: usize = 256;
/// Of what one client tried in vain.
const MOST_TRIED: usize = 256;

#[derive(Debug)]
struct LateralMovement {
    clients: Clients,
    moving: Table<IpAddr, Moves>,
    tried: Table<IpAddr, Tried>,
    chains: Chains,
}

/// What one client entered for the first time.
#[derive(Debug, Default)]
struct Moves {
    ways: Vec<(Timestamp, Way)>,
    /// Hosts whose administration was entered.
    administered: BTreeSet<IpAddr>,
    scanned: usize,
    mac: Option<MacAddr>,
    found: bool,
    repeat: Repeat,
}

#[derive(Debug)]
struct Tried(Spread<(IpAddr, u16)>);

impl Default for Tried {
    fn default() -> Self {
        Self(Spread::new(MOST_TRIED))
    }
}

impl Default for LateralMovement {
    fn default() -> Self {
        Self {
            clients: Clients::default(),
            moving: Table::new(MOST_MOVING),
            tried: Table::new(MOST_MOVING),
            chains: Chains::default(),
        }
    }
}

/// One session that entered a host.
struct Entered {
    client: IpAddr,
    way: Way,
    mac: Option<MacAddr>,
    at: Timestamp,
    administers: bool,
}

impl Detector for LateralMovement {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        match sight {
            Sight::Ended(ended, record) => {
                if let Some(service) = service::used(ended, record) {
                    let (client, server) = (ended.entry.src().0, ended.entry.dst().0);
                    let entered = Entered {
                        client,
                        way: (server, service),
                        mac: ended.entry.macs()[0],
                        at: ended.entry.start(),
                        administers: service == "smb" && service::administers(record),
                    };
                    self.entered(&entered, desk);
                } else {
                    self.chains.unused(ended.entry.src().0, ended.entry.dst().0);
                }
            }
            Sight::Flow(event) => {
                if let What::Decided(decided) = &event.what
                    && event.is_tcp()
                    && let Some(service) = service::of(Some(decided.label.protocol), event.dst.1)
                {
                    self.began(event, service, desk);
                }
                // A long session is told of before it is over.
                if let What::Grew { protocol: Some(protocol), packets: [src, dst], start, .. } = event.what
                    && src > 0
                    && dst > 0
                    && event.is_tcp()
                    && let Some(service) = service::of(Some(protocol), event.dst.1)
                {
                    let entered = Entered {
                        client: event.src.0,
                        way: (event.dst.0, service),
                        mac: event.macs[0],
                        at: start,
                        administers: false,
                    };
                    self.entered(&entered, desk);
                }
            }
            Sight::Attempt(attempt)
                if attempt.outcome != Outcome::Accepted && desk.is_local(attempt.src.0) =>
            {
                let window_ns = desk.nanos(WINDOW, Actor::ip(attempt.src.0));
                let Some(tried) = self.tried.at(&attempt.src.0, desk.now) else { return };
                tried.0.add(attempt.dst, desk.now);
                tried.0.expire(desk.now, window_ns);
                if tried.0.len() >= 3 {
                    self.tried.prove(&attempt.src.0);
                }
            }
            _ => {}
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (client, moves) in self.moving.iter_mut() {
            if moves.repeat.take_pending(now) {
                let report = moves.report(*client, &self.clients, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.chains.expire(now);
            let window_ns = desk.nanos(WINDOW, Actor::default());
            self.moving.expire(now, window_ns.saturating_mul(2));
            self.tried.expire(now, window_ns);
        }
    }

    fn load(&self) -> (usize, u64) {
        let all = [self.clients.load(), self.moving.load(), self.tried.load(), self.chains.load()];
        all.iter().fold((0, 0), |sum, load| (sum.0 + load.0, sum.1 + load.1))
    }

    fn save(&self) -> Option<serde_json::Value> {
        Some(self.clients.save())
    }

    fn restore(&mut self, saved: &serde_json::Value) {
        self.clients.restore(saved);
    }
}

impl LateralMovement {
    fn entered(&mut self, entered: &Entered, desk: &mut Desk<'_>) {
        let (client, way) = (entered.client, entered.way);
        if client == way.0 || !desk.is_local(client) || !desk.is_local(way.0) {
            return;
        }
        let novelty = self.clients.take(client, way, desk.now);
        if desk.is_learning(LEARNING) {
            return;
        }
        if novelty == Novelty::New {
            self.stepped(entered, desk);
        }
        if novelty != Novelty::New {
            // What is done at a host may show in a later session.
            let moves = self.moving.get_mut(&client).filter(|_| entered.administers);
            if let Some(moves) = moves.filter(|moves| moves.ways.iter().any(|(_, (host, _))| *host == way.0))
            {
                moves.administered.insert(way.0);
            }
            return;
        }
        let Some(moves) = self.moving.at(&client, desk.now) else { return };
        let actor = Actor { ip: Some(client), mac: entered.mac };
        let tried = self.tried.get(&client).map_or(0, |tried| tried.0.len());
        moves.enter(entered, tried, desk.nanos(WINDOW, actor));
        moves.found |= moves.hosts().len() as u64 >= desk.count(HOSTS, actor);
        if moves.found && moves.repeat.more(desk.now) {
            let report = moves.report(client, &self.clients, desk);
            desk.report(report);
        }
        if moves.ways.len() >= 2 {
            self.moving.prove(&client);
        }
    }
}

impl LateralMovement {
    /// A session that may turn out to be used.
    fn began(&mut self, event: &flow::Event, service: &'static str, desk: &Desk<'_>) {
        let (client, server) = (event.src.0, event.dst.0);
        if service::is_ordinary(service)
            || client == server
            || !desk.is_local(client)
            || !desk.is_local(server)
            || desk.is_learning(LEARNING)
            || self.clients.knows(client, (server, service))
        {
            return;
        }
        let at = event.time;
        self.chains.step(Step { client, server, service, at, mac: event.macs[0], entered: false });
    }

    fn stepped(&mut self, entered: &Entered, desk: &mut Desk<'_>) {
        let (client, (server, service)) = (entered.client, entered.way);
        if service::is_ordinary(service) && !entered.administers {
            return;
        }
        let (at, mac) = (entered.at, entered.mac);
        let chain = self.chains.step(Step { client, server, service, at, mac, entered: true });
        let Some(first) = chain.first() else { return };
        let actor = Actor { ip: Some(first.client), mac: first.mac };
        if chain.len() as u64 >= desk.count(STEPS, actor) {
            let limit = desk.count(STEPS, actor);
            desk.report(chain_report(actor, &chain, limit));
        }
    }
}

fn chain_report(actor: Actor, chain: &[Step], limit: u64) -> Report {
    let hosts = chain.iter().map(|step| step.server.to_string()).collect::<Vec<_>>();
    let services: BTreeSet<&str> = chain.iter().map(|step| step.service).collect();
    let services = services.into_iter().collect::<Vec<_>>().join(", ");
    let first = chain.iter().map(|step| step.at).min().unwrap_or_default();
    let last = chain.iter().map(|step| step.at).max().unwrap_or_default();
    Report {
        actor,
        about: "chain".into(),
        count: chain.len() as u64,
        first,
        last,
        title: format!(
            "goes from host to host by {services}, {} steps, each for the first time",
            chain.len()
        ),
        measured: format!(
            "It entered {}, each from the one before and for the first time, within {:.0} s; the limit is {limit} \
             steps.",
            hosts.join(", then "),
            last.since(first) as f64 / 1e9,
        ),
        evidence: vec![("hosts", hosts.into()), ("services", services.into())],
        ..Report::default()
    }
}

impl Moves {
    fn enter(&mut self, entered: &Entered, tried: usize, window_ns: u64) {
        self.mac = self.mac.or(entered.mac);
        let latest = self.ways.iter().map(|(at, _)| *at).fold(entered.at, Ord::max);
        if !self.found {
            self.ways.retain(|(at, _)| latest.since(*at) < window_ns);
            let hosts = self.hosts();
            self.administered.retain(|host| hosts.contains(host));
            self.scanned = 0;
        } else if self.ways.iter().all(|(at, _)| entered.at.since(*at) >= window_ns) {
            *self = Self { mac: self.mac, ..Self::default() };
        }
        if self.ways.len() < MOST_WAYS {
            self.ways.push((entered.at, entered.way));
        }
        if entered.administers {
            self.administered.insert(entered.way.0);
        }
        self.scanned = self.scanned.max(tried);
    }

    fn hosts(&self) -> BTreeSet<IpAddr> {
        self.ways.iter().map(|(_, (host, _))| *host).collect()
    }

    fn report(&self, client: IpAddr, clients: &Clients, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(client), mac: self.mac };
        let hosts = self.hosts();
        let services: BTreeSet<&str> = self.ways.iter().map(|(_, (_, service))| *service).collect();
        let services = services.into_iter().collect::<Vec<_>>().join(", ");
        let first = self.ways.iter().map(|(at, _)| *at).min().unwrap_or(desk.now);
        let last = self.ways.iter().map(|(at, _)| *at).max().unwrap_or(desk.now);
        let least = desk.count(HOSTS, actor);
        let has_scanned = self.scanned as u64 >= desk.count(SCANNED, actor);
        let takes_over = self.administered.len() as u64 >= least;
        let mut more = String::new();
        if has_scanned {
            more.push_str(&format!(" Before, it tried {} ports or hosts in vain.", self.scanned));
        }
        if !self.administered.is_empty() {
            more.push_str(&format!(
                " At {} of them it opened administrative shares or the service manager.",
                self.administered.len()
            ));
        }
        let before = clients.before(client, &hosts);
        let named = hosts.iter().take(32).map(ToString::to_string).collect::<Vec<_>>();
        Report {
            severity: (has_scanned || takes_over).then_some(Severity::High),
            actor,
            count: hosts.len() as u64,
            first,
            last,
            title: format!("enters {} hosts by {services} for the first time", hosts.len()),
            measured: format!(
                "{} hosts were entered by {services} for the first time within {:.0} s; the limit is {least} in {} \
                 s.{more}",
                hosts.len(),
                last.since(first) as f64 / 1e9,
                desk.nanos(WINDOW, actor) / 1_000_000_000,
            ),
            usual: Some(format!("Until then it entered {before} hosts in such ways.")),
            evidence: vec![
                ("hosts", named.into()),
                ("services", services.into()),
                ("administered", (self.administered.len() as u64).into()),
                ("tried_in_vain_before", (self.scanned as u64).into()),
                ("after_scan", Value::Flag(has_scanned)),
                ("hosts_known_before", (before as u64).into()),
            ],
            ..Report::default()
        }
    }
}
