//! Far more traffic than a device, or the network, usually has at this hour of the week.

mod baseline;
mod current;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::Severity;
use serde_json::{Map, Value, json};
use wire::Timestamp;

use self::baseline::{Baseline, SPAN_S, Usual};
use self::current::Current;
use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::progress::Progress;
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "traffic-spike",
    title: "Traffic spike",
    severity: Severity::Low,
    mitre: &["T1498", "T1048"],
    about: "Bytes sent and received within five minutes, for each local device and for all together, against what \
            they had in the four weeks before at the same hour of the week and the hours beside it. A spike is more \
            than all of these: `floor`; `factor` times the larger five minutes of these hours (95 of 100 are \
            smaller); the median of these hours and `deviations` times the usual distance from it (MAD); and the \
            larger five minutes of any hour. Nothing is reported in the first days of watching, nor of a device in \
            the first days of its own. What spikes is learnt only up to the limit.",
    harmless: "an update, a backup or a large download at an unusual time, a new application.",
    next: "look at the flows of these minutes: with whom, by what protocol, in which direction; a flood or a large \
           upload has an alert of its own.",
    thresholds: &[
        Threshold {
            name: "floor",
            default: Setting::Bytes(10_000_000),
            range: (1000.0, 1e15),
            about: "bytes within five minutes, at least",
        },
        Threshold {
            name: "factor",
            default: Setting::Ratio(3.0),
            range: (1.0, 1000.0),
            about: "times the larger five minutes of the hour",
        },
        Threshold {
            name: "deviations",
            default: Setting::Ratio(6.0),
            range: (1.0, 1000.0),
            about: "times the usual distance from the median",
        },
        Threshold {
            name: "learning",
            default: Setting::Seconds(604_800.0),
            range: (0.0, 31_536_000.0),
            about: "how long it is only learnt what is usual, of the network and of each device",
        },
    ],
    sees: &[Kind::Flow, Kind::Ended],
    new: || Box::new(TrafficSpike::default()),
};

const FLOOR: usize = 0;
const FACTOR: usize = 1;
const DEVIATIONS: usize = 2;
const LEARNING: usize = 3;

/// Addresses in five minutes.
const MOST_ADDRESSES: usize = 16_384;
/// Devices whose usual traffic is known; one takes about 10 kB after four weeks.
const MOST_DEVICES: usize = 1024;
/// An address that no device is known to have is one from here on; else it may be made up.
const LEAST_UNKNOWN: u64 = 1_000_000;
/// From this age on a device stays although others are newer.
const PROVEN_S: u64 = 86_400;
/// After it a device is forgotten.
const IDLE_S: u64 = 35 * 86_400;
/// Spans further apart than these are different spikes, as alerts an hour apart are different ones.
const TOGETHER: u64 = 3600 / SPAN_S;

#[derive(Debug)]
struct TrafficSpike {
    progress: Progress,
    /// Number of the five minutes that go on.
    span: Option<u64>,
    addresses: Table<IpAddr, Current>,
    all: Current,
    /// By the inventory's name of the device, or by address where it has none.
    devices: Table<String, Known>,
    network: Known,
}

#[derive(Debug, Default)]
struct Known {
    baseline: Baseline,
    spike: Option<Spike>,
}

/// A spike that goes on.
#[derive(Clone, Copy, Debug)]
struct Spike {
    first: Timestamp,
    span: u64,
    spans: u64,
    most: u64,
}

impl Default for TrafficSpike {
    fn default() -> Self {
        Self {
            progress: Progress::default(),
            span: None,
            addresses: Table::new(MOST_ADDRESSES),
            all: Current::default(),
            devices: Table::new(MOST_DEVICES),
            network: Known::default(),
        }
    }
}

