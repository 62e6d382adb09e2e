use std::net::IpAddr;

use serde::Serialize;

/// Where packets went. Two sums always hold:
/// `received = processed + undecodable + filtered + shed` and `on_wire = received + kernel`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Drops {
    /// Packets that reached netmonsec.
    pub received: u64,
    /// Analysed.
    pub processed: u64,
    /// Counted, but their headers made no sense (cause by cause in [`Stats::undecodable`]).
    pub undecodable: u64,
    /// Left out because the configuration says so.
    pub filtered: u64,
    /// Given up inside netmonsec because a worker could not keep up.
    pub shed: u64,
    /// Dropped by the kernel because a ring was full.
    pub kernel: u64,
}

/// What one interface saw.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InterfaceStats {
    /// Its name, or the file's for captures without interface names.
    pub name: String,
    /// `up`, `down` or `gone`; absent for files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<&'static str>,
    /// Packets received.
    pub packets: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Dropped by the kernel at this interface's rings.
    pub kernel_drops: u64,
    /// How often a ring was full and froze.
    pub freezes: u64,
}

/// One name and how much of the traffic it has.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Share {
    /// Protocol, transport or cause.
    pub name: String,
    /// Flows.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// One of the busiest flows of the last second.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "as in Flow")]
pub struct LiveFlow {
    pub transport: String,
    pub src_ip: IpAddr,
    pub src_port: u16,
    pub dst_ip: IpAddr,
    pub dst_port: u16,
    pub protocol: &'static str,
    pub hostname: Option<String>,
    /// Bytes in the last second.
    pub bytes_per_second: u64,
    /// Bytes since the flow began, both directions.
    pub bytes: u64,
    /// Packets since the flow began, both directions.
    pub packets: u64,
    pub duration_ms: f64,
    pub rtt_ms: Option<f64>,
    pub retransmits: u64,
    pub state: &'static str,
}

/// A running instance, once a second.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Stats {
    /// Packet time, RFC 3339.
    pub time: String,
    /// Seconds since the start.
    pub uptime_s: u64,
    /// Packets in the last second.
    pub packets_per_second: u64,
    /// Bits in the last second.
    pub bits_per_second: u64,
    /// Flows that are open now.
    pub open_flows: u64,
    /// Flows that were opened since the start.
    pub flows: u64,
    /// Flows that had to go because the table was full.
    pub evicted: u64,
    /// Records of flows that were given up because whoever takes them lagged.
    pub records_shed: u64,
    /// Observations for devices and detectors that were given up for the same reason.
    pub events_shed: u64,
    /// Where the packets went.
    pub drops: Drops,
    /// Undecodable packets by cause.
    pub undecodable: Vec<Share>,
    /// Interfaces.
    pub interfaces: Vec<InterfaceStats>,
    /// Busiest flows of the last second, busiest first.
    pub top: Vec<LiveFlow>,
}

/// What a capture held, at its end.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Summary {
    /// Earliest packet, RFC 3339; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Latest packet, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// From the earliest packet to the latest, in seconds.
    pub duration_s: f64,
    /// Packets.
    pub packets: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Flows.
    pub flows: u64,
    /// Packets that are not IP (ARP, LLDP, STP ...).
    pub not_ip: u64,
    /// Where the packets went.
    pub drops: Drops,
    /// Undecodable packets by cause.
    pub undecodable: Vec<Share>,
    /// Protocols, most bytes first.
    pub protocols: Vec<Share>,
    /// Addresses that sent and received most, most bytes first.
    pub talkers: Vec<Share>,
}
