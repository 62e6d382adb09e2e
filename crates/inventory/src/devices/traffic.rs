//! What a device sends and receives, and with whom.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::device::Span;
use model::{Direction, Flow, Volume};

/// Volumes, connections and habits of one device. Bounded: what has no room is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    pub(super) internet: Volume,
    pub(super) local: Volume,
    pub(super) connections: BTreeMap<Key, Connection>,
    /// Flows of connections that had to go.
    pub(super) others: u64,
    pub(super) uses: BTreeMap<&'static str, Count>,
    pub(super) applications: BTreeMap<&'static str, Count>,
}

/// What makes a connection: a service of a peer, or one's own service and a peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    pub(super) peer: IpAddr,
    pub(super) direction: &'static str,
    pub(super) transport: u8,
    pub(super) port: u16,
    pub(super) protocol: &'static str,
    pub(super) application: Option<&'static str>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    pub(super) transport: String,
    pub(super) flows: u64,
    pub(super) volume: Volume,
    pub(super) hostname: Option<Box<str>>,
    pub(super) country: Option<String>,
    pub(super) asn: Option<u32>,
    pub(super) org: Option<String>,
    pub(super) rtt_sum_ms: f64,
    pub(super) rtt_flows: u32,
    pub(super) retransmits: u64,
    pub(super) lost: u64,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) flows: u64,
    pub(super) bytes: u64,
}

/// Connections of one device while there is room, and when all devices together have no more.
const MOST_CONNECTIONS: usize = 256;
const FEW_CONNECTIONS: usize = 16;
const MOST_USES: usize = 128;

impl Traffic {
    /// Counts a flow that the device opened (`is_src`) or answered. Without `room` small
    /// connections go.
    pub(super) fn flow(&mut self, record: &Flow, transport: u8, span: Span, is_src: bool, room: bool) {
        let volume = if is_src {
            Volume {
                in_bytes: record.dst_bytes,
                out_bytes: record.src_bytes,
                in_packets: record.dst_packets,
                out_packets: record.src_packets,
            }
        } else {
            Volume {
                in_bytes: record.src_bytes,
                out_bytes: record.dst_bytes,
                in_packets: record.src_packets,
                out_packets: record.dst_packets,
            }
        };
        let direction = match (record.direction, is_src) {
            (Direction::Multicast, _) => "multicast",
            (Direction::Lateral, true) => "lateral-out",
            (Direction::Lateral, false) => "lateral-in",
            (_, true) => "outbound",
            (_, false) => "inbound",
        };
        let stays = matches!(record.direction, Direction::Lateral | Direction::Multicast);
        add(if stays { &mut self.local } else { &mut self.internet }, &volume);
        let count = Count { flows: 1, bytes: record.src_bytes + record.dst_bytes };
        if is_src && record.protocol != "unknown" {
            bump(&mut self.uses, record.protocol, count);
        }
        if is_src && let Some(application) = record.application {
            bump(&mut self.applications, application, count);
        }
        let key = Key {
            peer: if is_src { record.dst_ip } else { record.src_ip },
            direction,
            transport,
            port: record.dst_port.unwrap_or_default(),
            protocol: record.protocol,
            application: record.application,
        };
        let connection = Connection {
            transport: record.transport.clone(),
            flows: 1,
            volume,
            hostname: record.hostname.as_deref().map(Into::into),
            country: if is_src { &record.dst_country } else { &record.src_country }.clone(),
            asn: if is_src { record.dst_asn } else { record.src_asn },
            org: if is_src { &record.dst_org } else { &record.src_org }.clone(),
            rtt_sum_ms: record.rtt_avg_ms.or(record.handshake_rtt_ms).unwrap_or_default(),
            rtt_flows: u32::from(record.rtt_avg_ms.or(record.handshake_rtt_ms).is_some()),
            retransmits: u64::from(record.src_retransmits) + u64::from(record.dst_retransmits),
            lost: u64::from(record.lost_segments),
            span,
        };
        self.connection(key, connection, if room { MOST_CONNECTIONS } else { FEW_CONNECTIONS });
    }

    fn connection(&mut self, key: Key, more: Connection, most: usize) {
        if let Some(known) = self.connections.get_mut(&key) {
            known.join(more);
            return;
        }
        while self.connections.len() >= most {
            // The oldest of the small ones goes, so that a scan does not push out what matters.
            let least = self.connections.iter().min_by_key(|(key, c)| (c.flows.min(4), c.span.last, **key));
            let Some(key) = least.map(|(key, _)| *key) else { break };
            self.others += self.connections.remove(&key).map_or(0, |gone| gone.flows);
        }
        self.connections.insert(key, more);
    }

    /// Takes in the traffic of another device that turned out to be the same.
    pub(super) fn join(&mut self, other: Self) {
        add(&mut self.internet, &other.internet);
        add(&mut self.local, &other.local);
        self.others += other.others;
        for (name, count) in other.uses {
            bump(&mut self.uses, name, count);
        }
        for (name, count) in other.applications {
            bump(&mut self.applications, name, count);
        }
        for (key, connection) in other.connections {
            self.connection(key, connection, MOST_CONNECTIONS);
        }
    }
}

impl Connection {
    fn join(&mut self, more: Self) {
        self.flows += more.flows;
        add(&mut self.volume, &more.volume);
        self.rtt_sum_ms += more.rtt_sum_ms;
        self.rtt_flows = self.rtt_flows.saturating_add(more.rtt_flows);
        self.retransmits += more.retransmits;
        self.lost += more.lost;
        if more.hostname.is_some() && more.span.last >= self.span.last {
            self.hostname = more.hostname;
        }
        self.span.join(more.span);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.volume.in_bytes.saturating_add(self.volume.out_bytes)
    }
}

fn add(to: &mut Volume, more: &Volume) {
    to.in_bytes = to.in_bytes.saturating_add(more.in_bytes);
    to.out_bytes = to.out_bytes.saturating_add(more.out_bytes);
    to.in_packets = to.in_packets.saturating_add(more.in_packets);
    to.out_packets = to.out_packets.saturating_add(more.out_packets);
}

/// Names are those of protocols and applications, so they are few; the bound is for safety.
fn bump(counts: &mut BTreeMap<&'static str, Count>, name: &'static str, more: Count) {
    if counts.len() >= MOST_USES && !counts.contains_key(name) {
        return;
    }
    let count = counts.entry(name).or_default();
    count.flows += more.flows;
    count.bytes = count.bytes.saturating_add(more.bytes);
}

/// From a flow's first packet to its last.
pub(super) fn span_of(entry: &flow::Entry) -> Span {
    Span { first: entry.start(), last: entry.last().max(entry.start()) }
}
