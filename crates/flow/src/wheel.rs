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

#[derive(Debug)]
pub(crate) struct Wheel {
    heads: Vec<u32>,
    /// One bit a slot: it is not empty. Finds the next one without a walk over an hour of slots.
    occupied: [u64; SLOTS / 64],
    /// Slots before this second are empty.
    second: u64,
    started: bool,
}

#[allow(clippy::indexing_slicing, reason = "slot numbers are remainders by SLOTS")]
impl Wheel {
    pub(crate) fn new() -> Self {
        Self { heads: vec![NONE; SLOTS], occupied: [0; SLOTS / 64], second: 0, started: false }
    }

    /// Files an entry under the second its time runs out.
    ///
    /// A deadline that has passed already comes up next, one beyond a turn at the end of this turn.
    pub(crate) fn file(&mut self, slab: &mut Slab, place: u32, now_second: u64, deadline_second: u64) {
        if !self.started {
            // The wheel starts to turn at the first packet, wherever in time that is.
            self.started = true;
            self.second = now_second;
        }
        let ahead = deadline_second.saturating_sub(self.second).min(SLOTS as u64 - 1);
        let slot = slot_of(self.second.wrapping_add(ahead));
        let next = self.heads[slot];
        self.heads[slot] = place;
        self.occupied[slot / 64] |= 1 << (slot % 64);
        let entry = slab.get_mut(place);
        entry.wheel_next = next;
        #[allow(clippy::cast_possible_truncation, reason = "a slot's number is below SLOTS")]
        let first = FIRST | slot as u32;
        entry.wheel_prev = first;
        if next != NONE {
            slab.get_mut(next).wheel_prev = place;
        }
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, slab: &mut Slab, place: u32) {
        let entry = slab.get(place);
        let (next, prev) = (entry.wheel_next, entry.wheel_prev);
        if prev & FIRST != 0 {
            let slot = (prev & !FIRST) as usize % SLOTS;
            self.heads[slot] = next;
            if next == NONE {
                self.occupied[slot / 64] &= !(1 << (slot % 64));
            }
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
            let place = self.heads[slot_of(self.second)];
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
        let second = self.second.wrapping_add(self.first_occupied_ahead()?);
        let place = self.heads[slot_of(second)];
        self.remove(slab, place);
        Some((place, second))
    }

    /// How many seconds ahead the next slot is that is not empty.
    fn first_occupied_ahead(&self) -> Option<u64> {
        let now = slot_of(self.second);
        let words = SLOTS / 64;
        // The word we are in comes twice: first its upper part, at last its lower one.
        (0..=words).find_map(|i| {
            let word = (now / 64 + i) % words;
            let mask = if i == 0 { u64::MAX << (now % 64) } else { u64::MAX };
            let bits = self.occupied[word] & mask;
            (bits != 0).then(|| {
                let slot = word * 64 + bits.trailing_zeros() as usize;
                ((slot + SLOTS - now) % SLOTS) as u64
            })
        })
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the remainder is below SLOTS")]
fn slot_of(second: u64) -> usize {
    (second % SLOTS as u64) as usize
}
