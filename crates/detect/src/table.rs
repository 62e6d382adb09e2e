//! State by key that a flood of made-up keys can neither exhaust nor empty.

use std::collections::{BTreeMap, VecDeque};

use wire::Timestamp;

/// A bounded map. At the bound a new key takes the place of the oldest that has shown nothing yet;
/// if all have, it is refused, and counted. Keys are ordered, so that walking it gives one order.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    map: BTreeMap<K, Slot<V>>,
    /// Keys that have shown nothing yet, oldest first; some are gone or have shown something.
    young: VecDeque<K>,
    most: usize,
    refused: u64,
}

#[derive(Debug)]
struct Slot<V> {
    value: V,
    last: Timestamp,
    proven: bool,
}

impl<K: Ord + Clone, V: Default> Table<K, V> {
    /// For at most so many keys.
    pub(crate) fn new(most: usize) -> Self {
        Self { map: BTreeMap::new(), young: VecDeque::new(), most, refused: 0 }
    }

    /// The value of a key, which is new if it was not there; `None` if there is no room for it.
    pub(crate) fn at(&mut self, key: &K, now: Timestamp) -> Option<&mut V> {
        if !self.map.contains_key(key) {
            if self.map.len() >= self.most && !self.make_room() {
                self.refused += 1;
                return None;
            }
            self.young.push_back(key.clone());
            if self.young.len() > self.most.saturating_mul(2) {
                let map = &self.map;
                self.young.retain(|key| map.get(key).is_some_and(|slot| !slot.proven));
            }
        }
        let fresh = || Slot { value: V::default(), last: now, proven: false };
        let slot = self.map.entry(key.clone()).or_insert_with(fresh);
        slot.last = slot.last.max(now);
        Some(&mut slot.value)
    }

    /// The key has shown something: it stays until it is idle.
    pub(crate) fn prove(&mut self, key: &K) {
        if let Some(slot) = self.map.get_mut(key) {
            slot.proven = true;
        }
    }

    /// The value of a key that is there.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key).map(|slot| &slot.value)
    }

    /// The value of a key that is there, to change it.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key).map(|slot| &mut slot.value)
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.map.remove(key).map(|slot| slot.value)
    }

    /// All keys in order, with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter().map(|(key, slot)| (key, &slot.value))
    }

    /// All keys in order, with their values to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.map.iter_mut().map(|(key, slot)| (key, &mut slot.value))
    }

    /// Forgets keys that were not asked for within `idle_ns` before `now`.
    pub(crate) fn expire(&mut self, now: Timestamp, idle_ns: u64) {
        self.map.retain(|_, slot| now.since(slot.last) < idle_ns);
        if self.map.is_empty() {
            self.young.clear();
        }
    }

    /// Keys there are, and keys that were refused.
    pub(crate) fn load(&self) -> (usize, u64) {
        (self.map.len(), self.refused)
    }

    fn make_room(&mut self) -> bool {
        while let Some(key) = self.young.pop_front() {
            if self.map.get(&key).is_some_and(|slot| !slot.proven) {
                self.map.remove(&key);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    #[test]
    fn who_has_shown_something_stays() {
        let mut table: Table<u32, u32> = Table::new(3);
        for key in 0..3 {
            *table.at(&key, NOW).unwrap() = key;
        }
        table.prove(&0);
        for key in 10..1000 {
            assert!(table.at(&key, NOW).is_some());
        }
        assert_eq!(table.get(&0), Some(&0));
        assert_eq!(table.load(), (3, 0));
        assert!(table.young.len() <= 6);
    }

    #[test]
    fn when_all_have_shown_something_new_keys_are_refused() {
        let mut table: Table<u32, u32> = Table::new(2);
        for key in 0..2 {
            table.at(&key, NOW).unwrap();
            table.prove(&key);
        }
        assert!(table.at(&2, NOW).is_none());
        assert_eq!(table.load(), (2, 1));
        table.expire(NOW + 10, 10);
        assert!(table.at(&2, NOW).is_some());
    }
}
