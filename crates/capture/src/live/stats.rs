/// What a ring has seen since it was opened first; reopening goes on counting.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RingStats {
    /// Packets offered to the ring, those dropped included.
    pub packets: u64,
    /// Packets dropped because no block was free.
    pub drops: u64,
    /// How often the ring was full and the kernel stopped to wait for a block.
    pub freezes: u64,
    /// Blocks taken.
    pub blocks: u64,
    /// Of these, blocks that closed after a drop that [`Ring::stats`](super::Ring::stats) had not
    /// read yet (TP_STATUS_LOSING).
    pub losing_blocks: u64,
}

impl RingStats {
    /// Packets that reached the ring's memory.
    pub fn received(&self) -> u64 {
        self.packets.saturating_sub(self.drops)
    }

    /// Adds what PACKET_STATISTICS counted since it was read last. For TPACKET_V3 `tp_packets`
    /// includes the drops (net/packet/af_packet.c, packet_getsockopt).
    pub(super) fn add(&mut self, new: libc::tpacket_stats_v3) {
        self.packets += u64::from(new.tp_packets);
        self.drops += u64::from(new.tp_drops);
        self.freezes += u64::from(new.tp_freeze_q_cnt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up() {
        let mut stats = RingStats::default();
        for _ in 0..3 {
            stats.add(libc::tpacket_stats_v3 { tp_packets: u32::MAX, tp_drops: 5, tp_freeze_q_cnt: 1 });
        }
        assert_eq!(stats.packets, 3 * u64::from(u32::MAX));
        assert_eq!(stats.received(), stats.packets - 15);
        assert_eq!(stats.freezes, 3);
    }
}
