//! A device of this place answers at a port at which it never did.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::Severity;
use serde_json::{Value, json};
use wire::{Timestamp, ip_protocol};

use crate::actor::Actor;
use crate::attempts::{Attempt, Outcome};
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::report::Report;
use crate::state::texts;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "new-service",
    title: "New service",
    severity: Severity::Info,
    mitre: &[],
    about: "A local device answers at a TCP or UDP port at which it did not while learning, nor since. UDP, and \
            ports from 32768 on, which clients are given by turns, count when they were answered three times \
            over ten minutes or longer.",
    harmless: "an update or a new program on that device, a file transfer in passive mode that takes long.",
    next: "ask whoever runs that device which program it is; look at who connects to it.",
    thresholds: &[Threshold {
        name: "learning",
        default: Setting::Seconds(604_800.0),
        range: (0.0, 31_536_000.0),
        about: "how long every service is taken for known",
    }],
    sees: &[Kind::Attempt],
    new: || Box::new(NewService::default()),
};

const LEARNING: usize = 0;

/// Linux gives clients ports from here on; others from 49152 (RFC 6335 s6).
const EPHEMERAL: u16 = 32_768;
/// Answers, and the time they span, of what may be a port that somebody just happened to have.
const ENOUGH: u32 = 3;
const SPAN_NS: u64 = 600_000_000_000;
/// An address may be another's after this long.
const FRESH_S: u64 = 3600;
/// Devices, services of each, and addresses for which that was looked up lately.
const MOST_DEVICES: usize = 4096;
const MOST_SERVICES: usize = 256;
const MOST_ADDRESSES: usize = 65_536;
const MOST_WAITING: usize = 4096;

type Port = (u8, u16);

#[derive(Debug)]
struct NewService {
    /// By the inventory's name for a device, what it offers.
    known: BTreeMap<String, BTreeSet<Port>>,
    /// Addresses and ports that are known to be known; forgotten every hour.
    lately: BTreeSet<(IpAddr, Port)>,
    waiting: Table<(IpAddr, Port), Waiting>,
    refused: u64,
    found: BTreeMap<String, Found>,
}

/// A port that may only happen to be open.
#[derive(Debug, Default)]
struct Waiting {
    first: Option<Timestamp>,
    answers: u32,
}

/// What is new at one device.
#[derive(Debug)]
struct Found {
    ports: Vec<Port>,
    /// Ports at which it was known to answer until then.
    before: usize,
    first: Timestamp,
    last: Timestamp,
}

impl Default for NewService {
    fn default() -> Self {
        let (known, lately, found) = Default::default();
        Self { known, lately, waiting: Table::new(MOST_WAITING), refused: 0, found }
    }
}

impl Detector for NewService {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Attempt(attempt) = sight else { return };
        let transport = matches!(attempt.protocol, ip_protocol::TCP | ip_protocol::UDP);
        if attempt.outcome != Outcome::Accepted || !transport {
            return;
        }
        let (ip, port) = (attempt.dst.0, (attempt.protocol, attempt.dst.1));
        if self.lately.contains(&(ip, port)) || !desk.is_local(ip) {
            return;
        }
        if may_be_chance(port) && !self.stays((ip, port), desk.now) {
            return;
        }
        self.offers(attempt, desk);
    }

    fn advance(&mut self, now: Timestamp, _: &mut Desk<'_>) {
        if now.secs().is_multiple_of(FRESH_S) {
            self.lately.clear();
            self.waiting.expire(now, 24 * FRESH_S * 1_000_000_000);
            // A later one is another incident.
            self.found.retain(|_, found| now.since(found.last) < FRESH_S * 1_000_000_000);
        }
    }

    fn load(&self) -> (usize, u64) {
        let (waiting, refused) = self.waiting.load();
        (self.known.len() + self.lately.len() + waiting, self.refused + refused)
    }

    fn save(&self) -> Option<Value> {
        let shown = |ports: &BTreeSet<Port>| ports.iter().map(|port| name(*port)).collect::<Vec<_>>();
        let devices: BTreeMap<_, _> = self.known.iter().map(|(id, ports)| (id, shown(ports))).collect();
        Some(json!(devices))
    }

    fn restore(&mut self, saved: &Value) {
        let Some(devices) = saved.as_object() else { return };
        for id in devices.keys().take(MOST_DEVICES) {
            let ports = texts(saved, id, MOST_SERVICES).filter_map(port_of).collect();
            self.known.insert(id.clone(), ports);
        }
    }
}

impl NewService {
    /// It was answered often enough over a time.
    fn stays(&mut self, key: (IpAddr, Port), now: Timestamp) -> bool {
        let Some(waiting) = self.waiting.at(&key, now) else { return false };
        let first = *waiting.first.get_or_insert(now);
        waiting.answers = waiting.answers.saturating_add(1);
        let stays = waiting.answers >= ENOUGH && now.since(first) >= SPAN_NS;
        if stays {
            self.waiting.remove(&key);
        }
        stays
    }

