use std::net::IpAddr;

use capture::Record;
use wire::{MacAddr, Packet, Timestamp};

/// One packet out of many, for whoever keeps samples.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampledPacket {
    /// When it was captured.
    pub time: Timestamp,
    /// Number of the interface.
    pub interface: u16,
    /// Bytes on the wire.
    pub wire_len: u32,
    /// EtherType, or what stands for it.
    pub ethertype: u16,
    /// The outermost VLAN id.
    pub vlan: Option<u16>,
    /// Source and destination hardware addresses.
    pub macs: (Option<MacAddr>, Option<MacAddr>),
    /// Source and destination addresses, if it is IP.
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// IP protocol number; 0 if it is not IP.
    pub protocol: u8,
    /// Source and destination ports; 0 where there are none.
    pub ports: (u16, u16),
    /// TTL or hop limit.
    pub ttl: u8,
    /// TCP flags (RFC 9293 s3.1).
    pub tcp_flags: u16,
    /// Bytes of payload.
    pub payload_len: u32,
}

/// Takes every so-manieth packet.
#[derive(Debug)]
pub(crate) struct Sampler {
    every: u32,
    /// Packets until the next one.
    rest: u32,
    pub(crate) taken: Vec<SampledPacket>,
}

impl Sampler {
    /// One of `every`; none if that is 0.
    pub(crate) fn new(every: u32) -> Option<Self> {
        (every > 0).then(|| Self { every, rest: every, taken: Vec::new() })
    }

    #[inline]
    pub(crate) fn look(&mut self, packet: &Packet, frame: &[u8], record: &Record) {
        self.rest -= 1;
        if self.rest == 0 {
            self.rest = self.every;
            self.take(packet, frame, record);
        }
    }

    #[cold]
    fn take(&mut self, packet: &Packet, frame: &[u8], record: &Record) {
        let is_ip = packet.is_ip();
        self.taken.push(SampledPacket {
            time: record.time,
            interface: record.interface,
            wire_len: record.wire_len,
            ethertype: packet.ethertype,
            vlan: packet.vlans.ids().first().copied(),
            macs: packet.macs(frame),
            addresses: packet.addresses(frame),
            protocol: if is_ip { packet.protocol } else { 0 },
            ports: (packet.src_port, packet.dst_port),
            ttl: packet.ttl,
            tcp_flags: packet.tcp_flags,
            payload_len: packet.payload_len,
        });
    }
}
