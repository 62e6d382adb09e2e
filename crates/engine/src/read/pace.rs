use wire::Timestamp;

/// When flows that have ended are handed on. Every way to read a file keeps the same pace, because
/// the order of records depends on it.
#[derive(Debug, Default)]
pub(super) struct Pace {
    second: u64,
    packets: u32,
}

/// A point between two packets that all workers come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    /// Packet time has come to this whole second: what was decided before is complete.
    Second(u64),
    /// So many packets came that what they ended must go on, complete or not.
    Packets,
}

/// Packets without a new second: in a capture whose time stands still, memory must not grow.
const MOST_PACKETS: u32 = 1 << 20;

impl Pace {
    /// What comes before a packet of this time.
    #[inline]
    pub(super) fn step(&mut self, time: Timestamp) -> Option<Mark> {
        self.packets += 1;
        let second = time.secs();
        if second > self.second {
            (self.second, self.packets) = (second, 0);
            return Some(Mark::Second(second));
        }
        if self.packets == MOST_PACKETS {
            self.packets = 0;
            return Some(Mark::Packets);
        }
        None
    }
}
