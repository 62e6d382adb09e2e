//! Connections as even as a clock.

mod score;

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;

use dpi::Lookup;
use flow::Notice;
use model::{Direction, Severity};
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::domain::split;
use crate::repeat::Repeat;
use crate::report::Report;
use crate::sketch::{Sketch, mixed};
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "beaconing",
    title: "Beacon",
    severity: Severity::Medium,
    mitre: &["T1071", "T1573"],
    about: "Connections of one device to one peer (by host name, else by address) that come in even intervals and \
            carry even amounts: the mean of how even the intervals are (skew and spread of their quartiles), how even \
            the bytes sent are, and how evenly they fill the time. Failed attempts do not count. Protocols and \
            applications that poll by design (time, names, updates, push, telemetry, monitoring) are known and left \
            out, and so is what most devices here do.",
    harmless: "a program that polls its maker's server, a mail client, a camera or meter that reports at fixed times.",
    next: "see who owns the peer and which program connects; look at how long this has gone on, and whether other \
           devices do it too.",
    thresholds: &[
        Threshold {
            name: "min_connections",
            default: Setting::Count(24),
            range: (8.0, 128.0),
            about: "connections, at least",
        },
        Threshold {
            name: "min_span",
            default: Setting::Seconds(3600.0),
            range: (5.0, 604_800.0),
            about: "time from the first to the last, at least",
        },
        Threshold {
            name: "min_score",
            default: Setting::Ratio(0.8),
            range: (0.5, 1.0),
            about: "evenness, from 0 to 1, at least",
        },
    ],
    sees: &[Kind::Ended, Kind::Lookup],
    new: || Box::new(Beaconing::default()),
};

const MIN_CONNECTIONS: usize = 0;
const MIN_SPAN: usize = 1;
const MIN_SCORE: usize = 2;

const MOST_PAIRS: usize = 32_768;
/// Connections of a pair that are kept.
const KEPT: usize = 128;
const IDLE_NS: u64 = 86_400_000_000_000;
/// Devices of which it is counted who connects to a peer.
const MOST_PEERS: usize = 16_384;
const MOST_CLIENTS: usize = 64;

/// Protocols that poll by design, or are the network's own.
const POLLERS: [&str; 28] = [
    "ntp",
    "dns",
    "mdns",
    "llmnr",
    "dhcp",
    "dhcpv6",
    "ssdp",
    "snmp",
    "stun",
    "netbios-ns",
    "nat-pmp",
    "pcp",
    "icmp",
    "icmpv6",
    "igmp",
    "syslog",
    "netflow",
    "ipfix",
    "sflow",
    "radius",
    "imap",
    "imaps",
    "pop3",
    "pop3s",
    "ocsp",
    "ptp",
    "apns",
    "ntske",
];

/// Categories of applications that poll by design.
const POLLING: [&str; 5] = ["update", "software-update", "telemetry", "monitoring", "push"];

/// A device and whom it connects to.
type Key = (IpAddr, Box<str>);

#[derive(Debug)]
struct Beaconing {
    pairs: Table<Key, Pair>,
    /// Clients of each peer: what most devices do is no beacon.
    peers: Table<Box<str>, BTreeSet<IpAddr>>,
    clients: BTreeSet<IpAddr>,
}

/// Connections of a pair, oldest first.
#[derive(Debug, Default)]
struct Pair {
    /// When each began, and the bytes it sent.
    series: VecDeque<(Timestamp, u64)>,
    all: u64,
    peer: Option<IpAddr>,
    port: Option<u16>,
    protocol: &'static str,
    mac: Option<MacAddr>,
    first: Timestamp,
    found: bool,
    /// Of questions: the names asked for.
    names: Option<Sketch>,
    repeat: Repeat,
}

/// What a pair's series amounts to.
#[derive(Clone, Copy)]
struct Verdict {
    score: f64,
    intervals: f64,
    sizes: f64,
    coverage: f64,
    interval_s: f64,
    span_s: f64,
}

impl Default for Beaconing {
    fn default() -> Self {
        Self { pairs: Table::new(MOST_PAIRS), peers: Table::new(MOST_PEERS), clients: BTreeSet::new() }
    }
}