    fn offers(&mut self, attempt: &Attempt, desk: &mut Desk<'_>) {
        let (ip, port) = (attempt.dst.0, (attempt.protocol, attempt.dst.1));
        let who = desk.place.inventory.who(Some(ip), None);
        // Next time, when it is known who that is.
        let Some(id) = who.map(|(id, _)| id.to_owned()) else { return };
        if self.lately.len() < MOST_ADDRESSES {
            self.lately.insert((ip, port));
        }
        if !self.known.contains_key(&id) && self.known.len() >= MOST_DEVICES {
            self.refused += 1;
            return;
        }
        let known = self.known.entry(id.clone()).or_default();
        if known.contains(&port) {
            return;
        }
        if known.len() >= MOST_SERVICES {
            self.refused += 1;
            return;
        }
        let before = known.len();
        known.insert(port);
        if desk.is_learning(LEARNING) {
            return;
        }
        let now = desk.now;
        let fresh = || Found { ports: Vec::new(), before, first: now, last: now };
        let found = self.found.entry(id).or_insert_with(fresh);
        found.last = now;
        found.ports.push(port);
        let actor = Actor { ip: Some(ip), mac: attempt.macs[1] };
        let report = found.report(actor, attempt);
        desk.report(report);
    }
}

impl Found {
    fn report(&self, actor: Actor, attempt: &Attempt) -> Report {
        let names: Vec<_> = self.ports.iter().take(32).map(|port| name(*port)).collect();
        let list = names.join(", ");
        Report {
            actor,
            target: None,
            count: self.ports.len() as u64,
            first: self.first,
            last: self.last,
            title: format!("answers at {list}, which it never did before"),
            measured: format!(
                "{} answered at {} port(s) at which it did not before; the last one asked by {}.",
                attempt.dst.0,
                self.ports.len(),
                attempt.src.0,
            ),
            usual: Some(format!("It was known to answer at {} port(s).", self.before)),
            evidence: vec![
                ("ports", names.into()),
                ("client", attempt.src.0.to_string().into()),
                ("known_ports", (self.before as u64).into()),
            ],
            port: Some(attempt.dst.1),
            ..Report::default()
        }
    }
}

/// The port may be one that a client or a peer was given for a while.
fn may_be_chance((protocol, port): Port) -> bool {
    protocol == ip_protocol::UDP || port >= EPHEMERAL
}

fn name((protocol, port): Port) -> String {
    format!("{port}/{}", if protocol == ip_protocol::UDP { "udp" } else { "tcp" })
}

fn port_of(name: &str) -> Option<Port> {
    let (port, transport) = name.split_once('/')?;
    let protocol = if transport == "udp" { ip_protocol::UDP } else { ip_protocol::TCP };
    Some((protocol, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use flow::What;
    use inventory::{Evidence, Fact, Sighting, Subject};

    use super::*;
    use crate::testing::{Bench, at, event, ip, mac, opened};

    const DAY: u64 = 86_400_000;

    fn answers(bench: &mut Bench, ms: u64, protocol: u8, port: u16) {
        let about = Subject { mac: Some(mac(2)), ip: Some(ip("10.0.0.2")) };
        let facts = vec![Fact::Address(Evidence::Arp)];
        let sighting = Sighting { time: at(ms), watcher: "arp", interface: 0, vlan: None, about, facts };
        bench.inventory.sighting(&sighting);
        bench.watch.sighting(&sighting, &bench.inventory);
        let (src, dst) = ((ip("10.0.0.1"), 50_000), (ip("10.0.0.2"), port));
        bench.flow(event(ms, protocol, src, dst, opened(wire::tcp::flag::SYN)));
        bench.flow(event(ms + 1, protocol, src, dst, What::Answered));
    }

    #[test]
    fn a_port_that_was_closed_so_far() {
        let mut bench = Bench::new();
        answers(&mut bench, 0, ip_protocol::TCP, 22);
        answers(&mut bench, 8 * DAY, ip_protocol::TCP, 22);
        assert!(bench.alerts().is_empty());
        answers(&mut bench, 8 * DAY + 1000, ip_protocol::TCP, 4444);
        answers(&mut bench, 8 * DAY + 2000, ip_protocol::TCP, 4445);
        answers(&mut bench, 8 * DAY + 3000, ip_protocol::TCP, 4445);
        let alerts = bench.end("new-service");
        assert_eq!(alerts.len(), 1);
        assert_eq!((alerts[0].count, alerts[0].src_ip), (2, Some(ip("10.0.0.2"))));
        assert!(alerts[0].title.contains("4444/tcp, 4445/tcp"), "{}", alerts[0].title);
    }

    #[test]
    fn ports_that_come_and_go_are_none() {
        let mut bench = Bench::new();
        answers(&mut bench, 0, ip_protocol::TCP, 21);
        for n in 0..50 {
            answers(&mut bench, 8 * DAY + u64::from(n) * 60_000, ip_protocol::TCP, 40_000 + n);
        }
        assert!(bench.end("new-service").is_empty());
        for n in 0..3 {
            answers(&mut bench, 9 * DAY + n * 400_000, ip_protocol::UDP, 5000);
        }
        assert_eq!(bench.end("new-service").len(), 1);
    }

    #[test]
    fn a_restart_keeps_what_is_known() {
        let mut bench = Bench::new();
        answers(&mut bench, 0, ip_protocol::TCP, 22);
        let saved = bench.watch.save();
        let mut bench = Bench::new();
        assert!(bench.watch.restore(&saved));
        answers(&mut bench, 9 * DAY, ip_protocol::TCP, 22);
        assert!(bench.end("new-service").is_empty());
        answers(&mut bench, 9 * DAY + 1000, ip_protocol::TCP, 23);
        assert_eq!(bench.end("new-service").len(), 1);
    }

    #[test]
    fn services_of_one_device_are_bounded() {
        let mut bench = Bench::new();
        answers(&mut bench, 0, ip_protocol::TCP, 1);
        for port in 1..1000 {
            answers(&mut bench, 8 * DAY + u64::from(port), ip_protocol::TCP, port);
        }
        let alerts = bench.end("new-service");
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0].count, MOST_SERVICES as u64 - 1);
    }
}
