//! From what the flow table keeps to the record that people read.

mod community_id;
mod learned;
mod names;

use std::net::IpAddr;
use std::sync::Arc;

use flow::{Ended, Entry, Hasher, Notice, Who};
use inventory::os::Table;
use inventory::{Country, Geo};
use model::{Flow, rfc3339};
use wire::Timestamp;

use self::learned::Learned;
use crate::{FILE_SEED, Settings};

pub use names::transport_name;

/// Makes records of flows.
#[derive(Debug)]
pub struct Recorder {
    local: crate::Networks,
    dpi: Arc<dpi::Engine>,
    geo: Arc<Geo>,
    interfaces: Vec<Option<String>>,
    hasher: Hasher,
    learned: Learned,
    os: Arc<Table>,
}

impl Recorder {
    /// A recorder that sees directions from `settings`' local networks.
    pub fn new(settings: &Settings) -> Self {
        Self {
            local: settings.local.clone(),
            dpi: Arc::clone(&settings.dpi),
            geo: Arc::clone(&settings.geo),
            interfaces: Vec::new(),
            hasher: Hasher::new(FILE_SEED),
            learned: Learned::new(),
            os: Arc::clone(&settings.os),
        }
    }

    /// Other settings from now on.
    pub fn configure(&mut self, settings: &Settings) {
        self.local = settings.local.clone();
        self.dpi = Arc::clone(&settings.dpi);
        self.geo = Arc::clone(&settings.geo);
        self.os = Arc::clone(&settings.os);
    }

    /// The name of an interface that flows refer to by number.
    pub fn name_interface(&mut self, number: u16, name: Option<&str>) {
        let number = usize::from(number);
        if self.interfaces.len() <= number {
            self.interfaces.resize(number + 1, None);
        }
        if let Some(slot) = self.interfaces.get_mut(number) {
            *slot = name.map(str::to_owned);
        }
    }

    /// Something that a flow said about others; comes before their records.
    pub fn notice(&mut self, notice: &Notice) {
        self.learned.take(notice);
    }

