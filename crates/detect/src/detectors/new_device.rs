//! A device that was never here before.

use std::collections::{BTreeSet, VecDeque};

use inventory::{Fact, Identity, NameSource, Sighting};
use model::Severity;
use serde_json::{Value, json};
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::report::Report;
use crate::state::texts;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "new-device",
    title: "New device",
    severity: Severity::Low,
    mitre: &["T1200"],
    about: "A hardware address on this link that was not seen while learning, nor since, a minute after its first \
            frame. An address that a device made up for itself is not new if the device is known by something \
            that stays: its DHCP client identifier, its name and DHCP options, a UUID or serial number.",
    harmless: "a guest, a new telephone, a replaced network card, a device that made up another hardware address.",
    next: "ask whose it is; its name, maker and services are in the list of devices.",
    thresholds: &[Threshold {
        name: "learning",
        default: Setting::Seconds(604_800.0),
        range: (0.0, 31_536_000.0),
        about: "how long everything that appears is taken for known",
    }],
    sees: &[Kind::Sighting, Kind::Ended],
    new: || Box::new(NewDevice::default()),
};

const LEARNING: usize = 0;

/// Within it a device that joins a network says its name.
const PATIENCE_NS: u64 = 60_000_000_000;
/// New devices within an hour that have an alert each; more are told of in one.
const MOST_TOLD: usize = 16;
const HOUR_NS: u64 = 3_600_000_000_000;
/// Hardware addresses, devices and identities that are remembered.
const MOST_KNOWN: usize = 16_384;
/// Addresses that wait to be looked at.
const MOST_WAITING: usize = 1024;
/// Signs of one device that stay when its address changes.
const MOST_SIGNS: usize = 8;

#[derive(Debug)]
struct NewDevice {
    macs: BTreeSet<MacAddr>,
    /// Devices, by the inventory's names for them.
    ids: BTreeSet<String>,
    /// What stays when addresses change.
    signs: BTreeSet<String>,
    waiting: Table<MacAddr, Waiting>,
    refused: u64,
    /// When those were reported that had alerts of their own in this hour.
    told: VecDeque<Timestamp>,
    /// Those beyond, and when that began.
    many: Option<(Timestamp, u64)>,
}

/// An address that is not known yet.
#[derive(Debug, Default)]
struct Waiting {
    first: Option<Timestamp>,
    last: Timestamp,
    interface: u16,
    frames: u64,
}

impl Default for NewDevice {
    fn default() -> Self {
        let (macs, ids, signs, told) = Default::default();
        Self { macs, ids, signs, waiting: Table::new(MOST_WAITING), refused: 0, told, many: None }
    }
}

impl Detector for NewDevice {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        match sight {
            Sight::Sighting(sighting) => {
                let Some(mac) = sighting.about.mac else { return };
                self.appears(mac, sighting.interface, sighting.time, desk);
                self.recognise(mac, sighting, desk);
            }
            Sight::Ended(ended, _) => {
                let (entry, packets) = (&ended.entry, ended.entry.packets());
                for (mac, packets) in entry.macs().into_iter().zip(packets) {
                    // Whoever never sent a packet is not known to be there.
                    if let Some(mac) = mac.filter(|_| packets > 0) {
                        self.appears(mac, entry.interface(), entry.last(), desk);
                    }
                }
            }
            _ => {}
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        if desk.place.inventory.is_flooded() {
            // Most of them are made up. Who is really there will be seen again.
            self.waiting = Table::new(MOST_WAITING);
        }
        let due = |waiting: &Waiting| waiting.first.is_some_and(|first| now.since(first) >= PATIENCE_NS);
        let due: Vec<_> = self.waiting.iter().filter(|(_, w)| due(w)).map(|(mac, _)| *mac).collect();
        for mac in due {
            if let Some(waiting) = self.waiting.remove(&mac) {
                self.decide(mac, &waiting, now, desk);
            }
        }
    }

    fn load(&self) -> (usize, u64) {
        let (waiting, refused) = self.waiting.load();
        (self.macs.len() + waiting, self.refused + refused)
    }

    fn save(&self) -> Option<Value> {
        let macs: Vec<_> = self.macs.iter().map(ToString::to_string).collect();
        Some(json!({ "macs": macs, "ids": self.ids, "signs": self.signs }))
    }

    fn restore(&mut self, saved: &Value) {
        self.macs = texts(saved, "macs", MOST_KNOWN).filter_map(mac_of).collect();
        self.ids = texts(saved, "ids", MOST_KNOWN).map(str::to_owned).collect();
        self.signs = texts(saved, "signs", MOST_KNOWN).map(str::to_owned).collect();
    }
}

impl NewDevice {
    fn appears(&mut self, mac: MacAddr, interface: u16, time: Timestamp, desk: &Desk<'_>) {
        if self.macs.contains(&mac) || mac.is_group() || mac.0 == [0; 6] {
            return;
        }
        let inventory = desk.place.inventory;
        if inventory.is_virtual(mac) || inventory.is_flooded() {
            return;
        }
        let Some(waiting) = self.waiting.at(&mac, desk.now) else { return };
        if waiting.first.is_none() {
            (waiting.first, waiting.interface) = (Some(desk.now), interface);
        }
        waiting.last = waiting.last.max(time);
        waiting.frames += 1;
    }

