//! When flows run out: a wheel of one-second slots.
//!
//! A packet does not move its flow's place in the wheel. When the slot comes up, the owner looks
//! at the flow's last packet and puts it back if it still has time. Only a flow whose time gets
//! shorter (a closed connection) is moved at once; for that, the slots are doubly linked lists
//! through the entries themselves.

use crate::slab::Slab;

/// Slots: more than an hour, so that the longest default timeout fits in one turn. A later
/// deadline is looked at on the way and put back.
const SLOTS: usize = 4096;
const NONE: u32 = u32::MAX;
/// In `wheel_prev`: this entry is the first of the slot in the low bits.
const FIRST: u32 = 1 << 31;

/// Which slot a second is filed in.
#[allow(clippy::cast_possible_truncation, reason = "the remainder is below SLOTS")]
fn slot_of(second: u64) -> u32 {
    (second % SLOTS as u64) as u32
}

#[derive(Debug)]
pub(crate) struct Wheel {
    heads: Vec<u32>,
    /// Slots before this second are empty.
    second: u64,
    started: bool,
}

#[allow(clippy::indexing_slicing, reason = "slot numbers are masked by SLOTS")]
impl Wheel {
    pub(crate) fn new() -> Self {
        Self { heads: vec![NONE; SLOTS], second: 0, started: false }
    }

    /// Files an entry under the second its time runs out.
    pub(crate) fn file(&mut self, slab: &mut Slab, place: u32, now_second: u64, deadline_second: u64) {
        if !self.started {
            // The wheel starts to turn at the first packet, wherever in time that is.
            self.started = true;
            self.second = now_second;
        }
        let ahead = deadline_second.saturating_sub(self.second).min(SLOTS as u64 - 1);
        let slot = slot_of(self.second + ahead);
        let next = self.heads[slot as usize];
        self.heads[slot as usize] = place;
        let entry = slab.get_mut(place);
        entry.wheel_next = next;
        entry.wheel_prev = FIRST | slot;
        if next != NONE {
            slab.get_mut(next).wheel_prev = place;
        }
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, slab: &mut Slab, place: u32) {
        let (next, prev) = {
            let entry = slab.get(place);
            (entry.wheel_next, entry.wheel_prev)
        };
        if prev & FIRST != 0 {
            self.heads[(prev & !FIRST) as usize % SLOTS] = next;
        } else {
            slab.get_mut(prev).wheel_next = next;
        }
        if next != NONE {
            slab.get_mut(next).wheel_prev = prev;
        }
    }

    /// Takes out one entry whose second is before `second`; `None` when there is no more, and the
    /// wheel has turned there.
    pub(crate) fn pop_before(&mut self, slab: &mut Slab, second: u64) -> Option<u32> {
        if !self.started {
            return None;
        }
        // A jump over more than a turn needs one turn.
        self.second = self.second.max(second.saturating_sub(SLOTS as u64));
        while self.second < second {
            let place = self.heads[slot_of(self.second) as usize];
            if place != NONE {
                self.remove(slab, place);
                return Some(place);
            }
            self.second += 1;
        }
        None
    }

    /// Takes out an entry of the earliest slot, and says which second that was.
    pub(crate) fn pop_earliest(&mut self, slab: &mut Slab) -> Option<(u32, u64)> {
        let (place, second) = (0..SLOTS as u64)
            .map(|ahead| self.second + ahead)
            .map(|second| (self.heads[slot_of(second) as usize], second))
            .find(|(place, _)| *place != NONE)?;
        self.remove(slab, place);
        Some((place, second))
    }
}
