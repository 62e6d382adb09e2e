//! Reports made into alerts, and alerts into incidents.

use std::collections::{BTreeMap, VecDeque};

use inventory::Inventory;
use model::{Alert, Evidence, Incident, Severity, Step, rfc3339};
use sha1::{Digest, Sha1};
use wire::Timestamp;

use crate::actor::Actor;
use crate::detector::Spec;
use crate::report::Report;

/// Everything that was reported and is not too long ago.
///
/// Reports of one detector about one actor and one thing are one alert, until there has been none for
/// an hour. An alert speaks when it is raised, when its count has doubled or its severity has risen
/// since it last spoke, and when an hour has passed since then.
#[derive(Debug, Default)]
pub struct Book {
    alerts: Vec<Entry>,
    /// Which alert further reports go to.
    open: BTreeMap<Key, usize>,
    incidents: BTreeMap<Actor, (Timestamp, String)>,
    spoken: VecDeque<Voice>,
    /// Alerts that found no room.
    refused: u64,
}

/// An alert that has something new to say.
#[derive(Clone, PartialEq, Debug)]
pub struct Voice {
    /// The alert as it stands.
    pub alert: Alert,
    /// It has spoken before.
    pub update: bool,
}

#[derive(Debug)]
struct Entry {
    spec: &'static Spec,
    report: Report,
    raised: Timestamp,
    severity: Severity,
    incident: String,
    id: String,
    device: Option<(String, Option<String>)>,
    spoken: Spoken,
    /// Since it last spoke.
    changed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Spoken {
    at: Timestamp,
    count: u64,
    severity: Severity,
}

type Key = (&'static str, Actor, String);

/// Reports further apart than this are different incidents.
const QUIET_NS: u64 = 3_600_000_000_000;
/// Alerts of one actor within this time of each other belong together.
const TOGETHER_NS: u64 = 1_800_000_000_000;
/// Alerts that are kept.
const MOST: usize = 16_384;

impl Book {
    /// Takes in what a detector reported at `now`.
    pub(crate) fn take(&mut self, spec: &'static Spec, report: Report, now: Timestamp, who: &Inventory) {
        let key = (spec.id, report.actor.key(), report.about.clone());
        let known = self.open.get(&key).copied();
        let known = known.filter(|place| {
            self.alerts.get(*place).is_some_and(|entry| report.last.since(entry.report.last) < QUIET_NS)
        });
        match known {
            Some(place) => self.update(place, report, now, who),
            None => self.raise(key, spec, report, now, who),
        }
    }

    /// Takes what has something new to say, in the order it was said.
    pub fn take_spoken(&mut self) -> impl Iterator<Item = Voice> + '_ {
        self.spoken.drain(..)
    }

    /// Every alert as it stands, in the order they were raised.
    pub fn alerts(&self) -> impl Iterator<Item = Alert> + '_ {
        self.alerts.iter().map(Entry::alert)
    }

    /// Alerts that have changed since they last spoke, as they stand.
    pub fn unspoken(&self) -> impl Iterator<Item = Alert> + '_ {
        self.alerts.iter().filter(|entry| entry.changed).map(Entry::alert)
    }

    /// What belongs together, in the order it began.
    pub fn incidents(&self) -> Vec<Incident> {
        let mut of: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.alerts {
            of.entry(&entry.incident).or_default().push(entry);
        }
        let mut all: Vec<_> =
            of.values().filter_map(|entries| Some((entries.first()?.raised, incident(entries)?))).collect();
        all.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        all.into_iter().map(|(_, incident)| incident).collect()
    }

    /// Alerts that found no room.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    fn raise(&mut self, key: Key, spec: &'static Spec, report: Report, now: Timestamp, who: &Inventory) {
        if self.alerts.len() >= MOST {
            self.refused += 1;
            return;
        }
        let id = name(&key, report.first);
        let severity = report.severity.unwrap_or(spec.severity);
        let incident = self.incident_of(key.1, &id, report.last);
        let device = device_of(who, report.actor);
        let spoken = Spoken { at: now, count: report.count, severity };
        let entry =
            Entry { spec, report, raised: now, severity, incident, id, device, spoken, changed: false };
        self.spoken.push_back(Voice { alert: entry.alert(), update: false });
        self.open.insert(key, self.alerts.len());
        self.alerts.push(entry);
    }

    fn update(&mut self, place: usize, report: Report, now: Timestamp, who: &Inventory) {
        let Some(entry) = self.alerts.get_mut(place) else { return };
        entry.severity = entry.severity.max(report.severity.unwrap_or(entry.spec.severity));
        let first = entry.report.first.min(report.first);
        let mac = report.actor.mac.or(entry.report.actor.mac);
        entry.report = report;
        entry.report.first = first;
        entry.report.actor.mac = mac;
        if entry.device.is_none() {
            entry.device = device_of(who, entry.report.actor);
        }
        let actor = entry.report.actor.key();
        if let Some(incident) = self.incidents.get_mut(&actor) {
            incident.0 = incident.0.max(entry.report.last);
        }
        let spoken = entry.spoken;
        entry.changed = true;
        let grown = entry.report.count >= spoken.count.saturating_mul(2).max(1);
        if grown || entry.severity > spoken.severity || now.since(spoken.at) >= QUIET_NS {
            entry.spoken = Spoken { at: now, count: entry.report.count, severity: entry.severity };
            entry.changed = false;
            self.spoken.push_back(Voice { alert: entry.alert(), update: true });
        }
    }

    /// The incident that an alert of this actor belongs to; a new one has its first alert's name.
    fn incident_of(&mut self, actor: Actor, id: &str, at: Timestamp) -> String {
        self.incidents.retain(|_, (last, _)| at.since(*last) < TOGETHER_NS);
        let incident = self.incidents.entry(actor).or_insert_with(|| (at, id.to_owned()));
        incident.0 = incident.0.max(at);
        incident.1.clone()
    }
}

