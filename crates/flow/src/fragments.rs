//! IP fragments find their flow (RFC 791 s3.2, RFC 8200 s4.5): only the first fragment has
//! ports, so they are remembered by addresses and identification.

use wire::{Flags, Timestamp};

use crate::arrival::Arrival;
use crate::key::FlowKey;

/// Datagrams that are being remembered; bounded: the oldest of a set makes room.
///
/// Allocates nothing until the first fragment comes.
#[derive(Debug)]
pub struct Fragments {
    sets: Vec<[Option<Datagram>; WAYS]>,
    timeout_ns: u64,
    waiting: usize,
}

/// What the fragments of a datagram have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Identity {
    /// Addresses, tunnel and network, without ports.
    pub(crate) key: FlowKey,
    pub(crate) from_lo: bool,
    pub(crate) id: u32,
}

/// What only the first fragment tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Transport {
    pub(crate) protocol: u8,
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
}

#[derive(Clone, Copy, Debug)]
struct Datagram {
    identity: Identity,
    /// The latest fragment; of those that wait, the earliest, because they must not wait for ever.
    seen: Timestamp,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    /// The first fragment came.
    Known(Transport),
    /// It has not come yet: the earliest of the others, which carries the count of all.
    Waiting(Arrival),
}

const SETS: usize = 512;
const WAYS: usize = 4;

impl Fragments {
    /// Remembers datagrams for `timeout_ns`.
    pub fn new(timeout_ns: u64) -> Self {
        Self { sets: Vec::new(), timeout_ns, waiting: 0 }
    }

    pub(crate) fn configure(&mut self, timeout_ns: u64) {
        self.timeout_ns = timeout_ns;
    }

    /// Tells a fragment its datagram's ports, and the first fragment the count of those that came
    /// before it. `None` if the fragment waits here for the first one.
    ///
    /// What had to make room without ever meeting its first fragment is pushed to `late`.
    pub(crate) fn place(
        &mut self,
        identity: Identity,
        arrival: &mut Arrival,
        late: &mut Vec<Arrival>,
    ) -> Option<Transport> {
        if self.sets.is_empty() {
            self.sets.resize_with(SETS, || [None; WAYS]);
        }
        let now = arrival.time;
        let set = self.sets.get_mut(identity.set())?;
        let known = set.iter_mut().find(|slot| slot.is_some_and(|d| d.identity == identity));
        if let Some(slot) = known {
            match slot {
                Some(datagram) if now.since(datagram.seen) <= self.timeout_ns => {
                    return datagram.join(arrival, &mut self.waiting);
                }
                // Another datagram by now: identifications come round again.
                _ => let_go(slot, &mut self.waiting, late),
            }
        }
        let slot = set.iter_mut().min_by_key(|slot| slot.map_or(Timestamp(0), |d| d.seen))?;
        let_go(slot, &mut self.waiting, late);
        let transport = Transport::of(arrival);
        let content = match transport {
            Some(transport) => Content::Known(transport),
            None => {
                self.waiting += 1;
                // Its frame will be gone by the time it is let go.
                arrival.captured = 0;
                arrival.packet.payload_captured = 0;
                Content::Waiting(*arrival)
            }
        };
        *slot = Some(Datagram { identity, seen: now, content });
        transport
    }

    /// Lets go of fragments that waited longer than the timeout.
    pub(crate) fn expire(&mut self, now: Timestamp, late: &mut Vec<Arrival>) {
        if self.waiting == 0 {
            return;
        }
        for slot in self.sets.iter_mut().flatten() {
            let waits = slot.as_ref().is_some_and(|d| matches!(d.content, Content::Waiting(_)));
            if waits && slot.is_some_and(|d| now.since(d.seen) > self.timeout_ns) {
                let_go(slot, &mut self.waiting, late);
            }
        }
    }
}

impl Identity {
    fn set(&self) -> usize {
        let mixed = self.key.mix() ^ u64::from(self.id).rotate_left(40) ^ u64::from(self.from_lo);
        // The highest nine bits count the sets.
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize
    }
}

impl Transport {
    /// What a first fragment says; nothing of a later one.
    fn of(arrival: &Arrival) -> Option<Self> {
        let packet = &arrival.packet;
        let (protocol, src_port, dst_port) = (packet.protocol, packet.src_port, packet.dst_port);
        let first = !packet.flags.has(Flags::LATER_FRAGMENT);
        first.then_some(Self { protocol, src_port, dst_port })
    }
}

impl Datagram {
    fn join(&mut self, arrival: &mut Arrival, waiting: &mut usize) -> Option<Transport> {
        let first = Transport::of(arrival);
        match (&mut self.content, first) {
            (Content::Known(transport), None) => {
                self.seen = arrival.time;
                Some(*transport)
            }
            (Content::Known(transport), Some(first)) => {
                self.seen = arrival.time;
                *transport = first;
                Some(first)
            }
            (Content::Waiting(early), None) => {
                let packet = &arrival.packet;
                early.early_packets = early.early_packets.saturating_add(1);
                early.early_bytes = early.early_bytes.saturating_add(packet.bytes);
                early.early_payload = early.early_payload.saturating_add(packet.payload_len);
                None
            }
            (Content::Waiting(early), Some(first)) => {
                let packet = &early.packet;
                arrival.early_packets = early.early_packets.saturating_add(1);
                arrival.early_bytes = early.early_bytes.saturating_add(packet.bytes);
                arrival.early_payload = early.early_payload.saturating_add(packet.payload_len);
                *waiting -= 1;
                self.seen = arrival.time;
                self.content = Content::Known(first);
                Some(first)
            }
        }
    }
}

/// Empties a slot; what waited in it in vain is late.
fn let_go(slot: &mut Option<Datagram>, waiting: &mut usize, late: &mut Vec<Arrival>) {
    if let Some(Datagram { content: Content::Waiting(early), .. }) = slot.take() {
        *waiting -= 1;
        late.push(early);
    }
}
