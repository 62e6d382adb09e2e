//! One port tried at host after host, or host after host pinged, and mostly in vain.

use std::collections::VecDeque;
use std::net::IpAddr;

use model::Severity;
use wire::{MacAddr, Timestamp, ip_protocol};

use crate::actor::Actor;
use crate::attempts::{Attempt, Outcome};
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::neighbours::{Neighbours, Vain};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::shelves::{Shelf, Shelves};
use crate::sketch::{Sketch, number_of};
use crate::table::Table;
use crate::tally::Tally;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "host-scan",
    title: "Host scan",
    severity: Severity::Medium,
    mitre: &["T1018", "T1046"],
    about: "Different hosts at which one source tried the same port, or which it pinged, in vain (no answer \
            within 3 s, a RST, or an ICMP error). Hosts on the link that did not even answer ARP or neighbour \
            discovery count too, once the source has tried the port at three that did. Ports that worms use \
            have half the limit. A source that reaches more than twice as many as it misses is none.",
    harmless: "an inventory or monitoring tool; a client of a peer-to-peer network; a network part that is \
               down while somebody works with it.",
    next: "look at which hosts answered, and whether that device talks to them since.",
    thresholds: &[
        Threshold {
            name: "hosts",
            default: Setting::Count(30),
            range: (3.0, 65_535.0),
            about: "hosts of this place that one of its own tries in vain within `window`",
        },
        Threshold {
            name: "outside_hosts",
            default: Setting::Count(60),
            range: (3.0, 65_535.0),
            about: "hosts elsewhere that one of this place tries in vain within `window`",
        },
        Threshold {
            name: "remote_hosts",
            default: Setting::Count(25),
            range: (3.0, 65_535.0),
            about: "hosts that a source elsewhere tries in vain within `window`",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(300.0),
            range: (1.0, 86_400.0),
            about: "the time over which is counted",
        },
    ],
    sees: &[Kind::Attempt, Kind::Frame],
    new: || Box::new(HostScan::default()),
};

const HOSTS: usize = 0;
const OUTSIDE_HOSTS: usize = 1;
const REMOTE_HOSTS: usize = 2;
const WINDOW: usize = 3;

/// Ports whose holes worms went through, or that they guess passwords at.
const WORM_PORTS: &[u16] = &[22, 23, 135, 139, 445, 1433, 2323, 3389, 5900, 6379];

/// Pairs of source and port that are told apart.
const MOST_SWEEPS: usize = 16_384;
/// Stations on the link that are told apart.
const MOST_STATIONS: usize = 4096;
/// Scanners that are reported on at one time.
const MOST_SCANNERS: usize = 1024;
/// What a station tried last.
const MOST_RECENT: usize = 32;
/// Hosts of a port that answered, beside which those that did not are asked about.
const SOME: usize = 3;
/// Ports that are named.
const MOST_PORTS: usize = 16;

type Port = (u8, u16);

#[derive(Debug)]
struct HostScan {
    sweeps: Shelves<(IpAddr, Port), Sweep>,
    neighbours: Neighbours,
    stations: Table<MacAddr, Station>,
    scanners: Table<IpAddr, Scanner>,
}

/// One port tried by one source.
#[derive(Debug, Default)]
struct Sweep {
    vain: Tally,
    answered: Tally,
    outside: bool,
    found: bool,
    first: Timestamp,
}

/// What a host on the link does.
#[derive(Debug, Default)]
struct Station {
    /// Whom it asked for in vain.
    absent: Tally,
    first: Timestamp,
    /// What it tried last at hosts of this place: source, port, host.
    recent: VecDeque<(IpAddr, Port, u64, Timestamp)>,
}

/// Who was found.
#[derive(Debug, Default)]
struct Scanner {
    ports: Vec<Port>,
    hosts: Sketch,
    /// Of one port, the most.
    most: u64,
    limit: u64,
    first: Timestamp,
    last: Timestamp,
    mac: Option<MacAddr>,
    repeat: Repeat,
}

impl Default for HostScan {
    fn default() -> Self {
        Self {
            sweeps: Shelves::new(MOST_SWEEPS),
            neighbours: Neighbours::default(),
            stations: Table::new(MOST_STATIONS),
            scanners: Table::new(MOST_SCANNERS),
        }
    }
}

