//! Many ports of one host tried, and nearly all in vain.

mod scanner;
mod target;

use std::net::IpAddr;

use model::Severity;
use wire::{MacAddr, Timestamp, ip_protocol};

use crate::actor::Actor;
use crate::attempts::{Attempt, Outcome};
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::shelves::{Shelf, Shelves};
use crate::sketch::number_of;
use crate::table::Table;
use crate::tally::Tally;
use crate::threshold::{Setting, Threshold};
use scanner::Scanner;
use target::Target;

pub(crate) const SPEC: Spec = Spec {
    id: "port-scan",
    title: "Port scan",
    severity: Severity::Medium,
    mitre: &["T1046"],
    about: "Different ports of one host that one source tried in vain (no answer within 3 s, a RST, or an \
            ICMP error), over a short and a long window; or a few ports each of several hosts; or, of one \
            host of this place, many ports by many sources. Ports that answered do not count, and a source \
            most of whose ports answer is none. A scanner is one alert, whatever it scans; so is a host that \
            is scanned from several addresses at once, of which most may be decoys.",
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
        Threshold {
            name: "remote_ports",
            default: Setting::Count(15),
            range: (3.0, 65_535.0),
            about: "the same as `ports`, for sources that are not of this place",
        },
        Threshold {
            name: "walked_hosts",
            default: Setting::Count(8),
            range: (2.0, 65_535.0),
            about: "hosts within `window` at each of which at least five ports were tried in vain",
        },
        Threshold {
            name: "ports_by_all",
            default: Setting::Count(100),
            range: (10.0, 65_535.0),
            about: "ports of one host of this place that ten or more sources together tried in vain within \
                    `window`",
        },
    ],
    sees: &[Kind::Attempt],
    new: || Box::new(PortScan::default()),
};

const PORTS: usize = 0;
const WINDOW: usize = 1;
const SLOW_PORTS: usize = 2;
const SLOW_WINDOW: usize = 3;
const REMOTE_PORTS: usize = 4;
const WALKED_HOSTS: usize = 5;
const PORTS_BY_ALL: usize = 6;

/// Pairs of source and target that are told apart.
const MOST_PAIRS: usize = 16_384;
/// Sources, and targets, that are told apart.
const MOST_HOSTS: usize = 4096;
/// Scanners that are reported on at one time.
const MOST_SCANNERS: usize = 1024;
/// Ports of one host after which it may be one of many that are walked over.
const FEW_PORTS: u64 = 5;
/// Sources after which a target is spoken of, not each of them.
const CROWD: usize = 3;

#[derive(Debug)]
struct PortScan {
    pairs: Shelves<(IpAddr, IpAddr), Pair>,
    /// By source: hosts at which it tried a few ports.
    walks: Table<IpAddr, Tally>,
    targets: Table<IpAddr, Target>,
    scanners: Table<IpAddr, Scanner>,
    /// Found since the last second began: source and target.
    fresh: Vec<(IpAddr, IpAddr)>,
    /// Pairs whose ports are counted exactly.
    detailed: usize,
}

/// What one source tried at one target.
#[derive(Debug, Default)]
struct Pair {
    vain: Tally,
    open: Tally,
    /// The source's own port, while that is always the same.
    own_port: Option<u16>,
    high_udp: u64,
    silent_udp: u64,
    first: Timestamp,
    last: Timestamp,
    found: bool,
    is_detailed: bool,
}

impl Default for PortScan {
    fn default() -> Self {
        Self {
            pairs: Shelves::new(MOST_PAIRS),
            walks: Table::new(MOST_HOSTS),
            targets: Table::new(MOST_HOSTS),
            scanners: Table::new(MOST_SCANNERS),
            fresh: Vec::new(),
            detailed: 0,
        }
    }
}

