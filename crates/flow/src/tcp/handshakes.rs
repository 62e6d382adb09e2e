use std::collections::{HashMap, VecDeque};

use foldhash::quality::RandomState;

use crate::tcp::signature::Observation;

/// The SYN and the SYN+ACK of one connection, `[src, dst]`.
pub type Handshake = [Option<Observation>; 2];

/// Handshakes that look different, most that a shard keeps.
const MOST: usize = 16_384;

/// Looks that are kept though no flow has them any more. The next flow of the same hosts has one of
/// them, and most flows are alone with theirs: without this each would be made and dropped for one.
const IDLE: usize = 256;

/// What the handshakes of open flows looked like, each kept once: a flow has the number of its own.
///
/// Hosts of one make look the same, so these are few; who invents a new look with every SYN gets
/// as far as the bound, and what he took comes back when his flows are over.
#[derive(Debug, Default)]
pub(crate) struct Handshakes {
    /// Keyed at random, because whoever sends SYNs chooses what is in it.
    numbers: HashMap<Handshake, u16, RandomState>,
    /// By number, from 1.
    slots: Vec<Slot>,
    /// Numbers of all that no flow has, those idle longest first, and of some that flows have again.
    idle: VecDeque<u16>,
}

#[derive(Debug)]
struct Slot {
    look: Handshake,
    flows: u32,
    /// Its number is in `idle`.
    queued: bool,
}

impl Handshakes {
    pub(crate) fn get(&self, number: u16) -> Option<&Handshake> {
        self.slots.get(usize::from(number).checked_sub(1)?).map(|slot| &slot.look)
    }

    /// One more flow with this handshake; its number, from 1. `None` at the bound.
    pub(crate) fn take(&mut self, handshake: &Handshake) -> Option<u16> {
        if let Some(&number) = self.numbers.get(handshake) {
            self.slot(number)?.flows += 1;
            return Some(number);
        }
        let slot = Slot { look: *handshake, flows: 1, queued: false };
        let number = match self.reuse() {
            Some(number) => {
                let before = std::mem::replace(self.slot(number)?, slot);
                self.numbers.remove(&before.look);
                number
            }
            None if self.slots.len() < MOST => {
                self.slots.push(slot);
                u16::try_from(self.slots.len()).ok()?
            }
            None => return None,
        };
        self.numbers.insert(*handshake, number);
        Some(number)
    }

    /// One flow less.
    pub(crate) fn give_back(&mut self, number: u16) {
        let Some(slot) = self.slot(number) else { return };
        slot.flows = slot.flows.saturating_sub(1);
        if slot.flows == 0 && !slot.queued {
            slot.queued = true;
            self.idle.push_back(number);
        }
    }

    /// The number that was idle longest, if enough are or there is no other.
    fn reuse(&mut self) -> Option<u16> {
        while self.idle.len() > IDLE || self.slots.len() >= MOST {
            let number = self.idle.pop_front()?;
            let slot = self.slot(number)?;
            slot.queued = false;
            if slot.flows == 0 {
                return Some(number);
            }
        }
        None
    }

    fn slot(&mut self, number: u16) -> Option<&mut Slot> {
        self.slots.get_mut(usize::from(number).checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(window: u16) -> Handshake {
        let mut seen = Observation::default();
        seen.window = window;
        [Some(seen), None]
    }

    #[test]
    fn one_look_is_kept_once_while_a_flow_has_it() {
        let mut all = Handshakes::default();
        let first = all.take(&looks(1)).unwrap();
        assert_eq!(all.take(&looks(1)), Some(first));
        assert_ne!(all.take(&looks(2)), Some(first));
        all.give_back(first);
        assert_eq!(all.get(first).copied(), Some(looks(1)));
        all.give_back(first);
        assert_eq!(all.take(&looks(1)), Some(first));
        assert_eq!(all.slots.len(), 2);
    }

    #[test]
    fn those_idle_longest_make_room_and_those_in_use_do_not() {
        let mut all = Handshakes::default();
        let kept = all.take(&looks(0)).unwrap();
        all.give_back(kept);
        assert_eq!(all.take(&looks(0)), Some(kept));
        for window in 1..=1_000 {
            let number = all.take(&looks(window)).unwrap();
            all.give_back(number);
        }
        assert_eq!(all.get(kept).copied(), Some(looks(0)));
        assert!(all.slots.len() <= IDLE + 2, "{}", all.slots.len());
        assert_eq!(all.slots.len(), all.numbers.len());
    }

    #[test]
    fn a_flood_of_looks_ends_at_the_bound() {
        let mut all = Handshakes::default();
        let got = (0..=u16::MAX).filter_map(|window| all.take(&looks(window))).count();
        assert_eq!((got, all.slots.len(), all.numbers.len()), (MOST, MOST, MOST));
        all.give_back(7);
        assert_eq!(all.take(&looks(u16::MAX)), Some(7));
    }
}
