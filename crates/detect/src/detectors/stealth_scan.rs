//! TCP segments that no connection has, or of connections that there are not, to find out what answers.

use std::net::IpAddr;

use flow::{Event, FlowKey, State, What};
use model::Severity;
use wire::tcp::flag;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::shelves::{Shelf, Shelves};
use crate::sketch::{mixed, number_of};
use crate::table::Table;
use crate::tally::Tally;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "stealth-scan",
    title: "Stealth scan",
    severity: Severity::Medium,
    mitre: &["T1046"],
    about: "First segments of flows whose flags no TCP sends: none of SYN, ACK and RST (NULL, FIN and Xmas \
            scans), or SYN together with FIN or RST (guessing systems). Segments with ACK that belong to no \
            connection and are answered with a RST (ACK, Window and Maimon scans) count if they go to \
            several ports of one host, or from one port to many hosts.",
    harmless: "a security audit; a broken TCP stack or a device under test.",
    next: "find out which program on that device sends such segments: only a scanner makes them.",
    thresholds: &[
        Threshold {
            name: "probes",
            default: Setting::Count(3),
            range: (1.0, 1024.0),
            about: "flows to one host within `window` that begin with flags that no TCP sends; four times as many to \
                as many hosts",
        },
        Threshold {
            name: "ack_ports",
            default: Setting::Count(6),
            range: (3.0, 1024.0),
            about: "ports of one host that answered segments of no connection with RST within `window`",
        },
        Threshold {
            name: "ack_hosts",
            default: Setting::Count(10),
            range: (3.0, 1024.0),
            about: "hosts that did so to one port of the source within `window`",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(600.0),
            range: (1.0, 86_400.0),
            about: "the time over which is counted",
        },
    ],
    sees: &[Kind::Flow],
    new: || Box::new(StealthScan::default()),
};

const PROBES: usize = 0;
const ACK_PORTS: usize = 1;
const ACK_HOSTS: usize = 2;
const WINDOW: usize = 3;

/// Sources that are told apart.
const MOST_SOURCES: usize = 8192;
/// Segments of no connection whose RST is waited for.
const MOST_WAITING: usize = 8192;
/// A RST comes back at once.
const ANSWER_NS: u64 = 3_000_000_000;
/// Groups of segments of no connection, by target or by port, that a source is watched with.
const MOST_GROUPS: usize = 32;
/// How many times more probes it takes if each goes to another host.
const MANY_HOSTS: u64 = 4;
/// Probes, ports and hosts that are kept with their times.
const MOST_EXACT: usize = 128;

/// What a first segment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Probe {
    /// With flags that no TCP sends.
    Odd,
    /// Of a connection that may be there or not.
    Stray,
}

#[derive(Debug)]
struct StealthScan {
    sources: Shelves<IpAddr, Source>,
    /// When segments of no connection came.
    waiting: Table<FlowKey, Timestamp>,
}

#[derive(Debug, Default)]
struct Source {
    odd: Tally,
    /// How many of them are NULL, FIN, Xmas, and others.
    kinds: [u64; 4],
    /// By target: ports. By the source's own port: targets.
    strays: Vec<(u64, Tally)>,
    all_strays: u64,
    targets: Tally,
    target: Option<IpAddr>,
    mac: Option<MacAddr>,
    first: Timestamp,
    last: Timestamp,
    found: bool,
    repeat: Repeat,
}

/// A probe: who sent it whereto.
#[derive(Clone, Copy, Debug)]
struct Sent {
    src: (IpAddr, u16),
    dst: (IpAddr, u16),
    mac: Option<MacAddr>,
    time: Timestamp,
}

impl Default for StealthScan {
    fn default() -> Self {
        Self { sources: Shelves::new(MOST_SOURCES), waiting: Table::new(MOST_WAITING) }
    }
}

