//! IP fragments find their flow (RFC 791 s3.2, RFC 8200 s4.5): only the first fragment has
//! ports, so they are remembered by addresses, protocol and identification.

use wire::{Flags, Timestamp};

use crate::arrival::Arrival;
use crate::key::Ends;

/// Datagrams that are being remembered; bounded: the oldest of a set makes room.
///
/// Allocates nothing until the first fragment comes.
#[derive(Debug)]
pub struct Fragments {
    sets: Vec<[Option<Datagram>; WAYS]>,
    timeout_ns: u64,
    waiting: usize,
}

#[derive(Clone, Copy, Debug)]
struct Datagram {
    src: [u64; 2],
    dst: [u64; 2],
    id: u32,
    protocol: u8,
    tunnel: u8,
    seen: Timestamp,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    /// The first fragment came: source and destination port.
    Ports(u16, u16),
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

    /// Gives a fragment its datagram's ports, and the first fragment the count of those that came
    /// before it. False if the fragment waits here for the first one.
    ///
    /// What had to make room without ever meeting its first fragment is pushed to `late`.
    pub(crate) fn place(&mut self, arrival: &mut Arrival, ends: &mut Ends, late: &mut Vec<Arrival>) -> bool {
        if self.sets.is_empty() {
            self.sets.resize_with(SETS, || [None; WAYS]);
        }
        let (packet, now) = (arrival.packet, arrival.time);
        let first = !packet.flags.has(Flags::LATER_FRAGMENT);
        let same = |d: &Datagram| {
            d.id == packet.ip_id
                && d.protocol == packet.protocol
                && d.tunnel == packet.tunnel as u8
                && (d.src, d.dst) == (ends.src.0, ends.dst.0)
        };
        let [_, src] = ends.src.0;
        let [_, dst] = ends.dst.0;
        let mixed = (src ^ dst.rotate_left(21) ^ u64::from(packet.ip_id)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let Some(set) = self.sets.get_mut((mixed >> 55) as usize) else { return true };
        for slot in set.iter_mut() {
            let Some(datagram) = slot.as_mut().filter(|d| same(d)) else { continue };
            if now.since(datagram.seen) > self.timeout_ns {
                // Another datagram by now: identifications come round again.
                if let Some(Datagram { content: Content::Waiting(waiting), .. }) = slot.take() {
                    self.waiting -= 1;
                    late.push(waiting);
                }
                break;
            }
            datagram.seen = now;
            match (&mut datagram.content, first) {
                (Content::Ports(src_port, dst_port), false) => {
                    ends.src.1 = *src_port;
                    ends.dst.1 = *dst_port;
                }
                (content @ Content::Ports(..), true) => {
                    *content = Content::Ports(packet.src_port, packet.dst_port);
                }
                (Content::Waiting(waiting), false) => {
                    waiting.early_packets += 1;
                    waiting.early_bytes = waiting.early_bytes.saturating_add(packet.bytes);
                    return false;
                }
                (content @ Content::Waiting(_), true) => {
                    if let Content::Waiting(waiting) = *content {
                        arrival.early_packets = waiting.early_packets + 1;
                        arrival.early_bytes = waiting.early_bytes.saturating_add(waiting.packet.bytes);
                    }
                    self.waiting -= 1;
                    *content = Content::Ports(packet.src_port, packet.dst_port);
                }
            }
            return true;
        }
        let content = if first {
            Content::Ports(packet.src_port, packet.dst_port)
        } else {
            self.waiting += 1;
            // Its frame will be gone by the time it is let go.
            let mut waiting = *arrival;
            waiting.captured = 0;
            waiting.packet.payload_captured = 0;
            Content::Waiting(waiting)
        };
        let datagram = Datagram {
            src: ends.src.0,
            dst: ends.dst.0,
            id: packet.ip_id,
            protocol: packet.protocol,
            tunnel: packet.tunnel as u8,
            seen: now,
            content,
        };
        let oldest = set.iter_mut().min_by_key(|slot| slot.map_or(Timestamp(0), |d| d.seen));
        if let Some(Datagram { content: Content::Waiting(waiting), .. }) =
            oldest.and_then(|slot| slot.replace(datagram))
        {
            self.waiting -= 1;
            late.push(waiting);
        }
        first
    }

    /// Lets go of fragments that waited longer than the timeout.
    pub(crate) fn expire(&mut self, now: Timestamp, late: &mut Vec<Arrival>) {
        if self.waiting == 0 {
            return;
        }
        for slot in self.sets.iter_mut().flatten() {
            let Some(Datagram { seen, content: Content::Waiting(waiting), .. }) = slot else { continue };
            if now.since(*seen) > self.timeout_ns {
                late.push(*waiting);
                *slot = None;
                self.waiting -= 1;
            }
        }
    }
}