    /// The record of a flow that is over.
    pub fn flow(&self, ended: &Ended) -> Flow {
        let Ended { entry, quality, label, facts, handshake, reason, .. } = ended;
        let [syn, syn_ack] = handshake.as_ref().map_or([None, None], |h| h.each_ref().map(Option::as_ref));
        let (src_ip, src_port) = entry.src();
        let (dst_ip, dst_port) = entry.dst();
        let protocol = entry.key().protocol();
        let has_ports = names::has_ports(protocol);
        let port = |port| has_ports.then_some(port);
        let [src_mac, dst_mac] = entry.macs().map(|mac| mac.map(|m| m.to_string()));
        let first_start = if quality.part > 1 { quality.first_start } else { entry.start().nanos() };
        let rtt = entry.rtt_us();
        let [src_packets, dst_packets] = entry.packets().map(u64::from);
        let [src_bytes, dst_bytes] = entry.bytes();
        let [src_payload_bytes, dst_payload_bytes] = entry.payload();
        let start = entry.start();
        let [src_place, dst_place] = [src_ip, dst_ip].map(|address| self.geo.lookup(address));
        let letters = |country: Option<Country>| country.map(|c| c.as_str().to_owned());
        let facts = facts.as_deref();
        let said = facts.and_then(|f| f.hostname.as_deref());
        let resolved = || self.learned.name_of(src_ip, dst_ip, start);
        let (hostname, hostname_source) = match said {
            Some(_) => (said, facts.and_then(|f| f.hostname_source).map(|s| s.name())),
            None => resolved().map_or((None, None), |name| (Some(name), Some("dns"))),
        };
        let announced = || {
            let ends = [(dst_ip, dst_port), (src_ip, src_port)];
            self.dpi.announced(self.learned.announced(protocol, ends, start)?)
        };
        let known = label.filter(|l| l.confidence > dpi::Confidence::Port).or_else(announced);
        let known = hostname.and_then(|host| self.dpi.of_host(host)).or(known);
        let application = self.dpi.application(hostname, facts);
        let hint = has_ports.then(|| self.dpi.port_hint(protocol, dst_port)).flatten();
        let port_hint = if known.is_none() { hint } else { None };
        let confidence = known.map(|l| l.confidence.name()).or_else(|| port_hint.map(|_| "port"));
        let mut risks = facts.map(|f| f.risks).unwrap_or_default();
        if known.is_some_and(|label| self.dpi.is_at_unusual_port(&label, protocol, [dst_port, src_port])) {
            risks.insert(dpi::Risk::UnusualPort);
        }
        Flow {
            id: self.id(entry, first_start),
            community_id: community_id::v1(src_ip, dst_ip, protocol, src_port, dst_port, entry.icmp()),
            start: rfc3339(entry.start()),
            end: rfc3339(entry.last()),
            duration_ms: milliseconds(entry.last().since(entry.start())),
            part: (quality.part > 0).then_some(quality.part),
            interface: self.interfaces.get(usize::from(entry.interface())).cloned().flatten(),
            vlans: entry.vlans().collect(),
            tunnel: names::tunnel_name(entry.key().tunnel()),
            transport: transport_name(protocol).into_owned(),
            src_ip,
            src_port: port(src_port),
            dst_ip,
            dst_port: port(dst_port),
            src_mac,
            dst_mac,
            src_country: letters(src_place.country),
            dst_country: letters(dst_place.country),
            src_asn: src_place.asn,
            dst_asn: dst_place.asn,
            src_org: src_place.org.map(str::to_owned),
            dst_org: dst_place.org.map(str::to_owned),
            direction: self.direction(src_ip, dst_ip),
            state: entry.current_state().name(),
            end_reason: reason.name(),
            protocol: known.map_or("unknown", |l| l.protocol),
            application: application.map(|a| a.name),
            category: application.map(|a| a.category).or_else(|| known.map(|l| l.category)),
            encrypted: known.map(|l| l.encrypted),
            confidence,
            evidence: known.map(|l| l.evidence),
            port_hint,
            hostname: hostname.map(str::to_owned),
            hostname_source,
            src_packets,
            dst_packets,
            src_bytes,
            dst_bytes,
            src_payload_bytes,
            dst_payload_bytes,
            handshake_rtt_ms: entry.handshake_us().map(|us| f64::from(us) / 1e3),
            rtt_min_ms: rtt.map(|(min, _, _)| f64::from(min) / 1e3),
            rtt_avg_ms: rtt.map(|(_, mean, _)| f64::from(mean.round()) / 1e3),
            rtt_max_ms: rtt.map(|(_, _, max)| f64::from(max) / 1e3),
            jitter_ms: entry.jitter_us().map(|us| f64::from(us.round()) / 1e3),
            src_retransmits: quality.retransmits[Who::Src],
            dst_retransmits: quality.retransmits[Who::Dst],
            src_out_of_order: quality.out_of_order[Who::Src],
            dst_out_of_order: quality.out_of_order[Who::Dst],
            src_duplicate_acks: quality.duplicate_acks[Who::Src],
            dst_duplicate_acks: quality.duplicate_acks[Who::Dst],
            src_zero_windows: quality.zero_windows[Who::Src],
            dst_zero_windows: quality.zero_windows[Who::Dst],
            keep_alives: quality.keep_alives,
            lost_segments: quality.lost,
            duplicate_packets: quality.duplicates,
            fragments: quality.fragments,
            tcp_history: entry.history(),
            src_tcp_sig: syn.map(ToString::to_string),
            dst_tcp_sig: syn_ack.map(ToString::to_string),
            src_os: syn.and_then(|seen| self.os.request(seen)).map(|os| os.name.to_owned()),
            dst_os: syn_ack.and_then(|seen| self.os.response(seen)).map(|os| os.name.to_owned()),
            encrypted_dns: known.and_then(|label| names::encrypted_dns(&label, application, facts, dst_port)),
            ja3: facts.and_then(|f| f.ja3.as_deref()).map(str::to_owned),
            ja3s: facts.and_then(|f| f.ja3s.as_deref()).map(str::to_owned),
            ja4: facts.and_then(|f| f.ja4.as_deref()).map(str::to_owned),
            risks: risks.names().collect(),
            tls: facts.and_then(|f| f.tls.as_deref()).map(names::tls),
            http: facts.and_then(|f| f.http.as_deref()).map(names::http),
            dns: facts.and_then(|f| f.dns.as_deref()).map(names::dns),
            details: facts
                .zip(known)
                .and_then(|(facts, label)| names::details(label.protocol, &facts.details)),
        }
    }

    fn direction(&self, src: IpAddr, dst: IpAddr) -> model::Direction {
        self.local.direction(src, dst)
    }

    fn id(&self, entry: &Entry, first_start: u64) -> String {
        let mixed = self.hasher.hash(entry.key()) ^ first_start.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{mixed:016x}")
    }
}

fn milliseconds(ns: u64) -> f64 {
    (Timestamp(ns).nanos() / 1000) as f64 / 1e3
}

/// One of the busiest flows, `bytes_per_second` in the last second.
pub(crate) fn live_flow(view: &flow::View<'_>, bytes_per_second: u64) -> model::LiveFlow {
    let entry = view.entry;
    let (src_ip, src_port) = entry.src();
    let (dst_ip, dst_port) = entry.dst();
    let known = view.label.filter(|l| l.confidence > dpi::Confidence::Port);
    model::LiveFlow {
        transport: transport_name(entry.key().protocol()).into_owned(),
        src_ip,
        src_port,
        dst_ip,
        dst_port,
        protocol: known.map_or("unknown", |l| l.protocol),
        hostname: view.facts.and_then(|f| f.hostname.as_deref()).map(str::to_owned),
        bytes_per_second,
        bytes: entry.bytes().iter().sum(),
        packets: entry.packets().iter().copied().map(u64::from).sum(),
        duration_ms: milliseconds(entry.last().since(entry.start())),
        rtt_ms: entry.rtt_us().map(|(_, mean, _)| f64::from(mean.round()) / 1e3),
        retransmits: view.quality.retransmits.0.iter().copied().map(u64::from).sum(),
        state: entry.current_state().name(),
    }
}