impl Detector for StealthScan {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Flow(event) = sight else { return };
        match event.what {
            What::Opened { tcp_flags, payload_bytes, by_src, .. } if event.is_tcp() => {
                match probe(tcp_flags, payload_bytes) {
                    Some(Probe::Odd) => self.odd(tcp_flags, sent(event, by_src), desk),
                    Some(Probe::Stray) => {
                        if let Some(since) = self.waiting.at(&event.key, desk.now) {
                            *since = event.time;
                        }
                    }
                    None => {}
                }
            }
            What::Reset { by_src, from: State::Established | State::FinWait1 } => {
                if let Some(since) = self.waiting.remove(&event.key)
                    && event.time.since(since) < ANSWER_NS
                {
                    // Who is reset has sent it.
                    self.stray(sent(event, !by_src), desk);
                }
            }
            _ => {}
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (src, source) in self.sources.iter_mut() {
            if source.repeat.take_pending(now) {
                let report = source.report(*src, desk);
                desk.report(report);
            }
        }
        self.waiting.expire(now, ANSWER_NS);
        if now.secs().is_multiple_of(60) {
            self.sources.expire(now, desk.nanos(WINDOW, Actor::default()));
        }
    }

    fn load(&self) -> (usize, u64) {
        let (sources, refused) = self.sources.load();
        let (waiting, more) = self.waiting.load();
        (sources + waiting, refused + more)
    }
}

impl StealthScan {
    fn odd(&mut self, flags: u16, sent: Sent, desk: &mut Desk<'_>) {
        self.note(sent, desk, |source, now, limits| {
            let kind = match flags & FLAGS {
                0 => 0,
                flag::FIN => 1,
                flags if flags == flag::FIN | flag::PSH | flag::URG => 2,
                _ => 3,
            };
            if let Some(count) = source.kinds.get_mut(kind) {
                *count += 1;
            }
            source.odd.add(number(sent.dst, sent.src.1), now, MOST_EXACT.max(limits.probes));
            source.odd.expire(now, limits.window_ns);
            // A broken segment here and there is no scan, but so many are.
            let (odd, probes) = (source.odd.count(), limits.probes as u64);
            let others = source.targets.count().saturating_sub(1);
            odd.saturating_sub(others) >= probes || odd >= probes.saturating_mul(MANY_HOSTS)
        });
    }

    fn stray(&mut self, sent: Sent, desk: &mut Desk<'_>) {
        self.note(sent, desk, |source, now, limits| {
            source.all_strays += 1;
            let to = number((sent.dst.0, 0), 0);
            let from = mixed(to ^ 1).wrapping_add(sent.src.1.into());
            let ports = source.group(to, sent.dst.1.into(), now, limits);
            // The kernel's own connections have a port each; a scanner's probes have one.
            let own = mixed(u64::from(sent.src.1) | 1 << 40);
            let hosts = source.group(own, from, now, limits);
            ports >= limits.ack_ports as u64 || hosts >= limits.ack_hosts as u64
        });
    }

    /// Takes note of a probe; `is_enough` says whether there are so many that it is a scan.
    fn note(
        &mut self,
        sent: Sent,
        desk: &mut Desk<'_>,
        is_enough: impl FnOnce(&mut Source, Timestamp, &Limits) -> bool,
    ) {
        let (src, now) = (sent.src.0, desk.now);
        let limits = Limits::of(desk, Actor { ip: Some(src), mac: sent.mac });
        let shelf = Shelf::of(desk.is_local(src), sent.mac);
        let Some(source) = self.sources.at(shelf, &src, now) else { return };
        if source.first == Timestamp(0) || now.since(source.last) >= limits.window_ns {
            *source = Source { first: sent.time, ..Source::default() };
        }
        source.last = source.last.max(sent.time);
        source.mac = source.mac.or(sent.mac);
        source.targets.add(number_of(sent.dst.0), now, MOST_EXACT);
        source.target.get_or_insert(sent.dst.0);
        source.found |= is_enough(source, now, &limits);
        if source.found && source.repeat.more(now) {
            let report = source.report(src, desk);
            desk.report(report);
        }
        self.sources.prove(shelf, &src);
    }
}

struct Limits {
    probes: usize,
    ack_ports: usize,
    ack_hosts: usize,
    window_ns: u64,
}

