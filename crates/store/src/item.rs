use std::net::IpAddr;
use std::sync::Arc;

use model::{Alert, Device, Flow};
use wire::{MacAddr, Timestamp};

/// Something to keep.
#[derive(Clone, Debug)]
pub enum Item {
    /// A flow, or a part of a long one, that is over.
    Flow(Arc<SeenFlow>),
    /// A device as it stands; a later one of the same id replaces it.
    Device(Box<Device>),
    /// An alert as it stands; a later one of the same id replaces it, but for what people did with it.
    Alert(Box<Alert>),
    /// What somebody did with an alert.
    Verdict {
        /// The alert's id.
        alert: String,
        /// `open`, `acknowledged`, `muted`.
        state: String,
        /// What was written.
        comment: String,
        /// Who it was.
        who: String,
        /// When, RFC 3339.
        time: String,
    },
    /// A packet out of many.
    Packet(Box<SeenPacket>),
    /// Counters of the whole capture for a minute: packets, bytes, packets that the kernel dropped.
    Traffic {
        /// When the minute began.
        minute: Timestamp,
        /// Packets received.
        packets: u64,
        /// Their bytes.
        bytes: u64,
        /// Packets lost to the kernel.
        dropped: u64,
    },
}

/// A flow with what its record has only as text.
#[derive(Clone, Debug)]
pub struct SeenFlow {
    /// First packet.
    pub start: Timestamp,
    /// Last packet.
    pub end: Timestamp,
    /// Id of the device that opened it, if that is known.
    pub src_device: Option<String>,
    /// Id of the device it went to.
    pub dst_device: Option<String>,
    /// The record.
    pub record: Flow,
}

/// A packet that was sampled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenPacket {
    /// When it was captured.
    pub time: Timestamp,
    /// The interface's name.
    pub interface: String,
    /// Bytes on the wire.
    pub bytes: u32,
    /// Bytes of payload.
    pub payload_bytes: u32,
    /// EtherType.
    pub ethertype: u16,
    /// The outermost VLAN id.
    pub vlan: Option<u16>,
    /// Source hardware address.
    pub src_mac: Option<MacAddr>,
    /// Destination hardware address.
    pub dst_mac: Option<MacAddr>,
    /// Source and destination addresses, if it is IP.
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// `tcp`, `udp` …; absent if it is not IP.
    pub transport: Option<String>,
    /// Source and destination ports, where there are any.
    pub ports: Option<(u16, u16)>,
    /// TTL or hop limit.
    pub ttl: Option<u8>,
    /// TCP flags (RFC 9293 s3.1).
    pub tcp_flags: Option<u16>,
    /// Packets that this one stands for.
    pub of: u32,
}