impl Detector for HostScan {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        match sight {
            Sight::Attempt(attempt) if !is_beside_the_point(attempt, desk) => {
                self.remember(attempt, desk);
                self.tried(attempt, desk);
            }
            Sight::Frame(frame) => {
                self.neighbours.frame(frame);
                self.settle(desk);
            }
            _ => {}
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        self.settle(desk);
        for (src, scanner) in self.scanners.iter_mut() {
            if scanner.repeat.take_pending(now) {
                let report = scanner.report(*src, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            let window_ns = desk.nanos(WINDOW, Actor::default());
            self.neighbours.expire(now);
            self.sweeps.expire(now, window_ns);
            self.stations.expire(now, window_ns);
            self.scanners.expire(now, 3_600_000_000_000);
        }
    }

    fn load(&self) -> (usize, u64) {
        let loads = [self.sweeps.load(), self.neighbours.load(), self.stations.load(), self.scanners.load()];
        loads.iter().fold((0, 0), |(keys, refused), load| (keys + load.0, refused + load.1))
    }
}

impl HostScan {
    fn tried(&mut self, attempt: &Attempt, desk: &mut Desk<'_>) {
        let (src, now) = (attempt.src.0, desk.now);
        let port = (attempt.protocol, attempt.dst.1);
        let host = number_of(attempt.dst.0);
        let (key, shelf) = ((src, port), Shelf::of(desk.is_local(src), attempt.macs[0]));
        if attempt.outcome == Outcome::Accepted {
            // Of those elsewhere only who has missed somebody needs an entry.
            let sweep = if desk.is_local(src) {
                self.sweeps.at(shelf, &key, now)
            } else {
                self.sweeps.get_mut(shelf, &key)
            };
            if let Some(sweep) = sweep {
                sweep.vain.remove(host);
                sweep.answered.add(host, now, MOST_RECENT);
            }
            return;
        }
        let actor = Actor { ip: Some(src), mac: attempt.macs[0] };
        let window_ns = desk.nanos(WINDOW, actor);
        let Some(sweep) = self.sweeps.at(shelf, &key, now) else { return };
        let outside = !desk.is_local(attempt.dst.0);
        if sweep.vain.is_empty() {
            (sweep.first, sweep.found) = (attempt.made, false);
        }
        sweep.outside |= outside;
        let limit = limit(desk, actor, sweep.outside, port);
        let before = sweep.vain.count();
        sweep.vain.add(host, now, usize::try_from(limit).unwrap_or(usize::MAX).max(MOST_RECENT));
        sweep.vain.expire(now, window_ns);
        sweep.answered.expire(now, window_ns);
        let count = sweep.vain.count();
        sweep.found |= count >= limit && count * 2 >= sweep.answered.count();
        let (found, first) = (sweep.found, sweep.first);
        if count >= SOME as u64 {
            self.sweeps.prove(shelf, &key);
        }
        if found && (count != before || !self.is_known(src, port)) {
            let hosts = self.sweeps.get_mut(shelf, &key).map(|sweep| sweep.vain.keys().collect::<Vec<_>>());
            let hosts = if self.is_known(src, port) { vec![host] } else { hosts.unwrap_or_default() };
            self.found(src, port, &hosts, Found { count, limit, first, mac: attempt.macs[0] }, desk);
        }
    }

    fn is_known(&self, src: IpAddr, port: Port) -> bool {
        self.scanners.get(&src).is_some_and(|scanner| scanner.ports.contains(&port))
    }

    /// Takes note of what a host on the link tries at others.
    fn remember(&mut self, attempt: &Attempt, desk: &mut Desk<'_>) {
        let [Some(mac), _] = attempt.macs else { return };
        if !desk.is_local(attempt.src.0) || !desk.is_local(attempt.dst.0) {
            return;
        }
        let Some(station) = self.stations.at(&mac, desk.now) else { return };
        let entry = (attempt.src.0, (attempt.protocol, attempt.dst.1), number_of(attempt.dst.0));
        let known = station.recent.iter_mut().find(|(src, port, host, _)| (*src, *port, *host) == entry);
        if let Some((.., last)) = known {
            *last = desk.now;
            return;
        }
        if station.recent.len() >= MOST_RECENT {
            station.recent.pop_front();
        }
        station.recent.push_back((entry.0, entry.1, entry.2, desk.now));
        if !station.absent.is_empty() {
            self.judge(mac, desk);
        }
    }

    fn settle(&mut self, desk: &mut Desk<'_>) {
        while let Some(vain) = self.neighbours.next_vain(desk.now, desk.is_end) {
            self.in_vain(&vain, desk);
        }
    }

    fn in_vain(&mut self, vain: &Vain, desk: &mut Desk<'_>) {
        let (now, actor) = (desk.now, Actor { ip: vain.src, mac: Some(vain.by) });
        let Some(station) = self.stations.at(&vain.by, now) else { return };
        if station.absent.is_empty() {
            station.first = vain.made;
        }
        let most = usize::try_from(desk.count(HOSTS, actor)).unwrap_or(usize::MAX).max(256);
        station.absent.add(number_of(vain.target), now, most);
        station.absent.expire(now, desk.nanos(WINDOW, actor));
        if station.absent.count() >= SOME as u64 {
            self.stations.prove(&vain.by);
            self.judge(vain.by, desk);
        }
    }

    /// Whom a station asked for in vain are those that it would have tried its port at.
    fn judge(&mut self, mac: MacAddr, desk: &mut Desk<'_>) {
        let Some(station) = self.stations.get(&mac) else { return };
        let now = desk.now;
        let window_ns = desk.nanos(WINDOW, Actor::mac(mac));
        let Some((src, port, living)) = station.favourite(now, window_ns) else { return };
        let actor = Actor { ip: Some(src), mac: Some(mac) };
        let (absent, limit) = (station.absent.count(), limit(desk, actor, false, port));
        let count = absent + living.len() as u64;
        if count >= limit && absent * 2 >= limit {
            let first = station.first;
            let hosts: Vec<_> = station.absent.keys().chain(living).collect();
            self.found(src, port, &hosts, Found { count, limit, first, mac: Some(mac) }, desk);
        }
    }

