//! State by source that one host's made-up sources cannot push out.

use wire::{MacAddr, Timestamp};

use crate::sketch::mixed;
use crate::table::Table;

/// Tables side by side: one for sources elsewhere, and several for those of this place, chosen by the
/// hardware address that their frames come from. Whoever makes up sources fills one of them.
#[derive(Debug)]
pub(crate) struct Shelves<K, V>(Vec<Table<K, V>>);

/// For sources of this place.
const LOCAL: u64 = 15;

/// Which of the tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Shelf(usize);

impl Shelf {
    /// That of a source.
    pub(crate) fn of(local: bool, mac: Option<MacAddr>) -> Self {
        let bytes = mac.map_or([0; 6], |mac| mac.0);
        let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self(if local { 1 + usize::try_from(mixed(number) % LOCAL).unwrap_or_default() } else { 0 })
    }
}

impl<K: Ord + Clone, V: Default> Shelves<K, V> {
    /// For at most so many keys, a quarter of them elsewhere.
    pub(crate) fn new(most: usize) -> Self {
        let local = (0..LOCAL).map(|_| Table::new(most / 20));
        Self(std::iter::once(Table::new(most / 4)).chain(local).collect())
    }

    /// The value of a key, which is new if it was not there; `None` if there is no room for it.
    pub(crate) fn at(&mut self, shelf: Shelf, key: &K, now: Timestamp) -> Option<&mut V> {
        self.0.get_mut(shelf.0)?.at(key, now)
    }

    /// The value of a key that is there, to change it.
    pub(crate) fn get_mut(&mut self, shelf: Shelf, key: &K) -> Option<&mut V> {
        self.0.get_mut(shelf.0)?.get_mut(key)
    }

    /// The key has shown something: it stays until it is idle.
    pub(crate) fn prove(&mut self, shelf: Shelf, key: &K) {
        if let Some(table) = self.0.get_mut(shelf.0) {
            table.prove(key);
        }
    }

    /// All keys in order, with their values to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().flat_map(Table::iter_mut)
    }

    /// Forgets keys that were not asked for within `idle_ns` before `now`.
    pub(crate) fn expire(&mut self, now: Timestamp, idle_ns: u64) {
        self.0.iter_mut().for_each(|table| table.expire(now, idle_ns));
    }

    /// Keys there are, and keys that were refused.
    pub(crate) fn load(&self) -> (usize, u64) {
        let loads = self.0.iter().map(Table::load);
        loads.fold((0, 0), |(keys, refused), load| (keys + load.0, refused + load.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_sources_of_one_host_leave_others_alone() {
        let now = Timestamp::new(1, 0);
        let [a, b] = [1, 2].map(|n| Shelf::of(true, Some(MacAddr([2, 0, 0, 0, 0, n]))));
        assert!(a != b && Shelf::of(false, None) == Shelf(0));
        let mut shelves: Shelves<u32, u32> = Shelves::new(2000);
        shelves.at(a, &0, now).unwrap();
        (1..100_000).for_each(|key| *shelves.at(b, &key, now).unwrap() = key);
        (1..100_000).for_each(|key| *shelves.at(Shelf::of(false, None), &key, now).unwrap() = key);
        assert!(shelves.get_mut(a, &0).is_some());
        assert_eq!(shelves.load().0, 1 + 100 + 500);
    }
}