impl Limits {
    fn of(desk: &Desk<'_>, actor: Actor) -> Self {
        let count = |place| usize::try_from(desk.count(place, actor)).unwrap_or(usize::MAX);
        Self {
            probes: count(PROBES),
            ack_ports: count(ACK_PORTS),
            ack_hosts: count(ACK_HOSTS),
            window_ns: desk.nanos(WINDOW, actor),
        }
    }
}

impl Source {
    /// Adds `what` to a group, and says how many it has.
    fn group(&mut self, key: u64, what: u64, now: Timestamp, limits: &Limits) -> u64 {
        let at = self.strays.iter().position(|(known, _)| *known == key);
        let at = at.unwrap_or_else(|| {
            if self.strays.len() >= MOST_GROUPS {
                self.strays.remove(0);
            }
            self.strays.push((key, Tally::default()));
            self.strays.len() - 1
        });
        let Some((_, tally)) = self.strays.get_mut(at) else { return 0 };
        tally.add(what, now, MOST_EXACT.max(limits.ack_ports).max(limits.ack_hosts));
        tally.expire(now, limits.window_ns);
        tally.count()
    }

    fn report(&self, src: IpAddr, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(src), mac: self.mac };
        let [null, fin, xmas, other] = self.kinds;
        let odd = null + fin + xmas + other;
        let probes = odd + self.all_strays;
        let targets = self.targets.count();
        let whom = match self.target {
            Some(target) if targets == 1 => target.to_string(),
            _ => format!("{targets} hosts"),
        };
        let seconds = self.last.since(self.first) as f64 / 1e9;
        let limits = Limits::of(desk, actor);
        Report {
            actor,
            target: self.target.filter(|_| targets == 1).map(Actor::ip),
            count: probes,
            first: self.first,
            last: self.last,
            title: format!("probes {whom} with TCP segments of no connection: {probes} so far"),
            measured: format!(
                "Within {seconds:.0} s {odd} flows began with flags that no TCP sends ({null} without flags, \
                 {fin} with FIN alone, {xmas} with FIN, PSH and URG), and {} segments with ACK that belonged \
                 to no connection were answered with RST; the limits are {} such flows, and {} ports of one \
                 host or {} hosts, in {} s.",
                self.all_strays,
                limits.probes,
                limits.ack_ports,
                limits.ack_hosts,
                limits.window_ns / 1_000_000_000,
            ),
            evidence: vec![
                ("probes", probes.into()),
                ("null", null.into()),
                ("fin", fin.into()),
                ("xmas", xmas.into()),
                ("other_flags", other.into()),
                ("ack_answered_by_rst", self.all_strays.into()),
                ("hosts", targets.into()),
                ("seconds", seconds.into()),
            ],
            ..Report::default()
        }
    }
}

/// The six flags of RFC 793; ECN's say nothing here.
const FLAGS: u16 = flag::FIN | flag::SYN | flag::RST | flag::PSH | flag::ACK | flag::URG;

/// What a flow's first segment is, if it could be a probe.
///
/// Every segment but the first has ACK (RFC 9293 s3.10.7.4), and RST may go without.
fn probe(flags: u16, payload_bytes: u32) -> Option<Probe> {
    let flags = flags & FLAGS;
    let has = |all: u16| flags & all == all;
    if flags & (flag::SYN | flag::ACK | flag::RST) == 0
        || has(flag::SYN | flag::FIN)
        || has(flag::SYN | flag::RST)
        || has(flag::FIN | flag::RST)
    {
        return Some(Probe::Odd);
    }
    (flags & (flag::SYN | flag::RST) == 0 && payload_bytes == 0).then_some(Probe::Stray)
}

fn sent(event: &Event, by_src: bool) -> Sent {
    let [src_mac, dst_mac] = event.macs;
    let time = event.time;
    if by_src {
        Sent { src: event.src, dst: event.dst, mac: src_mac, time }
    } else {
        Sent { src: event.dst, dst: event.src, mac: dst_mac, time }
    }
}

fn number((ip, port): (IpAddr, u16), other: u16) -> u64 {
    mixed(number_of(ip)).wrapping_add(u64::from(port) << 16 | u64::from(other))
}

#[cfg(test)]
mod tests;
