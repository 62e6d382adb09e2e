//! Connections as even as a clock.

mod pair;
mod pollers;
mod score;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use dpi::Lookup;
use flow::Notice;
use model::{Direction, Severity};
use wire::Timestamp;

use self::pair::{Pair, Verdict};
use self::pollers::{application, polls};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::domain::{number, split};
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "beaconing",
    title: "Beacon",
    severity: Severity::Medium,
    mitre: &["T1071", "T1573"],
    about: "Connections of one device to one peer (a host name, or an address behind several names or none) that come in \
            even intervals and carry even amounts: the mean of how even the intervals are (skew and spread of their \
            quartiles, counted twice), how even the bytes sent are, and how evenly they fill the time, over the last 128 \
            at most; connections close together may be one beat. They must stay so for `min_span`. Failed attempts do not \
            count. Questions by DNS for ever new names below one domain are judged likewise. Protocols and applications \
            that poll by design (time, names, mail, updates, push, telemetry, monitoring, things at home) are known and \
            left out, and so is what half of the devices here do; other known applications, and peers inside, are low.",
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
            about: "for how long they are even, at least",
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

const MOST_PAIRS: usize = 16_384;
const IDLE_NS: u64 = 86_400_000_000_000;
/// Peers of which it is counted who connects to them.
const MOST_PEERS: usize = 16_384;
const MOST_CLIENTS: usize = 64;

/// Whom connections go to. Ports of one host are different services.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Peer {
    Address(IpAddr, Option<u16>),
    Host(Box<str>, Option<u16>),
    /// Whoever answers for the names of a domain.
    Domain(Box<str>),
}

/// A device and whom it connects to.
type Key = (IpAddr, Peer);

#[derive(Debug)]
struct Beaconing {
    pairs: Table<Key, Pair>,
    /// Clients of each peer: what most devices do is no beacon.
    peers: Table<Peer, BTreeSet<IpAddr>>,
    clients: BTreeSet<IpAddr>,
}

impl Default for Beaconing {
    fn default() -> Self {
        Self { pairs: Table::new(MOST_PAIRS), peers: Table::new(MOST_PEERS), clients: BTreeSet::new() }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(ip), Some(port)) => write!(f, "[{ip}]:{port}"),
            Self::Address(ip, Some(port)) => write!(f, "{ip}:{port}"),
            Self::Address(ip, None) => ip.fmt(f),
            Self::Host(name, Some(port)) => write!(f, "{name}:{port}"),
            Self::Host(name, None) => f.write_str(name),
            Self::Domain(domain) => write!(f, "names below {domain}"),
        }
    }
}

impl Detector for Beaconing {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        match sight {
            Sight::Lookup(notice, lookup) => self.asks(notice, lookup, desk),
            Sight::Ended(ended, record) => {
                let outbound = matches!(record.direction, Direction::Outbound | Direction::Lateral);
                // A beacon speaks and is spoken to; a connection that failed is tried again by its own clock.
                let connected = record.src_payload_bytes > 0 && record.dst_packets > 0;
                if outbound && connected && record.part.is_none_or(|part| part <= 1) && !polls(record) {
                    self.connects(&ended.entry, record, desk);
                }
            }
            _ => {}
        }
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

impl Beaconing {
    fn connects(&mut self, entry: &flow::Entry, record: &model::Flow, desk: &mut Desk<'_>) {
        let (client, port) = (record.src_ip, record.dst_port);
        let name = record.hostname.as_deref();
        let host = name.map(|name| (client, Peer::Host(name.to_ascii_lowercase().into(), port)));
        let address = (client, Peer::Address(record.dst_ip, port));
        let note = |pair: &mut Pair| {
            (pair.peer, pair.port, pair.protocol) = (Some(record.dst_ip), port, record.protocol);
            pair.application = application(record);
            pair.mac = pair.mac.or_else(|| entry.macs()[0]);
            pair.note(entry.start(), record.src_payload_bytes);
        };
        let mut is_named = false;
        if let Some(key) = host {
            self.count_client(client, &key.1, desk.now);
            if let Some(pair) = self.pairs.at(&key, desk.now) {
                note(pair);
                self.judge(&key, desk);
                is_named = self.pairs.get(&key).is_some_and(|pair| pair.found);
            }
        }
        // Whoever changes names is known by the address.
        self.count_client(client, &address.1, desk.now);
        let Some(pair) = self.pairs.at(&address, desk.now) else { return };
        pair.call(number(name.unwrap_or_default()));
        pair.is_named |= is_named;
        note(pair);
        if name.is_none() || pair.is_mixed && !pair.is_named {
            self.judge(&address, desk);
        }
    }