    /// Says who it is: a device that is known already, or that is learnt with its address.
    fn recognise(&mut self, mac: MacAddr, sighting: &Sighting, desk: &Desk<'_>) {
        let signs = signs(mac, sighting);
        if signs.is_empty() {
            return;
        }
        let known = self.macs.contains(&mac);
        let same = signs.iter().any(|sign| self.signs.contains(sign));
        if !known && same {
            self.waiting.remove(&mac);
            self.learn_mac(mac);
        }
        // Nobody is made known by what a stranger says.
        if known || same || desk.is_learning(LEARNING) {
            for sign in signs {
                learn(&mut self.signs, sign, &mut self.refused);
            }
        }
    }

    fn decide(&mut self, mac: MacAddr, waiting: &Waiting, now: Timestamp, desk: &mut Desk<'_>) {
        let who = desk.place.inventory.who(None, Some(mac));
        let Some((id, name)) = who.map(|(id, name)| (id.to_owned(), name)) else {
            // The inventory made no device of it, or has no room for such.
            return;
        };
        if desk.place.inventory.is_virtual(mac) {
            return;
        }
        let known = self.ids.contains(&id);
        let learnt_ns = desk.nanos(LEARNING, Actor::default());
        let learning = waiting.first.unwrap_or(now).since(desk.place.since) < learnt_ns;
        if !self.learn_mac(mac) {
            return;
        }
        learn(&mut self.ids, id.clone(), &mut self.refused);
        if !known && !learning {
            let report = report(mac, &id, name.as_deref(), waiting, desk);
            self.tell(report, now, desk);
        }
    }

    fn tell(&mut self, report: Report, now: Timestamp, desk: &mut Desk<'_>) {
        self.told.retain(|told| now.since(*told) < HOUR_NS);
        if self.told.len() < MOST_TOLD {
            self.many = None;
            self.told.push_back(now);
            desk.report(report);
            return;
        }
        let (first, count) = self.many.get_or_insert((now, 0));
        *count += 1;
        desk.report(Report {
            about: "many".to_owned(),
            count: *count,
            first: *first,
            last: now,
            title: format!("{count} more devices are new on this network"),
            measured: format!(
                "{count} devices that were never seen before appeared, beside {MOST_TOLD} that are told of one by one."
            ),
            evidence: vec![("devices", (*count).into())],
            ..Report::default()
        });
    }

    fn learn_mac(&mut self, mac: MacAddr) -> bool {
        learn(&mut self.macs, mac, &mut self.refused)
    }
}

/// False if there is no room.
fn learn<T: Ord>(known: &mut BTreeSet<T>, one: T, refused: &mut u64) -> bool {
    if known.len() >= MOST_KNOWN && !known.contains(&one) {
        *refused += 1;
        return false;
    }
    known.insert(one);
    true
}

/// What a device is known by whatever its address.
fn signs(mac: MacAddr, sighting: &Sighting) -> Vec<String> {
    let mut signs = Vec::new();
    let (mut name, mut options) = (None, None);
    for fact in &sighting.facts {
        match fact {
            Fact::Identity(identity) => signs.extend(match identity {
                Identity::DhcpClient(id) => Some(format!("dhcp:{id}")),
                Identity::Chassis(id) => Some(format!("chassis:{id}")),
                Identity::Uuid(id) => Some(format!("uuid:{id}")),
                Identity::Serial(id) => Some(format!("serial:{id}")),
                _ => None,
            }),
            Fact::Name { name: said, source: NameSource::Dhcp } => name = Some(said.to_ascii_lowercase()),
            Fact::Note { section: "dhcp", field: "fingerprint", value: dpi::Value::Text(said) } => {
                options = Some(said);
            }
            _ => {}
        }
    }
    // Only an address that was made up may stand for another's.
    if let (Some(name), Some(options)) = (name, options)
        && mac.is_local()
    {
        signs.push(format!("habit:{name}|{options}"));
    }
    signs.truncate(MOST_SIGNS);
    signs
}

fn report(mac: MacAddr, id: &str, name: Option<&str>, waiting: &Waiting, desk: &Desk<'_>) -> Report {
    let vendor = inventory::vendor(mac);
    let made_up = mac.is_local();
    let kind = match (vendor, made_up) {
        (Some(vendor), _) => format!("a device by {vendor}"),
        (None, true) => "a device with an address of its own making".to_owned(),
        (None, false) => "a device of an unknown maker".to_owned(),
    };
    let days = desk.now.since(desk.place.since) as f64 / 86_400e9;
    let interface = desk.place.inventory.interface(waiting.interface).unwrap_or_default();
    Report {
        severity: made_up.then_some(Severity::Info),
        actor: Actor::mac(mac),
        count: 1,
        first: waiting.first.unwrap_or(desk.now),
        last: waiting.last,
        title: "is new on this network".to_owned(),
        measured: format!("It is {kind}, and was never seen before in {days:.1} days of watching."),
        evidence: vec![
            ("id", id.to_owned().into()),
            ("name", name.unwrap_or_default().to_owned().into()),
            ("vendor", vendor.map(|vendor| vendor.to_string()).unwrap_or_default().into()),
            ("interface", interface.to_owned().into()),
        ],
        name: name.map(str::to_owned),
        ..Report::default()
    }
}

fn mac_of(text: &str) -> Option<MacAddr> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    parts.next().is_none().then_some(MacAddr(bytes))
}

#[cfg(test)]
mod tests;