impl Detector for TrafficSpike {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        self.come_to(desk.now, desk);
        let Some(step) = self.progress.take(sight, desk.now) else { return };
        let [sent, received] = step.bytes;
        if sent == 0 && received == 0 {
            return;
        }
        let locals = [desk.is_local(step.src), desk.is_local(step.dst)];
        if locals == [false, false] {
            return;
        }
        // Sent and received as the network does; what stays inside it is neither.
        let (out, back, peer) =
            if locals[0] { (sent, received, step.dst) } else { (received, sent, step.src) };
        self.all.add(out, back, peer, desk.now);
        let ends = [(step.src, step.dst, sent, received), (step.dst, step.src, received, sent)];
        for ((ip, peer, sent, received), (local, mac)) in
            ends.into_iter().zip(locals.into_iter().zip(step.macs))
        {
            if local && let Some(current) = self.addresses.at(&ip, desk.now) {
                current.add(sent, received, peer, desk.now);
                current.mac = current.mac.or(mac);
                if current.bytes() >= LEAST_UNKNOWN {
                    self.addresses.prove(&ip);
                }
            }
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        self.come_to(now, desk);
        if desk.is_end
            && let Some(span) = self.span
        {
            // Five minutes that are not over may be a spike already, but are nothing to learn from.
            self.judge(span, false, desk);
        }
    }

    fn load(&self) -> (usize, u64) {
        let loads = [self.progress.load(), self.addresses.load(), self.devices.load()];
        loads.iter().fold((0, 0), |(keys, refused), load| (keys + load.0, refused + load.1))
    }

    fn save(&self) -> Option<Value> {
        let devices = self.devices.iter().map(|(id, known)| (id.clone(), known.baseline.save()));
        Some(json!({ "network": self.network.baseline.save(), "devices": devices.collect::<Map<_, _>>() }))
    }

    fn restore(&mut self, saved: &Value) {
        let baseline = |of: &Value| Known { baseline: Baseline::restore(of), spike: None };
        self.network = saved.get("network").map(baseline).unwrap_or_default();
        for (id, of) in saved.get("devices").and_then(Value::as_object).into_iter().flatten() {
            if let Some(known) = self.devices.at(id, Timestamp(0)) {
                *known = baseline(of);
                self.devices.prove(id);
            }
        }
    }
}

impl TrafficSpike {
    /// Closes the five minutes that are over. Where time jumps, nobody watched between.
    fn come_to(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        let span = now.secs() / SPAN_S;
        match self.span {
            Some(last) if last >= span => return,
            Some(last) => {
                self.judge(last, true, desk);
                self.progress.expire(now);
                self.forget(span);
            }
            None => {}
        }
        self.span = Some(span);
        self.addresses = Table::new(MOST_ADDRESSES);
        self.all = Current::default();
    }

    fn judge(&mut self, span: u64, whole: bool, desk: &mut Desk<'_>) {
        let now = desk.now;
        let all = std::mem::take(&mut self.all);
        let learnt = self.network.judge(span, &all, Actor::default(), desk);
        if whole {
            self.network.baseline.add(span, kilobytes(learnt));
        }
        let mut had = self.by_device(desk);
        for (id, (ip, current)) in &had {
            let Some(known) = self.devices.at(id, now) else { continue };
            let actor = Actor { ip: Some(*ip), mac: current.mac };
            let learnt = known.judge(span, current, actor, desk);
            if whole {
                known.baseline.add(span, kilobytes(learnt));
            }
            if known.baseline.age_s(span) >= PROVEN_S {
                self.devices.prove(id);
            }
        }
        if whole {
            for (id, known) in self.devices.iter_mut() {
                // To have had nothing is usual too.
                if had.remove(id).is_none() {
                    known.baseline.add(span, 0);
                }
            }
        }
    }

    /// By what is saved with them: to the table restored devices are idle since ever.
    fn forget(&mut self, span: u64) {
        let is_gone = |known: &Known| known.baseline.idle_s(span) >= IDLE_S;
        let gone: Vec<_> =
            self.devices.iter().filter(|(_, known)| is_gone(known)).map(|(id, _)| id.clone()).collect();
        for id in gone {
            self.devices.remove(&id);
        }
    }

    /// What each device had, with that of its addresses that had most.
    fn by_device(&self, desk: &Desk<'_>) -> BTreeMap<String, (IpAddr, Current)> {
        let mut devices: BTreeMap<String, (IpAddr, u64, Current)> = BTreeMap::new();
        for (ip, current) in self.addresses.iter() {
            let bytes = current.bytes();
            let id = match desk.place.inventory.who(Some(*ip), None) {
                Some((id, _)) => id.to_owned(),
                None if bytes >= LEAST_UNKNOWN || self.devices.get(&ip.to_string()).is_some() => {
                    ip.to_string()
                }
                None => continue,
            };
            let (main, most, sum) = devices.entry(id).or_insert_with(|| (*ip, bytes, Current::default()));
            if bytes > *most {
                (*main, *most) = (*ip, bytes);
            }
            sum.join(current);
        }
        devices.into_iter().map(|(id, (ip, _, current))| (id, (ip, current))).collect()
    }
}

