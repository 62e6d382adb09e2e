use wire::Flags;
use wire::tcp::flag;

use super::Shard;
use crate::arrival::Arrival;
use crate::pair::Who;
use crate::tcp::signature::Observation;

impl Shard {
    /// Takes down what a SYN, or the SYN+ACK that answers it, looks like. The first of each counts.
    #[cold]
    pub(super) fn observe(&mut self, place: u32, from: Who, arrival: &Arrival, block: &[u8]) {
        let packet = &arrival.packet;
        let is_answer = packet.tcp_flags & flag::ACK != 0;
        if is_answer != (from == Who::Dst) || packet.flags.has(Flags::FRAGMENT) {
            return;
        }
        let entry = self.slab.get_mut(place);
        let before = entry.handshake();
        let [src, dst] = self.handshakes.get(before).copied().unwrap_or_default();
        if (if is_answer { dst } else { src }).is_some() {
            return;
        }
        let Some(mut seen) = Observation::of(packet, arrival.frame(block)) else { return };
        let now = if is_answer {
            seen.peer_mss = src.map_or(0, |syn| syn.mss);
            [src, Some(seen)]
        } else {
            [Some(seen), dst]
        };
        match self.handshakes.take(&now) {
            Some(number) => {
                self.handshakes.give_back(before);
                entry.icmp_or_handshake = number.to_ne_bytes();
            }
            None => self.counts.unremembered += 1,
        }
    }
}