    /// A scan was found, or more of it.
    fn found(&mut self, src: IpAddr, port: Port, hosts: &[u64], found: Found, desk: &mut Desk<'_>) {
        let Some(scanner) = self.scanners.at(&src, desk.now) else { return };
        if scanner.ports.is_empty() {
            (scanner.first, scanner.limit) = (found.first, found.limit);
        }
        if !scanner.ports.contains(&port) && scanner.ports.len() < MOST_PORTS {
            scanner.ports.push(port);
            scanner.ports.sort_unstable();
        }
        hosts.iter().for_each(|host| scanner.hosts.add(*host));
        scanner.most = scanner.most.max(found.count);
        scanner.first = scanner.first.min(found.first);
        scanner.last = scanner.last.max(desk.now);
        scanner.mac = scanner.mac.or(found.mac);
        if scanner.repeat.more(desk.now) {
            let report = scanner.report(src, desk);
            desk.report(report);
        }
        self.scanners.prove(&src);
    }
}

/// What was found of one port.
#[derive(Clone, Copy, Debug)]
struct Found {
    count: u64,
    limit: u64,
    first: Timestamp,
    mac: Option<MacAddr>,
}

impl Station {
    /// The port that it tried at most hosts lately, and these; none if it forwards for others.
    fn favourite(&self, now: Timestamp, window_ns: u64) -> Option<(IpAddr, Port, Vec<u64>)> {
        let recent = || self.recent.iter().filter(|(.., last)| now.since(*last) < window_ns);
        let hosts_of = |of: (IpAddr, Port)| {
            recent().filter(move |(src, port, ..)| (*src, *port) == of).map(|(_, _, host, _)| *host)
        };
        let first = recent().next()?.0;
        // One host may well have two addresses.
        let second = recent().find(|(src, ..)| *src != first).map_or(first, |(src, ..)| *src);
        if recent().any(|(src, ..)| *src != first && *src != second) {
            return None;
        }
        let best = recent().map(|(src, port, ..)| (*src, *port)).max_by_key(|of| hosts_of(*of).count())?;
        let hosts: Vec<_> = hosts_of(best).collect();
        (hosts.len() >= SOME).then_some((best.0, best.1, hosts))
    }
}

impl Scanner {
    fn report(&self, src: IpAddr, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(src), mac: self.mac };
        let hosts = self.hosts.count().max(self.most);
        let seconds = self.last.since(self.first) as f64 / 1e9;
        let names: Vec<_> = self.ports.iter().map(|port| name_of(*port)).collect();
        let doing = if self.ports.iter().all(|(protocol, _)| is_ping(*protocol)) {
            format!("pings host after host: {hosts} so far")
        } else {
            format!("tries {} at host after host: {hosts} so far", names.join(", "))
        };
        Report {
            actor,
            count: hosts,
            first: self.first,
            last: self.last,
            title: doing,
            measured: format!(
                "{hosts} hosts were tried within {seconds:.0} s and did not answer, or refused ({}); the \
                 limit is {} in {} s.",
                names.join(", "),
                self.limit,
                desk.nanos(WINDOW, actor) / 1_000_000_000,
            ),
            evidence: vec![
                ("hosts", hosts.into()),
                ("ports", names.into()),
                ("limit", self.limit.into()),
                ("seconds", seconds.into()),
            ],
            port: self.ports.first().filter(|_| self.ports.len() == 1).map(|(_, port)| *port),
            ..Report::default()
        }
    }
}

fn limit(desk: &Desk<'_>, actor: Actor, outside: bool, (_, port): Port) -> u64 {
    let local = actor.ip.is_some_and(|ip| desk.is_local(ip));
    let place = match (local, outside) {
        (false, _) => REMOTE_HOSTS,
        (true, true) => OUTSIDE_HOSTS,
        (true, false) => HOSTS,
    };
    let limit = desk.count(place, actor);
    if WORM_PORTS.contains(&port) { limit.div_ceil(2) } else { limit }
}

/// Where UDP is blocked, a browser tries QUIC (RFC 9114 s3.3) at every site, and goes on without it.
fn is_beside_the_point(attempt: &Attempt, desk: &Desk<'_>) -> bool {
    attempt.protocol == ip_protocol::UDP && attempt.dst.1 == 443 && !desk.is_local(attempt.dst.0)
}

fn is_ping(protocol: u8) -> bool {
    matches!(protocol, ip_protocol::ICMP | ip_protocol::ICMPV6)
}

fn name_of((protocol, port): Port) -> String {
    match protocol {
        ip_protocol::TCP => format!("TCP port {port}"),
        ip_protocol::UDP => format!("UDP port {port}"),
        _ => "echo requests".to_owned(),
    }
}

#[cfg(test)]
mod tests;
