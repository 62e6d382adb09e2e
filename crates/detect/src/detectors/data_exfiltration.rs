//! More data going out than this device ever sent.

mod history;

use std::collections::BTreeMap;
use std::net::IpAddr;

use flow::{FlowKey, What};
use model::{Direction, Severity};
use wire::{MacAddr, Timestamp};

use self::history::History;
use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "data-exfiltration",
    title: "Large upload",
    severity: Severity::High,
    mitre: &["T1048", "T1567"],
    about: "Bytes that a local device sent to addresses outside within a day, to one of them or to all together, where \
            it sent several times more than it received: more than `min_bytes`, and more than `factor` times what it \
            sends on its busier days. Flows count while they are open.",
    harmless: "a backup, a video call, an upload to a shared folder; applications that are known for that make it low.",
    next: "see who owns the address it went to and which program sent it; ask whoever uses the device.",
    thresholds: &[
        Threshold {
            name: "min_bytes",
            default: Setting::Bytes(500_000_000),
            range: (10_000.0, 1e15),
            about: "bytes sent out within a day, at least",
        },
        Threshold {
            name: "factor",
            default: Setting::Ratio(10.0),
            range: (1.0, 1000.0),
            about: "times what the device sends on its busier days, once those are known",
        },
        Threshold {
            name: "ratio",
            default: Setting::Ratio(5.0),
            range: (1.0, 1000.0),
            about: "times as much sent as received",
        },
    ],
    sees: &[Kind::Flow, Kind::Ended],
    new: || Box::new(DataExfiltration::default()),
};

const MIN_BYTES: usize = 0;
const FACTOR: usize = 1;
const RATIO: usize = 2;

const MOST_DEVICES: usize = 16_384;
const MOST_PEERS: usize = 256;
const MOST_FLOWS: usize = 65_536;
const DAY_S: u64 = 86_400;

/// Applications that upload by what they are for.
const UPLOADS: [&str; 14] = [
    "backblaze",
    "box",
    "dropbox",
    "google-drive",
    "google-photos",
    "icloud",
    "idrive",
    "mega",
    "nextcloud",
    "onedrive",
    "pcloud",
    "sharepoint",
    "teams",
    "zoom",
];

#[derive(Debug)]
struct DataExfiltration {
    devices: Table<IpAddr, Sender>,
    /// Bytes of open flows that are counted already, `[src, dst]`.
    open: Table<FlowKey, [u64; 2]>,
}

/// What a device sent today.
#[derive(Debug, Default)]
struct Sender {
    day: u64,
    peers: BTreeMap<IpAddr, [u64; 2]>,
    /// All peers together, those included for which there was no room.
    all: [u64; 2],
    history: History,
    mac: Option<MacAddr>,
    name: Option<Box<str>>,
    application: Option<&'static str>,
    protocol: Option<&'static str>,
    first: Timestamp,
    last: Timestamp,
    found: bool,
    repeat: Repeat,
}

impl Default for DataExfiltration {
    fn default() -> Self {
        Self { devices: Table::new(MOST_DEVICES), open: Table::new(MOST_FLOWS) }
    }
}