impl Detector for PortScan {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Attempt(attempt) = sight else { return };
        if !matches!(attempt.protocol, ip_protocol::TCP | ip_protocol::UDP) || is_traceroute(attempt) {
            return;
        }
        let (src, dst) = (attempt.src.0, attempt.dst.0);
        let shelf = Shelf::of(desk.is_local(src), attempt.macs[0]);
        let port = number(attempt);
        if attempt.outcome == Outcome::Accepted {
            // Whoever only reaches what is there needs no entry.
            if let Some(pair) = self.pairs.get_mut(shelf, &(src, dst)) {
                pair.vain.remove(port);
                pair.open.add(port, desk.now, MOST_OPEN);
                if let Some(scanner) = self.scanners.get_mut(&src) {
                    scanner.answered(attempt);
                }
            }
            return;
        }
        self.failed(attempt, shelf, port, desk);
        if desk.is_local(dst) {
            self.failed_at(attempt, port, desk);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        self.introduce(desk);
        for (src, scanner) in self.scanners.iter_mut() {
            if !scanner.is_silent && scanner.repeat.take_pending(now) {
                let report = scanner.report(*src, desk);
                desk.report(report);
            }
        }
        for (ip, target) in self.targets.iter_mut() {
            if target.is_told && target.repeat.take_pending(now) {
                let report = target.report(*ip, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            let idle_ns = desk.nanos(SLOW_WINDOW, Actor::default());
            self.pairs.expire(now, idle_ns);
            self.detailed = self.pairs.iter_mut().filter(|(_, pair)| pair.is_detailed).count();
            self.walks.expire(now, idle_ns);
            self.targets.expire(now, idle_ns);
            self.scanners.expire(now, idle_ns);
        }
    }

    fn load(&self) -> (usize, u64) {
        let loads = [self.pairs.load(), self.walks.load(), self.targets.load(), self.scanners.load()];
        loads.iter().fold((0, 0), |(keys, refused), load| (keys + load.0, refused + load.1))
    }
}

/// Ports in vain that are kept with their times.
const MOST_EXACT: usize = 128;
/// The same, of the first scanners that are found.
const MOST_IN_DETAIL: usize = 4096;
/// How many these are.
const MOST_DETAILED: usize = 64;
/// Ports that answered are kept up to so many.
const MOST_OPEN: usize = 128;

impl PortScan {
    fn failed(&mut self, attempt: &Attempt, shelf: Shelf, port: u64, desk: &mut Desk<'_>) {
        let (src, dst, now) = (attempt.src.0, attempt.dst.0, desk.now);
        let Some(pair) = self.pairs.at(shelf, &(src, dst), now) else { return };
        let limits = Limits::of(desk, Actor { ip: Some(src), mac: attempt.macs[0] });
        let was_found = pair.found;
        let fresh = pair.failed(attempt, port, now, &limits);
        let (found, tried) = (pair.found, pair.vain.count());
        if found && !was_found && self.detailed < MOST_DETAILED {
            pair.is_detailed = true;
            self.detailed += 1;
        }
        if tried >= 2 {
            self.pairs.prove(shelf, &(src, dst));
        }
        let mut walked = false;
        if fresh > 0
            && tried == FEW_PORTS
            && !found
            && let Some(hosts) = self.walks.at(&src, now)
        {
            hosts.add(number_of(dst), now, usize::try_from(limits.walked_hosts).unwrap_or(usize::MAX));
            walked = hosts.within(now, limits.window_ns) >= limits.walked_hosts;
            self.walks.prove(&src);
        }
        if let Some(scanner) = self.scanners.get_mut(&src) {
            if fresh > 0 {
                scanner.tried(attempt, fresh);
            }
            if found && !was_found && !scanner.is_silent {
                self.fresh.push((src, dst));
            }
        } else if found || walked {
            let Some(pair) = self.pairs.get_mut(shelf, &(src, dst)) else { return };
            if let Some(scanner) = self.scanners.at(&src, now) {
                *scanner = Scanner::new(attempt, pair);
                self.scanners.prove(&src);
                self.fresh.push((src, dst));
            }
        }
    }

    /// Takes note of what all sources together try at a host of this place.
    fn failed_at(&mut self, attempt: &Attempt, port: u64, desk: &mut Desk<'_>) {
        let (dst, now) = (attempt.dst.0, desk.now);
        let limits = Limits::of(desk, Actor::ip(dst));
        let Some(target) = self.targets.at(&dst, now) else { return };
        target.tried(attempt, port, now, &limits);
        if target.ports.count() >= FEW_PORTS {
            self.targets.prove(&dst);
        }
    }

    /// Tells of who was found within the last second: each by itself, or, if they are several at one
    /// target, of these together.
    fn introduce(&mut self, desk: &mut Desk<'_>) {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_by_key(|(src, dst)| (*dst, *src));
        fresh.dedup();
        for crowd in fresh.chunk_by(|a, b| a.1 == b.1) {
            let Some(&(_, dst)) = crowd.first() else { continue };
            let sources: Vec<_> = crowd.iter().map(|(src, _)| *src).collect();
            let before = self.targets.get(&dst).map_or(0, |target| target.scanned_by);
            let macs = sources.iter().filter_map(|src| self.scanners.get(src)?.mac);
            let mut macs: Vec<MacAddr> = macs.collect();
            macs.sort_unstable();
            macs.dedup();
            let one_station = macs.first().filter(|_| macs.len() == 1 && sources.len() > 1).copied();
            if one_station.is_none() && sources.len() + before < CROWD {
                if let Some(target) = self.targets.get_mut(&dst) {
                    target.scanned_by += sources.len();
                }
                continue;
            }
            // Decoys come from the same station as the one that wants the answers.
            let leader = one_station.and_then(|mac| leader(&sources, mac, desk));
            let spoken = |scanner: &Scanner| scanner.repeat.has_spoken();
            for src in sources.iter().filter(|src| Some(**src) != leader) {
                if let Some(scanner) = self.scanners.get_mut(src) {
                    scanner.is_silent |= !spoken(scanner);
                }
            }
            if let Some(scanner) = leader.and_then(|src| self.scanners.get_mut(&src)) {
                scanner.decoys = sources.len() - 1;
            } else if let Some(target) = self.targets.at(&dst, desk.now) {
                target.crowd(&sources, one_station);
            }
        }
        for (src, _) in &fresh {
            if let Some(scanner) = self.scanners.get_mut(src).filter(|scanner| !scanner.is_silent)
                && scanner.repeat.more(desk.now)
            {
                let report = scanner.report(*src, desk);
                desk.report(report);
            }
        }
    }
}

/// Which of the addresses is the station's own, if that is known of just one.
fn leader(sources: &[IpAddr], mac: MacAddr, desk: &Desk<'_>) -> Option<IpAddr> {
    let who = |ip, mac| desk.place.inventory.who(ip, mac).map(|(id, _)| id.to_owned());
    let station = who(None, Some(mac))?;
    let mut own = sources.iter().filter(|ip| who(Some(**ip), None).as_ref() == Some(&station));
    own.next().filter(|_| own.next().is_none()).copied()
}

struct Limits {
    ports: u64,
    window_ns: u64,
    slow_ports: u64,
    slow_window_ns: u64,
    walked_hosts: u64,
    ports_by_all: u64,
}

impl Limits {
    fn of(desk: &Desk<'_>, actor: Actor) -> Self {
        let local = actor.ip.is_some_and(|ip| desk.is_local(ip));
        Self {
            ports: desk.count(if local { PORTS } else { REMOTE_PORTS }, actor),
            window_ns: desk.nanos(WINDOW, actor),
            slow_ports: desk.count(SLOW_PORTS, actor),
            slow_window_ns: desk.nanos(SLOW_WINDOW, actor),
            walked_hosts: desk.count(WALKED_HOSTS, actor),
            ports_by_all: desk.count(PORTS_BY_ALL, actor),
        }
    }
}

impl Pair {
    /// Takes note of a port tried in vain; how many that are new.
    fn failed(&mut self, attempt: &Attempt, port: u64, now: Timestamp, limits: &Limits) -> u64 {
        if self.vain.is_empty() {
            let open = std::mem::take(&mut self.open);
            *self = Self { open, first: attempt.made, own_port: Some(attempt.src.1), ..Self::default() };
        }
        self.last = self.last.max(attempt.made);
        self.own_port = self.own_port.filter(|port| *port == attempt.src.1);
        if attempt.protocol == ip_protocol::UDP && attempt.outcome == Outcome::Silent {
            self.silent_udp += 1;
            self.high_udp += u64::from(attempt.dst.1 >= FIRST_EPHEMERAL);
        }
        let least = if self.is_detailed { MOST_IN_DETAIL } else { MOST_EXACT };
        let most = usize::try_from(limits.ports.max(limits.slow_ports)).unwrap_or(usize::MAX).max(least);
        let before = self.vain.count();
        self.vain.add(port, now, most);
        self.vain.expire(now, limits.slow_window_ns);
        let count = self.vain.count();
        if !self.found && count >= limits.ports.min(limits.slow_ports) {
            let many = self.vain.within(now, limits.window_ns) >= limits.ports || count >= limits.slow_ports;
            self.found = many && self.open.count() < count && !self.is_one_way_service(count);
        }
        count.saturating_sub(before)
    }

    /// It answers clients, whose questions are not seen: from one port to ports that clients have.
    fn is_one_way_service(&self, count: u64) -> bool {
        self.own_port.is_some()
            && self.silent_udp * 5 >= count * 4
            && self.high_udp * 10 >= self.silent_udp * 9
    }
}

/// RFC 6056 s3.2 and common practice: clients' ports are from here on.
const FIRST_EPHEMERAL: u16 = 32_768;

/// Each probe of traceroute goes to another port, from 33434 on.
fn is_traceroute(attempt: &Attempt) -> bool {
    attempt.protocol == ip_protocol::UDP && (33_434..=33_689).contains(&attempt.dst.1)
}

fn number(attempt: &Attempt) -> u64 {
    u64::from(attempt.protocol) << 16 | u64::from(attempt.dst.1)
}

#[cfg(test)]
mod tests;