impl Known {
    /// Reports a spike; gives the bytes that may be learnt.
    fn judge(&mut self, span: u64, current: &Current, actor: Actor, desk: &mut Desk<'_>) -> u64 {
        let bytes = current.bytes();
        if bytes < desk.count(FLOOR, actor) {
            return bytes;
        }
        let Some(usual) = self.baseline.usual(span) else { return bytes };
        let limit = limit(&usual, actor, desk);
        if bytes <= limit {
            return bytes;
        }
        let is_young = self.baseline.age_s(span).saturating_mul(1_000_000_000) < desk.nanos(LEARNING, actor);
        if is_young || desk.is_learning(LEARNING) {
            return bytes;
        }
        let before = self.spike.filter(|spike| span <= spike.span + TOGETHER);
        let first = before.map(|spike| spike.first).or(current.first).unwrap_or(desk.now);
        let (spans, most) = before.map_or((0, 0), |spike| (spike.spans, spike.most));
        let spike = Spike { first, span, spans: spans + 1, most: most.max(bytes) };
        self.spike = Some(spike);
        let report = spike.report(current, &usual, limit, actor, desk);
        desk.report(report);
        limit
    }
}

impl Spike {
    fn report(&self, current: &Current, usual: &Usual, limit: u64, actor: Actor, desk: &Desk<'_>) -> Report {
        let bytes = current.bytes();
        let is_network = actor == Actor::default();
        let peer = current.main_peer();
        let with =
            peer.map(|(peer, with)| format!(", about {} of it with {peer}", shown(with))).unwrap_or_default();
        let title = if is_network { "The network has" } else { "has" };
        let usually = |kilobytes: f64| shown(rounded(kilobytes * 1000.0));
        Report {
            // Everybody together hardly ever do something unusual at the same time.
            severity: is_network.then_some(Severity::Medium),
            actor,
            target: peer.filter(|_| !is_network).map(|(peer, _)| Actor::ip(peer)),
            count: self.spans,
            first: self.first,
            last: current.last,
            title: format!("{title} far more traffic than usual: {} in five minutes", shown(self.most)),
            measured: format!(
                "{} within five minutes ({} sent, {} received){with}; the limit at this hour is {}, and was exceeded \
                 in {} spans of five minutes so far.",
                shown(bytes),
                shown(current.sent),
                shown(current.received),
                shown(limit),
                self.spans,
            ),
            usual: Some(format!(
                "At this hour of the week {} are usual, up to {}, and at any hour up to {}.",
                usually(usual.median),
                usually(usual.large),
                usually(usual.busiest),
            )),
            evidence: vec![
                ("bytes", bytes.into()),
                ("bytes_sent", current.sent.into()),
                ("bytes_received", current.received.into()),
                ("limit", limit.into()),
                ("usual_median", rounded(usual.median * 1000.0).into()),
                ("usual_large", rounded(usual.large * 1000.0).into()),
                ("spans", self.spans.into()),
                ("floor", desk.count(FLOOR, actor).into()),
            ],
            ..Report::default()
        }
    }
}

fn limit(usual: &Usual, actor: Actor, desk: &Desk<'_>) -> u64 {
    let by_size = usual.large * desk.ratio(FACTOR, actor);
    let by_distance = usual.median + usual.deviation * desk.ratio(DEVIATIONS, actor);
    let learnt = rounded(by_size.max(by_distance).max(usual.busiest) * 1000.0);
    learnt.max(desk.count(FLOOR, actor))
}

fn kilobytes(bytes: u64) -> u32 {
    u32::try_from(bytes / 1000).unwrap_or(u32::MAX)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes, and it saturates")]
fn rounded(number: f64) -> u64 {
    number as u64
}

/// `2.1 GB`.
fn shown(bytes: u64) -> String {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB")];
    let number = bytes as f64;
    let large = units.into_iter().find(|(unit, _)| number >= *unit);
    large.map_or_else(
        || format!("{:.0} kB", number / 1e3),
        |(unit, name)| format!("{:.1} {name}", number / unit),
    )
}
