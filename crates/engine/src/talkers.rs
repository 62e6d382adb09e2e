use flow::{Arrival, FlowKey};

/// The busiest flows of the current second, in fixed memory.
///
/// One slot a hash: a flow that finds its slot taken wears the holder down by its own bytes and
/// takes over when nothing is left (Boyer-Moore majority vote a slot). The heavy flows stay.
#[derive(Debug)]
pub(crate) struct Talkers {
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: FlowKey,
    hash: u64,
    /// Bytes that others would have to send to take the slot.
    lead: u64,
    bytes: u64,
}

const SLOTS: usize = 512;

impl Talkers {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::with_capacity(SLOTS) }
    }

    pub(crate) fn count(&mut self, arrival: &Arrival) {
        let bytes = u64::from(arrival.packet.bytes);
        let fresh = Slot { key: arrival.key, hash: arrival.hash, lead: bytes, bytes };
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Slot { lead: 0, bytes: 0, ..fresh });
        }
        let number = usize::try_from(arrival.hash % SLOTS as u64).ok();
        let Some(slot) = number.and_then(|n| self.slots.get_mut(n)) else { return };
        if slot.hash == arrival.hash {
            slot.lead += bytes;
            slot.bytes += bytes;
        } else if slot.lead <= bytes {
            *slot = fresh;
        } else {
            slot.lead -= bytes;
        }
    }

    /// The busiest `n` with their bytes, busiest first; starts a new second.
    pub(crate) fn take(&mut self, n: usize) -> Vec<(u64, FlowKey, u64)> {
        let mut all: Vec<_> =
            self.slots.iter().filter(|s| s.bytes > 0).map(|s| (s.bytes, s.key, s.hash)).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.truncate(n);
        self.slots.clear();
        all.into_iter().map(|(bytes, key, hash)| (hash, key, bytes)).collect()
    }
}