impl Detector for Beaconing {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        if let Sight::Lookup(notice, lookup) = sight {
            return self.ask(notice, lookup, desk);
        }
        let Sight::Ended(ended, record) = sight else { return };
        let outbound = matches!(record.direction, Direction::Outbound | Direction::Lateral);
        if !outbound || polls(record) || record.part.is_some_and(|part| part > 1) {
            return;
        }
        // A beacon speaks and is spoken to; a connection that failed is tried again by its own clock.
        let connected = record.src_payload_bytes > 0 && record.dst_packets > 0;
        if !connected {
            return;
        }
        let name = record.hostname.as_deref().filter(|_| record.hostname_source != Some("protocol"));
        let name = name.map_or_else(|| record.dst_ip.to_string(), str::to_owned);
        // Ports of one address are different services.
        let about = match record.dst_port {
            Some(port) => format!("{name}:{port}"),
            None => name,
        };
        self.count_client(record.src_ip, &about, desk.now);
        let key = (record.src_ip, about.into_boxed_str());
        let Some(pair) = self.pairs.at(&key, desk.now) else { return };
        pair.add(ended.entry.start(), record);
        pair.mac = pair.mac.or_else(|| ended.entry.macs()[0]);
        self.judge(&key, desk);
    }

    fn advance(&mut self, now: Timestamp, _: &mut Desk<'_>) {
        if now.secs().is_multiple_of(600) {
            self.pairs.expire(now, IDLE_NS);
            self.peers.expire(now, IDLE_NS);
        }
    }

    fn load(&self) -> (usize, u64) {
        let (pairs, peers) = (self.pairs.load(), self.peers.load());
        (pairs.0 + peers.0, pairs.1 + peers.1)
    }
}

fn polls(record: &model::Flow) -> bool {
    POLLERS.contains(&record.protocol)
        || record.port_hint.is_some_and(|service| POLLERS.contains(&service))
        || record.category.is_some_and(|category| POLLING.contains(&category))
        || record.encrypted_dns.is_some()
}

impl Beaconing {
    /// A question about a name that nobody asked for before: beacons over DNS number theirs.
    fn ask(&mut self, notice: &Notice, lookup: &Lookup, desk: &mut Desk<'_>) {
        let (front, domain) = split(&lookup.name);
        let known = domain.ends_with(".arpa") || domain.ends_with(".local");
        if lookup.rcode.is_some() || front.is_empty() || known {
            return;
        }
        let client = if lookup.from_src { notice.src } else { notice.dst };
        let about = format!("names below {domain}").to_ascii_lowercase();
        self.count_client(client, &about, desk.now);
        let key = (client, about.into_boxed_str());
        let Some(pair) = self.pairs.at(&key, desk.now) else { return };
        let names = pair.names.get_or_insert_default();
        let before = names.count();
        names.add(front.bytes().fold(0, |hash, byte| mixed(hash ^ u64::from(byte))));
        // The same name again, or its other kind of address, is a resolver's doing.
        if names.count() == before && before > 0 {
            return;
        }
        pair.note(notice.time, front.len() as u64);
        (pair.protocol, pair.port) = ("dns", Some(53));
        self.judge(&key, desk);
    }

    fn judge(&mut self, key: &Key, desk: &mut Desk<'_>) {
        let rare = self.is_rare(&key.1);
        let Some(pair) = self.pairs.get_mut(key) else { return };
        let (actor, series) = (Actor { ip: Some(key.0), mac: pair.mac }, pair.series.len());
        if rare
            && series as u64 >= desk.count(MIN_CONNECTIONS, actor)
            && let Some(verdict) = pair.verdict()
        {
            let lasted = verdict.span_s * 1e9 >= desk.nanos(MIN_SPAN, actor) as f64;
            pair.found = lasted && verdict.score >= desk.ratio(MIN_SCORE, actor);
            if pair.found && pair.repeat.more(desk.now) {
                let report = pair.report(key, verdict, desk);
                desk.report(report);
            }
        }
        if series >= 4 {
            self.pairs.prove(key);
        }
    }