impl Entry {
    fn alert(&self) -> Alert {
        let Self { spec, report, .. } = self;
        let (device, device_name) = self.device.clone().unzip();
        let target = report.target.unwrap_or_default();
        let who = match device_name.clone().flatten() {
            Some(name) => format!("{name} ({})", report.actor),
            None => report.actor.to_string(),
        };
        let usual = report.usual.as_ref().map(|usual| format!(" {usual}")).unwrap_or_default();
        let title = if report.actor == Actor::default() {
            report.title.clone()
        } else {
            format!("{who} {}", report.title)
        };
        Alert {
            id: self.id.clone(),
            time: rfc3339(self.raised),
            detector: spec.id,
            severity: self.severity,
            title,
            description: format!(
                "{}{usual} Harmless causes: {} Next: {}",
                report.measured, spec.harmless, spec.next
            ),
            src_ip: report.actor.ip,
            src_mac: report.actor.mac.map(|mac| mac.to_string()),
            dst_ip: target.ip,
            dst_mac: target.mac.map(|mac| mac.to_string()),
            device,
            device_name: device_name.flatten(),
            count: report.count,
            first_seen: rfc3339(report.first),
            last_seen: rfc3339(report.last),
            evidence: Evidence(report.evidence.clone()),
            mitre: spec.mitre.to_vec(),
            state: "open",
            incident: self.incident.clone(),
        }
    }
}

fn incident(entries: &[&Entry]) -> Option<Incident> {
    let first = entries.first()?;
    let worst = entries.iter().max_by_key(|entry| entry.severity)?;
    let points: u32 = entries.iter().map(|entry| entry.severity.points()).sum();
    let alert = worst.alert();
    let title = match entries.len() {
        1 => alert.title,
        n => format!("{} (and {} more)", alert.title, n - 1),
    };
    let began = entries.iter().map(|entry| entry.report.first).min()?;
    let last = entries.iter().map(|entry| entry.report.last).max()?;
    let step = |entry: &&Entry| Step {
        time: rfc3339(entry.raised),
        detector: entry.spec.id,
        alert: entry.id.clone(),
        title: entry.alert().title,
    };
    Some(Incident {
        id: first.incident.clone(),
        src_ip: first.report.actor.ip,
        src_mac: first.report.actor.mac.map(|mac| mac.to_string()),
        device: first.device.as_ref().map(|(id, _)| id.clone()),
        title,
        severity: worst.severity,
        score: points.min(100),
        first_seen: rfc3339(began),
        last_seen: rfc3339(last),
        timeline: entries.iter().map(step).collect(),
    })
}

fn device_of(who: &Inventory, actor: Actor) -> Option<(String, Option<String>)> {
    who.who(actor.ip, actor.mac).map(|(id, name)| (id.to_owned(), name))
}

/// A name that is the same whenever the same thing is found: a digest of what it is about.
fn name((detector, actor, about): &Key, first: Timestamp) -> String {
    let text = format!("{detector}|{actor}|{about}|{}", first.nanos());
    Sha1::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