    /// A question about a name that was not asked for of late: beacons over DNS number theirs.
    fn asks(&mut self, notice: &Notice, lookup: &Lookup, desk: &mut Desk<'_>) {
        let (front, domain) = split(&lookup.name);
        let known = domain.ends_with(".arpa") || domain.ends_with(".local");
        if lookup.rcode.is_some() || front.is_empty() || known {
            return;
        }
        let client = if lookup.from_src { notice.src } else { notice.dst };
        let key = (client, Peer::Domain(domain.to_ascii_lowercase().into()));
        self.count_client(client, &key.1, desk.now);
        let Some(pair) = self.pairs.at(&key, desk.now) else { return };
        // The same name again, or its other kind of address, is a resolver's doing.
        if pair.is_new(number(front)) {
            pair.note(notice.time, front.len() as u64);
            (pair.protocol, pair.port) = ("dns", Some(53));
            self.judge(&key, desk);
        }
    }

    fn judge(&mut self, key: &Key, desk: &mut Desk<'_>) {
        let is_rare = self.is_rare(&key.1);
        let Some(pair) = self.pairs.get_mut(key) else { return };
        let actor = Actor { ip: Some(key.0), mac: pair.mac };
        let verdict = pair.judge(desk.count(MIN_CONNECTIONS, actor), desk.ratio(MIN_SCORE, actor));
        if let Some(verdict) = verdict
            && is_rare
            && verdict.span_ns() >= desk.nanos(MIN_SPAN, actor)
        {
            pair.found = true;
            if pair.repeat.more(desk.now) {
                let report = report(pair, key, &verdict, desk);
                desk.report(report);
            }
        }
        if pair.len() >= 4 {
            self.pairs.prove(key);
        }
    }

    fn count_client(&mut self, client: IpAddr, peer: &Peer, now: Timestamp) {
        if self.clients.len() < MOST_PEERS {
            self.clients.insert(client);
        }
        if let Some(clients) = self.peers.at(peer, now)
            && clients.len() < MOST_CLIENTS
        {
            clients.insert(client);
        }
    }

    /// Fewer than half of the devices here connect to it, or so few are known that this says nothing.
    fn is_rare(&self, peer: &Peer) -> bool {
        const FEW: usize = 6;
        let here = self.clients.len();
        let there = self.peers.get(peer).map_or(0, BTreeSet::len);
        here < FEW || there * 2 < here
    }
}

fn report(pair: &Pair, (client, peer): &Key, verdict: &Verdict, desk: &Desk<'_>) -> Report {
    let actor = Actor { ip: Some(*client), mac: pair.mac };
    let Verdict { score, intervals, sizes, coverage, interval_s, .. } = *verdict;
    let span_s = verdict.span_ns() / 1_000_000_000;
    let (what, name) = match peer {
        Peer::Domain(domain) => ("asks for", Some(domain.to_string())),
        Peer::Host(name, _) => ("connects to", Some(name.to_string())),
        Peer::Address(..) => ("connects to", None),
    };
    // Inside, it is far more often a monitor or a meter.
    let is_inside = pair.peer.is_some_and(|ip| desk.is_local(ip));
    let known = pair.application.map(|name| format!(", known as {name}")).unwrap_or_default();
    Report {
        severity: (is_inside || pair.application.is_some()).then_some(Severity::Low),
        actor,
        target: pair.peer.map(Actor::ip),
        about: peer.to_string(),
        count: pair.all,
        first: verdict.since,
        last: verdict.last,
        title: format!("{what} {peer} every {interval_s:.1} s, {} times so far", pair.all),
        measured: format!(
            "{} times {peer} ({}{known}), one every {interval_s:.1} s, evenly for {span_s} s; evenness {score:.2} of at \
             most 1 (intervals {intervals:.2}, bytes sent {sizes:.2}, over time {coverage:.2}). The limit is {} with {} \
             connections over {} s.",
            pair.all,
            pair.protocol,
            desk.ratio(MIN_SCORE, actor),
            desk.count(MIN_CONNECTIONS, actor),
            desk.nanos(MIN_SPAN, actor) / 1_000_000_000,
        ),
        evidence: vec![
            ("peer", peer.to_string().into()),
            ("connections", pair.all.into()),
            ("interval_s", interval_s.into()),
            ("span_s", span_s.into()),
            ("score", score.into()),
            ("interval_score", intervals.into()),
            ("size_score", sizes.into()),
            ("coverage_score", coverage.into()),
            ("application", pair.application.unwrap_or_default().into()),
        ],
        port: pair.port,
        protocol: Some(pair.protocol),
        name,
        ..Report::default()
    }
}
