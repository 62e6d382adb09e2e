use bytemuck::Zeroable;
use dpi::Engine;
use wire::tcp::flag;
use wire::{Packet, ip_protocol};

use super::{Ended, Shard};
use crate::arrival::Arrival;
use crate::entry::{Entry, bit};
use crate::pool::NONE;

impl Shard {
    /// A place for the flow that this packet opens. `None` if the system has no memory left.
    #[inline(never)]
    pub(super) fn open(
        &mut self,
        arrival: &Arrival,
        block: &[u8],
        dpi: &Engine,
        out: &mut Vec<Ended>,
    ) -> Option<u32> {
        // Two for one, so that a table that was made smaller gets there.
        for _ in 0..2 {
            if self.slab.len() >= self.max_flows {
                self.evict(arrival.time, out);
            }
        }
        let place = self.slab.allocate()?;
        if self.slab.len() > self.newcomers.watch_from(self.max_flows) {
            self.newcomers.add(place);
        }
        let label = match arrival.packet.protocol {
            ip_protocol::TCP | ip_protocol::UDP => None,
            protocol => dpi.portless(protocol),
        };
        let entry = self.slab.get_mut(place);
        write(entry, arrival, block);
        match label {
            Some(label) => entry.label = self.labels.number(label),
            None => entry.bits |= bit::INSPECT,
        }
        self.index.insert(arrival.hash, place);
        self.file(place, arrival.time.secs());
        self.counts.opened += 1;
        if self.listened {
            self.tell_opened(place, arrival);
        }
        Some(place)
    }
}

fn write(entry: &mut Entry, arrival: &Arrival, block: &[u8]) {
    let packet = &arrival.packet;
    let src_is_sender = sender_opens(packet);
    // Before the entry is written, whose lines are far away: what comes back by way of the stack waits
    // for all that was written before it.
    let (from, to) = packet.macs(arrival.frame(block));
    let (src, dst) = if src_is_sender { (from, to) } else { (to, from) };
    let macs = [src, dst].map(|mac| mac.map_or([0; 6], |m| m.0));
    *entry = Entry::zeroed();
    entry.key = arrival.key;
    entry.bits = bit::LIVE;
    if arrival.from_lo == src_is_sender {
        entry.bits |= bit::SRC_IS_LO;
    }
    entry.start = arrival.time.nanos();
    entry.last = entry.start;
    entry.extra = NONE;
    entry.quality = NONE;
    entry.interface = arrival.interface;
    if packet.protocol != ip_protocol::TCP {
        entry.icmp_or_handshake = [packet.icmp_type, packet.icmp_code];
    }
    entry.macs = macs;
    for (slot, id) in entry.vlans.iter_mut().zip(packet.vlans.ids()) {
        *slot = id | 0x8000;
    }
}

/// Whether the sender of a flow's first packet opened the flow.
///
/// A SYN+ACK answers. Without a handshake to go by, a packet from a service's port to a higher
/// one is an answer whose question was not seen.
fn sender_opens(packet: &Packet) -> bool {
    let (src, dst) = (packet.src_port, packet.dst_port);
    let from_service = src < 1024 && dst >= 1024 && src != 0;
    match packet.protocol {
        ip_protocol::TCP if packet.tcp_flags & flag::SYN != 0 => packet.tcp_flags & flag::ACK == 0,
        ip_protocol::TCP | ip_protocol::UDP => !from_service,
        _ => true,
    }
}