impl Detector for DataExfiltration {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        match sight {
            Sight::Flow(event) => {
                let What::Grew { bytes, start, protocol, .. } = event.what else { return };
                let (src, dst) = (event.src.0, event.dst.0);
                let Some(flip) = way(desk, src, dst) else { return };
                // A part of a long flow begins at nought again.
                let Some(counted) = self.open.at(&event.key, desk.now) else { return };
                let news = since(bytes, counted);
                *counted = bytes;
                let (sender, peer, mac) = if flip { (dst, src, 1) } else { (src, dst, 0) };
                let mac = event.macs.get(mac).copied().flatten();
                self.count(sender, peer, flipped(news, flip), mac, start, desk);
                if let Some(device) = self.devices.get_mut(&sender) {
                    device.protocol = protocol.or(device.protocol);
                }
                self.judge(sender, desk);
            }
            Sight::Ended(ended, record) => {
                let flip = match record.direction {
                    Direction::Outbound => false,
                    Direction::Inbound => true,
                    _ => return,
                };
                let counted = self.open.remove(ended.entry.key()).unwrap_or_default();
                let news = since(ended.entry.bytes(), &counted);
                let (sender, peer) =
                    if flip { (record.dst_ip, record.src_ip) } else { (record.src_ip, record.dst_ip) };
                let mac = ended.entry.macs().get(usize::from(flip)).copied().flatten();
                self.count(sender, peer, flipped(news, flip), mac, ended.entry.start(), desk);
                if let Some(device) = self.devices.get_mut(&sender) {
                    device.protocol = Some(record.protocol);
                    device.application = record.application;
                    device.name = record.hostname.as_deref().map(Into::into).or_else(|| device.name.take());
                }
                self.judge(sender, desk);
            }
            _ => {}
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (ip, device) in self.devices.iter_mut() {
            if device.repeat.take_pending(now) {
                let report = device.report(*ip, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.open.expire(now, 7_200_000_000_000);
        }
    }

    fn load(&self) -> (usize, u64) {
        let (devices, flows) = (self.devices.load(), self.open.load());
        (devices.0 + flows.0, devices.1 + flows.1)
    }

    fn save(&self) -> Option<serde_json::Value> {
        let known = self.devices.iter().filter(|(_, device)| !device.history.is_empty());
        Some(known.map(|(ip, device)| (ip.to_string(), device.history.save())).collect())
    }

    fn restore(&mut self, saved: &serde_json::Value) {
        for (ip, days) in saved.as_object().into_iter().flatten() {
            let Ok(ip) = ip.parse() else { continue };
            if let Some(device) = self.devices.at(&ip, Timestamp(0)) {
                device.history = History::restore(days);
                self.devices.prove(&ip);
            }
        }
    }
}

/// Whether what goes out is what `dst` sends; `None` for what stays inside or never comes in.
fn way(desk: &Desk<'_>, src: IpAddr, dst: IpAddr) -> Option<bool> {
    match desk.place.local.direction(src, dst) {
        Direction::Outbound => Some(false),
        Direction::Inbound => Some(true),
        _ => None,
    }
}

fn since(bytes: [u64; 2], counted: &[u64; 2]) -> [u64; 2] {
    let [src, dst] = bytes;
    let [old_src, old_dst] = *counted;
    if src < old_src || dst < old_dst { bytes } else { [src - old_src, dst - old_dst] }
}

fn flipped([src, dst]: [u64; 2], flip: bool) -> [u64; 2] {
    if flip { [dst, src] } else { [src, dst] }
}

impl DataExfiltration {
    fn count(
        &mut self,
        sender: IpAddr,
        peer: IpAddr,
        [sent, received]: [u64; 2],
        mac: Option<MacAddr>,
        start: Timestamp,
        desk: &Desk<'_>,
    ) {
        let now = desk.now;
        let Some(device) = self.devices.at(&sender, now) else { return };
        let day = now.secs() / DAY_S;
        if device.day != day {
            if device.day > 0 {
                device.history.add(device.all[0]);
            }
            *device = Sender {
                day,
                history: std::mem::take(&mut device.history),
                first: start,
                ..Sender::default()
            };
        }
        if device.first == Timestamp(0) {
            device.first = start;
        }
        (device.last, device.mac) = (now, device.mac.or(mac));
        let [all_sent, all_received] = &mut device.all;
        (*all_sent, *all_received) = (*all_sent + sent, *all_received + received);
        if device.peers.contains_key(&peer) || device.peers.len() < MOST_PEERS {
            let [to, from] = device.peers.entry(peer).or_default();
            (*to, *from) = (*to + sent, *from + received);
        }
        if device.all[0] > 1_000_000 {
            self.devices.prove(&sender);
        }
    }

    fn judge(&mut self, sender: IpAddr, desk: &mut Desk<'_>) {
        let Some(device) = self.devices.get_mut(&sender) else { return };
        let actor = Actor { ip: Some(sender), mac: device.mac };
        let usual = device.history.busier().unwrap_or(0) as f64 * desk.ratio(FACTOR, actor);
        let limit = (desk.count(MIN_BYTES, actor) as f64).max(usual);
        let [sent, received] = device.all;
        let lopsided = sent as f64 >= desk.ratio(RATIO, actor) * received as f64;
        let to_one = device
            .peers
            .values()
            .any(|[to, from]| *to as f64 >= limit && *to as f64 >= desk.ratio(RATIO, actor) * *from as f64);
        device.found |= to_one || lopsided && sent as f64 >= limit;
        if device.found && device.repeat.more(desk.now) {
            let report = device.report(sender, desk);
            desk.report(report);
        }
    }
}

impl Sender {
    fn report(&self, ip: IpAddr, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(ip), mac: self.mac };
        let most = self.peers.iter().max_by_key(|(_, [to, _])| *to);
        let (peer, to) = most.map_or((None, 0), |(peer, [to, _])| (Some(*peer), *to));
        let [sent, received] = self.all;
        let known = self.application.is_some_and(|application| UPLOADS.contains(&application));
        let whom = peer.map(|peer| format!(" to {peer}")).unwrap_or_default();
        let app = self.application.map(|app| format!(", {app}")).unwrap_or_default();
        Report {
            severity: known.then_some(Severity::Low),
            actor,
            target: peer.map(Actor::ip),
            count: sent / 1_000_000,
            first: self.first,
            last: self.last,
            title: format!("sent {} out today, {} of it{whom}", shown(sent), shown(to)),
            measured: format!(
                "{} sent to {} address(es) outside and {} received from them today; most went{whom} ({}{app}). The limit is \
                 {} and {} times what it sends on its busier days, with {} times as much sent as received.",
                shown(sent),
                self.peers.len(),
                shown(received),
                shown(to),
                shown(desk.count(MIN_BYTES, actor)),
                desk.ratio(FACTOR, actor),
                desk.ratio(RATIO, actor),
            ),
            usual: self
                .history
                .busier()
                .map(|day| format!("It usually sends up to {} a day, today {}.", shown(day), shown(sent))),
            evidence: vec![
                ("sent_bytes", sent.into()),
                ("received_bytes", received.into()),
                ("peer_bytes", to.into()),
                ("peers", (self.peers.len() as u64).into()),
                ("usual_day_bytes", self.history.busier().unwrap_or(0).into()),
                ("application", self.application.unwrap_or_default().into()),
                ("hostname", self.name.as_deref().unwrap_or_default().into()),
            ],
            protocol: self.protocol,
            name: self.name.as_deref().map(str::to_owned),
            ..Report::default()
        }
    }
}

/// `2.1 GB`.
fn shown(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests;
