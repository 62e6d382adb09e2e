//! How many different things within a time.

use std::collections::{BTreeMap, VecDeque};

use wire::Timestamp;

/// Different keys within a sliding window: exact up to a bound, and from there on a lower bound.
#[derive(Debug)]
pub(crate) struct Spread<K> {
    last: BTreeMap<K, Timestamp>,
    order: VecDeque<(Timestamp, K)>,
    most: usize,
    /// Keys that had no room.
    pub(crate) beyond: u64,
}

impl<K: Ord + Copy> Spread<K> {
    /// Remembers at most so many.
    pub(crate) fn new(most: usize) -> Self {
        Self { last: BTreeMap::new(), order: VecDeque::new(), most, beyond: 0 }
    }

    /// Takes note of a key; true if it is new.
    pub(crate) fn add(&mut self, key: K, now: Timestamp) -> bool {
        if let Some(last) = self.last.get_mut(&key) {
            *last = now.max(*last);
            return false;
        }
        if self.last.len() >= self.most {
            self.beyond += 1;
            return false;
        }
        self.last.insert(key, now);
        self.order.push_back((now, key));
        true
    }

    /// Forgets keys of which that is so.
    pub(crate) fn remove_if(&mut self, is: impl Fn(&K) -> bool) {
        self.last.retain(|key, _| !is(key));
    }

    /// Forgets keys that were last seen `window_ns` or longer before `now`.
    pub(crate) fn expire(&mut self, now: Timestamp, window_ns: u64) {
        while let Some(&(noted, key)) = self.order.front() {
            if now.since(noted) < window_ns {
                return;
            }
            self.order.pop_front();
            match self.last.get(&key).copied() {
                // Seen again since: its turn comes later.
                Some(last) if now.since(last) < window_ns => self.order.push_back((last, key)),
                Some(_) => drop(self.last.remove(&key)),
                None => {}
            }
        }
    }

    /// Keys in the window.
    pub(crate) fn len(&self) -> usize {
        self.last.len()
    }

    /// No key is in the window.
    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// The key is in the window.
    pub(crate) fn contains(&self, key: K) -> bool {
        self.last.contains_key(&key)
    }

    /// The keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = K> {
        self.last.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_again_stays_in_the_window() {
        let at = |s: u64| Timestamp::new(s, 0);
        let mut spread = Spread::new(10);
        assert!(spread.add(1, at(0)));
        assert!(spread.add(2, at(1)));
        assert!(!spread.add(1, at(5)));
        spread.expire(at(10), 6_000_000_000);
        assert_eq!(spread.keys().collect::<Vec<_>>(), [1]);
        spread.expire(at(11), 6_000_000_000);
        assert!(spread.is_empty());
    }

    #[test]
    fn beyond_the_bound_is_counted() {
        let mut spread = Spread::new(2);
        for key in 0..5 {
            spread.add(key, Timestamp(0));
        }
        assert_eq!((spread.len(), spread.beyond), (2, 3));
    }
}
