//! From what is known of a device to the record that people read.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dpi::Value;
use model::{
    Address, Connection, Device as Record, Finding, Hardware, Hostname, Objects, OfferedService, Os, Use,
    rfc3339, rfc3339_seconds,
};

use super::clock::Line;
use super::device::Device;
use super::traffic::Count;
use super::votes::Verdict;
use super::{Id, Inventory};
use crate::sighting::About;

impl Inventory {
    /// All devices, in the order they were found.
    pub fn devices(&self) -> Vec<Record> {
        self.devices.iter().map(|(id, device)| self.record(*id, device)).collect()
    }

    /// The devices that were seen last, at most so many.
    pub fn latest(&self, most: usize) -> Vec<Record> {
        let mut all: Vec<_> = self.devices.iter().collect();
        all.sort_by_key(|(id, device)| (Reverse(device.span.last), **id));
        all.into_iter().take(most).map(|(id, device)| self.record(*id, device)).collect()
    }

    fn record(&self, id: Id, device: &Device) -> Record {
        let os = device.votes.verdict(About::Os);
        let kind = device.votes.verdict(About::Type);
        let model = device.votes.verdict(About::Model);
        let clock = device.clock.line();
        let hostnames = hostnames(device);
        let name = |number: &u16| self.interfaces.get(usize::from(*number)).cloned().flatten();
        Record {
            id: device.id.clone(),
            name: hostnames.first().map(|best| best.name.clone()),
            macs: device.macs.iter().map(|hardware| hardware.mac.to_string()).collect(),
            ips: addresses(device),
            hostnames,
            vendor: vendor(device),
            kind: kind.as_ref().map(|verdict| verdict.value.to_string()),
            type_evidence: kind.map(finding),
            model: model.as_ref().map(|verdict| verdict.value.to_string()),
            model_evidence: model.map(finding),
            os: os.map(|Verdict { value, confidence, reasons }| Os {
                name: value.into(),
                confidence,
                reasons,
            }),
            uptime_seconds: clock.map(|line| line.seconds()),
            uptime_evidence: clock.map(uptime_evidence),
            roles: device.roles.iter().map(|role| role.name()).collect(),
            services: services(device),
            uses: uses(&device.traffic.uses),
            applications: uses(&device.traffic.applications),
            internet: device.traffic.internet,
            local: device.traffic.local,
            connections: self.connections(device),
            other_connections: device.traffic.others,
            vlans: device.vlans.iter().copied().collect(),
            interfaces: device.interfaces.iter().filter_map(name).collect(),
            behind: self.router_of(id, device),
            port: self.port(device),
            hardware: hardware(device),
            joined: joins(device),
            shared: shared(device),
            presence: device
                .presence
                .hours()
                .map(|(second, minutes)| model::Presence { hour: seconds(second), minutes })
                .collect(),
            first_seen: rfc3339(device.span.first),
            last_seen: rfc3339(device.span.last),
            objects: objects(device),
        }
    }

    fn router_of(&self, id: Id, device: &Device) -> Option<String> {
        let mac = device.behind.filter(|_| device.macs.is_empty())?;
        let router = self.addresses.of_mac(mac).filter(|router| *router != id)?;
        self.devices.get(&router).map(|router| router.id.clone())
    }

    fn connections(&self, device: &Device) -> Vec<Connection> {
        let mut all: Vec<_> = device.traffic.connections.iter().collect();
        all.sort_by_key(|(key, connection)| (Reverse(connection.bytes()), **key));
        let has_ports = |transport: u8| matches!(transport, 6 | 17 | 33 | 132 | 136);
        let record = |(key, connection): (&super::traffic::Key, &super::traffic::Connection)| {
            let peer = self.addresses.of_ip(key.peer).and_then(|bound| self.devices.get(&bound.id));
            Connection {
                peer: key.peer,
                peer_device: peer.map(|peer| peer.id.clone()),
                direction: key.direction,
                transport: connection.transport.clone(),
                port: has_ports(key.transport).then_some(key.port),
                protocol: key.protocol,
                application: key.application,
                hostname: connection.hostname.as_deref().map(str::to_owned),
                country: connection.country.clone(),
                asn: connection.asn,
                org: connection.org.clone(),
                flows: connection.flows,
                volume: connection.volume,
                rtt_avg_ms: (connection.rtt_flows > 0)
                    .then(|| round(connection.rtt_sum_ms / f64::from(connection.rtt_flows))),
                retransmits: connection.retransmits,
                lost_segments: connection.lost,
                first_seen: rfc3339(connection.span.first),
                last_seen: rfc3339(connection.span.last),
            }
        };
        all.into_iter().map(record).collect()
    }
}

/// The latest first; what it still has before what it had.
fn addresses(device: &Device) -> Vec<Address> {
    let mut ips: Vec<_> = device.ips.iter().collect();
    ips.sort_by_key(|held| (Reverse(held.current), Reverse(held.span.last), held.ip));
    let record = |held: &super::device::Held| Address {
        ip: held.ip,
        evidence: held.evidence.name(),
        current: held.current,
        first_seen: rfc3339(held.span.first),
        last_seen: rfc3339(held.span.last),
    };
    ips.into_iter().map(record).collect()
}

/// What to call a device.
pub(super) fn best_name(device: &Device) -> Option<&str> {
    let rank = |n: &&super::device::Named| (n.source, n.span.last, Reverse(n.name.clone()));
    device.names.iter().max_by_key(rank).map(|best| &*best.name)
}

