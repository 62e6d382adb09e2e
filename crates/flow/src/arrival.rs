use wire::{Flags, Packet, Timestamp};

use crate::fragments::{Fragments, Identity};
use crate::key::{Ends, FlowKey, Hasher};

/// One packet on its way to its flow: decoded, keyed and hashed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrival {
    /// What the headers say.
    pub packet: Packet,
    /// The flow's key.
    pub key: FlowKey,
    /// The key's hash.
    pub hash: u64,
    /// When the packet was seen.
    pub time: Timestamp,
    /// First byte of the frame in its block.
    pub at: u64,
    /// Bytes captured of the frame.
    pub captured: u32,
    /// Interface that saw it.
    pub interface: u16,
    /// The source is the key's smaller endpoint.
    pub from_lo: bool,
    /// Fragments of this datagram that came before the first one, and their bytes.
    pub early_packets: u32,
    /// Bytes of those.
    pub early_bytes: u32,
    /// Their payload.
    pub early_payload: u32,
}

impl Arrival {
    /// The frame's bytes in its block.
    #[inline]
    pub fn frame<'a>(&self, block: &'a [u8]) -> &'a [u8] {
        usize::try_from(self.at)
            .ok()
            .and_then(|at| block.get(at..)?.get(..self.captured as usize))
            .unwrap_or_default()
    }
}

/// Turns decoded packets into arrivals: finds the ports of fragments, keys, hashes.
#[derive(Debug)]
pub struct Arrivals {
    hasher: Hasher,
    fragments: Fragments,
    vlan_in_key: bool,
}

impl Arrivals {
    /// Ready for packets.
    pub fn new(hasher: Hasher, fragment_ns: u64, vlan_in_key: bool) -> Self {
        Self { hasher, fragments: Fragments::new(fragment_ns), vlan_in_key }
    }

    /// Another timeout for fragments from now on. (Whether VLANs are part of the key cannot change
    /// while flows are open.)
    pub fn configure(&mut self, fragment_ns: u64) {
        self.fragments.configure(fragment_ns);
    }

    /// Completes an arrival whose packet, time and place are filled in: finds the ports of a
    /// fragment, keys and hashes.
    ///
    /// In place, because an arrival is three cache lines, and copying one costs more than the rest.
    /// False if it is not IP, or a fragment that has to wait for the first of its datagram; then
    /// the arrival is not one. What waited in vain comes out in `late`.
    #[inline]
    pub fn complete(&mut self, arrival: &mut Arrival, frame: &[u8], late: &mut Vec<Arrival>) -> bool {
        let Some(ends) = Ends::of(&arrival.packet, frame) else { return false };
        if arrival.packet.flags.has(Flags::FRAGMENT) {
            return self.complete_fragment(arrival, ends, late);
        }
        let (key, from_lo) = FlowKey::new(&arrival.packet, &ends, self.vlan_in_key);
        // Of the key in registers: read back from where its parts have just been written it waits.
        arrival.hash = self.hasher.hash(&key);
        (arrival.key, arrival.from_lo) = (key, from_lo);
        true
    }

    /// Packet time has come to `now`: fragments that waited too long for their first one go on
    /// without ports.
    pub fn advance(&mut self, now: Timestamp, late: &mut Vec<Arrival>) {
        self.fragments.expire(now, late);
        self.hash_late(late);
    }

    /// No more packets come.
    pub fn finish(&mut self, late: &mut Vec<Arrival>) {
        self.fragments.expire(Timestamp(u64::MAX), late);
        self.hash_late(late);
    }

    #[cold]
    fn complete_fragment(&mut self, arrival: &mut Arrival, mut ends: Ends, late: &mut Vec<Arrival>) -> bool {
        (ends.src.1, ends.dst.1) = (0, 0);
        (arrival.key, arrival.from_lo) = FlowKey::new(&arrival.packet, &ends, self.vlan_in_key);
        // RFC 8200 s4.5: the next header of the first fragment counts, whatever the others say.
        let key = if arrival.key.is_ipv6() { arrival.key.without_protocol() } else { arrival.key };
        let identity = Identity { key, from_lo: arrival.from_lo, id: arrival.packet.ip_id };
        let transport = self.fragments.place(identity, arrival, late);
        self.hash_late(late);
        let Some(transport) = transport else { return false };
        (ends.src.1, ends.dst.1) = (transport.src_port, transport.dst_port);
        let packet = &mut arrival.packet;
        packet.protocol = transport.protocol;
        packet.src_port = transport.src_port;
        packet.dst_port = transport.dst_port;
        (arrival.key, arrival.from_lo) = FlowKey::new(packet, &ends, self.vlan_in_key);
        arrival.hash = self.hasher.hash(&arrival.key);
        true
    }

    fn hash_late(&self, late: &mut [Arrival]) {
        for arrival in late {
            arrival.hash = self.hasher.hash(&arrival.key);
        }
    }
}