    fn count_client(&mut self, client: IpAddr, about: &str, now: Timestamp) {
        if self.clients.len() < MOST_PEERS {
            self.clients.insert(client);
        }
        if let Some(clients) = self.peers.at(&about.into(), now)
            && clients.len() < MOST_CLIENTS
        {
            clients.insert(client);
        }
    }

    /// Fewer than half of the devices here connect to it, or so few are known that this says nothing.
    fn is_rare(&self, about: &str) -> bool {
        const FEW: usize = 6;
        let here = self.clients.len();
        let there = self.peers.get(&about.into()).map_or(0, BTreeSet::len);
        here < FEW || there * 2 < here
    }
}

impl Pair {
    fn add(&mut self, start: Timestamp, record: &model::Flow) {
        self.peer = Some(record.dst_ip);
        self.port = record.dst_port;
        self.protocol = record.protocol;
        self.note(start, record.src_payload_bytes);
    }

    fn note(&mut self, start: Timestamp, bytes: u64) {
        if self.all == 0 {
            self.first = start;
        }
        self.all += 1;
        // Flows end in another order than they begin.
        let place = self.series.iter().rposition(|(at, _)| *at <= start).map_or(0, |at| at + 1);
        self.series.insert(place, (start, bytes));
        if self.series.len() > KEPT {
            self.series.pop_front();
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let (begin, _) = *self.series.front()?;
        let seconds = |at: Timestamp| at.since(begin) as f64 / 1e9;
        let times: Vec<f64> = self.series.iter().map(|(at, _)| seconds(*at)).collect();
        let gaps: Vec<f64> = times.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
        let sizes: Vec<f64> = self.series.iter().map(|(_, bytes)| *bytes as f64).collect();
        let mut sorted = gaps.clone();
        sorted.sort_by(f64::total_cmp);
        let interval_s = sorted.get(sorted.len() / 2).copied()?;
        // Several at once, again and again: a page with its pictures, not a beacon.
        if interval_s < 0.2 {
            return None;
        }
        let intervals = score::evenness(&gaps, interval_s * 0.1);
        let sizes = score::evenness(&sizes, 16.0);
        let coverage = score::coverage(&times);
        let span_s = *times.last()?;
        // How even the times are is what makes it a beacon; the rest confirms it.
        let score = 0.5 * intervals + 0.25 * sizes + 0.25 * coverage;
        Some(Verdict { score, intervals, sizes, coverage, interval_s, span_s })
    }

    fn report(&self, (src, about): &Key, verdict: Verdict, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(*src), mac: self.mac };
        let Verdict { score, intervals, sizes, coverage, interval_s, span_s } = verdict;
        let last = self.series.back().map_or(self.first, |(at, _)| *at);
        let name = about.rsplit_once(':').map_or(&**about, |(name, _)| name);
        Report {
            actor,
            target: self.peer.map(Actor::ip),
            about: about.to_string(),
            count: self.all,
            first: self.first,
            last,
            title: format!(
                "{} {about} every {interval_s:.1} s, {} times so far",
                if self.names.is_some() { "asks for" } else { "connects to" },
                self.all
            ),
            measured: format!(
                "{} times {about} ({}) over {span_s:.0} s, one every {interval_s:.1} s; evenness {score:.2} of at most \
                 1 (intervals {intervals:.2}, bytes sent {sizes:.2}, over time {coverage:.2}). The limit is {} with {} \
                 connections over {} s.",
                self.all,
                self.protocol,
                desk.ratio(MIN_SCORE, actor),
                desk.count(MIN_CONNECTIONS, actor),
                desk.nanos(MIN_SPAN, actor) / 1_000_000_000,
            ),
            evidence: vec![
                ("peer", about.to_string().into()),
                ("connections", self.all.into()),
                ("interval_s", interval_s.into()),
                ("span_s", span_s.into()),
                ("score", score.into()),
                ("interval_score", intervals.into()),
                ("size_score", sizes.into()),
                ("coverage_score", coverage.into()),
            ],
            port: self.port,
            protocol: Some(self.protocol),
            name: Some(name.to_owned()),
            ..Report::default()
        }
    }
}