/// The best first: whoever should know, then what was said last.
fn hostnames(device: &Device) -> Vec<Hostname> {
    let mut names: Vec<_> = device.names.iter().collect();
    names.sort_by_key(|n| (Reverse(n.source), Reverse(n.span.last), n.name.clone()));
    let record = |named: &super::device::Named| Hostname {
        name: named.name.to_string(),
        source: named.source.name(),
        first_seen: rfc3339(named.span.first),
        last_seen: rfc3339(named.span.last),
    };
    names.into_iter().map(record).collect()
}

/// What it says itself, or whom its hardware address is from.
fn vendor(device: &Device) -> Option<String> {
    let by_address = || device.macs.iter().find_map(|hardware| crate::vendor::vendor(hardware.mac));
    let said = device.votes.verdict(About::Vendor).filter(|verdict| verdict.confidence >= 0.7);
    said.map(|verdict| verdict.value.into()).or_else(|| by_address().map(str::to_owned))
}

fn hardware(device: &Device) -> Vec<Hardware> {
    let record = |hardware: &super::device::Hardware| Hardware {
        mac: hardware.mac.to_string(),
        vendor: crate::vendor::vendor(hardware.mac).map(str::to_owned),
        locally_administered: hardware.mac.is_local(),
        first_seen: rfc3339(hardware.span.first),
        last_seen: rfc3339(hardware.span.last),
    };
    device.macs.iter().map(record).collect()
}

fn services(device: &Device) -> Vec<OfferedService> {
    let mut all: Vec<_> = device.services.iter().collect();
    all.sort_by(|a, b| {
        let order =
            |o: &super::device::Offered| (o.service.transport, o.service.port, o.service.protocol.clone());
        order(a).cmp(&order(b)).then_with(|| a.service.name.cmp(&b.service.name))
    });
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let record = |offered: &super::device::Offered| OfferedService {
        transport: offered.service.transport,
        port: (offered.service.port != 0).then_some(offered.service.port),
        protocol: offered.service.protocol.to_string(),
        name: text(&offered.service.name),
        product: text(&offered.service.product),
        version: text(&offered.service.version),
        sources: offered.sources.iter().copied().collect(),
        withdrawn: offered.withdrawn,
        first_seen: rfc3339(offered.span.first),
        last_seen: rfc3339(offered.span.last),
    };
    all.into_iter().map(record).collect()
}

fn uses(counts: &BTreeMap<&'static str, Count>) -> Vec<Use> {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by_key(|(name, count)| (Reverse(count.bytes), **name));
    all.into_iter()
        .map(|(name, count)| Use { name: (*name).to_owned(), flows: count.flows, bytes: count.bytes })
        .collect()
}

fn joins(device: &Device) -> Vec<model::Join> {
    let record = |join: &super::device::Join| model::Join {
        time: rfc3339(join.time),
        what: if join.split { "split" } else { "joined" },
        addresses: join.addresses.clone(),
        probability: f64::from(join.per_cent) / 100.0,
        reasons: vec![join.reason.clone()],
    };
    device.joins.iter().map(record).collect()
}

fn uptime_evidence(line: Line) -> Finding {
    let Line { ticks_per_second, began, readings, peers, .. } = line;
    let wraps = line.wraps_after_seconds() / 86_400;
    let reason = format!(
        "TCP timestamps of {readings} flows to {peers} peers lie on one clock of {ticks_per_second} Hz \
         that began about {}; it starts over every {wraps} days",
        rfc3339_seconds(i64::try_from(began.secs()).unwrap_or(i64::MAX)),
    );
    Finding { confidence: 0.9, reasons: vec![reason] }
}

/// Several systems seen behind one address: a router that translates addresses, or a host with
/// virtual machines.
fn shared(device: &Device) -> Option<Finding> {
    let systems = shared_by_systems(device);
    let clocks = device.clock.lines();
    if clocks.is_empty() {
        return systems;
    }
    let mut finding = systems.unwrap_or(Finding { confidence: 0.8, reasons: Vec::new() });
    finding.confidence = finding.confidence.max(0.8);
    finding.reasons.extend(clocks.iter().map(|line| {
        let seconds = line.seconds();
        format!("{} flows with the timestamps of a system that is up for {seconds} s", line.readings)
    }));
    Some(finding)
}

/// Connections of two different systems that were both seen often.
fn shared_by_systems(device: &Device) -> Option<Finding> {
    const OFTEN: u32 = 3;
    let mut families: BTreeMap<&str, (u32, &str)> = BTreeMap::new();
    for (value, count) in device.votes.of_source(About::Os, "syn") {
        let family = value.split(' ').next().unwrap_or_default();
        let seen = families.entry(family).or_insert((0, value));
        seen.0 = seen.0.saturating_add(count);
    }
    families.retain(|_, (count, _)| *count >= OFTEN);
    (families.len() > 1).then(|| Finding {
        confidence: 0.7,
        reasons: families
            .into_values()
            .map(|(count, value)| format!("{count} connections as {value} opens them"))
            .collect(),
    })
}

fn objects(device: &Device) -> Objects {
    let fields = |fields: &Vec<(&'static str, Value)>| {
        fields.iter().map(|(name, value)| (*name, self::value(value))).collect()
    };
    Objects(device.objects.iter().map(|(name, noted)| (*name, fields(noted))).collect())
}

fn value(value: &Value) -> model::Value {
    match value {
        Value::Text(text) => model::Value::Text(text.to_string()),
        Value::Number(number) => model::Value::Number(*number),
        Value::Flag(flag) => model::Value::Flag(*flag),
        Value::List(list) => model::Value::List(list.iter().map(ToString::to_string).collect()),
    }
}

fn finding(verdict: Verdict) -> Finding {
    Finding { confidence: verdict.confidence, reasons: verdict.reasons }
}

fn seconds(second: u64) -> String {
    rfc3339_seconds(i64::try_from(second).unwrap_or(i64::MAX))
}

/// To a thousandth.
fn round(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}
