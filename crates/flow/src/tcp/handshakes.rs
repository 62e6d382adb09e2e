use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use crate::tcp::signature::Observation;

/// The SYN and the SYN+ACK of one connection, `[src, dst]`.
pub type Handshake = [Option<Observation>; 2];

/// Handshakes that look different, most that a shard keeps.
const MOST: usize = 16_384;

/// What the handshakes of open flows looked like, each kept once: a flow has the number of its own.
///
/// Hosts of one make look the same, so these are few; who invents a new look with every SYN gets
/// as far as the bound, and what he took comes back when his flows are over.
#[derive(Debug, Default)]
pub(crate) struct Handshakes {
    /// Keyed at random, because whoever sends SYNs chooses what is in it.
    numbers: HashMap<Arc<Handshake>, u16, RandomState>,
    /// By number, from 1, with how many flows have it.
    slots: Vec<(Arc<Handshake>, u32)>,
    free: Vec<u16>,
}

impl Handshakes {
    pub(crate) fn get(&self, number: u16) -> Option<&Arc<Handshake>> {
        self.slots.get(usize::from(number).checked_sub(1)?).map(|(handshake, _)| handshake)
    }

    /// One more flow with this handshake; its number, from 1. `None` at the bound.
    pub(crate) fn take(&mut self, handshake: &Handshake) -> Option<u16> {
        if let Some(&number) = self.numbers.get(handshake) {
            let (_, flows) = self.slots.get_mut(usize::from(number).checked_sub(1)?)?;
            *flows += 1;
            return Some(number);
        }
        let shared = Arc::new(*handshake);
        let number = match self.free.pop() {
            Some(number) => {
                *self.slots.get_mut(usize::from(number).checked_sub(1)?)? = (Arc::clone(&shared), 1);
                number
            }
            None if self.slots.len() < MOST => {
                self.slots.push((Arc::clone(&shared), 1));
                u16::try_from(self.slots.len()).ok()?
            }
            None => return None,
        };
        self.numbers.insert(shared, number);
        Some(number)
    }

    /// One flow less.
    pub(crate) fn give_back(&mut self, number: u16) {
        let Some(slot) = usize::from(number).checked_sub(1).and_then(|at| self.slots.get_mut(at)) else {
            return;
        };
        slot.1 = slot.1.saturating_sub(1);
        if slot.1 == 0 {
            self.numbers.remove(&slot.0);
            self.free.push(number);
        }
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
    fn one_look_is_kept_once_and_goes_with_its_last_flow() {
        let mut all = Handshakes::default();
        let first = all.take(&looks(1)).unwrap();
        assert_eq!(all.take(&looks(1)), Some(first));
        assert_ne!(all.take(&looks(2)), Some(first));
        all.give_back(first);
        assert_eq!(all.get(first).map(|h| **h), Some(looks(1)));
        all.give_back(first);
        assert_eq!(all.take(&looks(3)), Some(first));
        assert_eq!(all.slots.len(), 2);
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
