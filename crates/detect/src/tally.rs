//! How many different things within a time, exactly while they are few and about when they are many.

use wire::Timestamp;

use crate::sketch::Sketch;

/// Different keys: with their times up to a bound, from there on about how many.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Keys in order, and the second each was last seen in.
    exact: Vec<(u64, u32)>,
    beyond: Option<Box<Sketch>>,
}

impl Tally {
    /// Takes note of a key; at most `most` are kept with their times.
    pub(crate) fn add(&mut self, key: u64, now: Timestamp, most: usize) {
        let second = seconds(now);
        match self.exact.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => {
                if let Some((_, last)) = self.exact.get_mut(at) {
                    *last = second.max(*last);
                }
            }
            Err(at) if self.exact.len() < most => self.exact.insert(at, (key, second)),
            Err(_) => {
                let exact = &self.exact;
                let sketch = self.beyond.get_or_insert_with(|| {
                    let mut sketch = Box::<Sketch>::default();
                    exact.iter().for_each(|(key, _)| sketch.add(*key));
                    sketch
                });
                sketch.add(key);
            }
        }
    }

    /// Forgets a key.
    pub(crate) fn remove(&mut self, key: u64) {
        if let Ok(at) = self.exact.binary_search_by_key(&key, |(key, _)| *key) {
            self.exact.remove(at);
        }
    }

    /// Forgets keys that were last seen more than `window_ns` before `now`, unless there are so many
    /// that it does not know when each was.
    pub(crate) fn expire(&mut self, now: Timestamp, window_ns: u64) {
        if self.beyond.is_none() {
            let from = seconds(Timestamp(now.nanos().saturating_sub(window_ns)));
            self.exact.retain(|(_, last)| *last >= from);
        }
    }

    /// Keys that are known with their times and were seen within `window_ns` before `now`.
    pub(crate) fn within(&self, now: Timestamp, window_ns: u64) -> u64 {
        let from = seconds(Timestamp(now.nanos().saturating_sub(window_ns)));
        self.exact.iter().filter(|(_, last)| *last >= from).count() as u64
    }

    /// All keys.
    pub(crate) fn count(&self) -> u64 {
        let exact = self.exact.len() as u64;
        self.beyond.as_ref().map_or(exact, |sketch| sketch.count().max(exact))
    }

    /// Keys that are known with their times.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> {
        self.exact.iter().map(|(key, _)| *key)
    }

    /// There is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }
}

/// 136 years of them.
fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted_in_their_window_and_many_about() {
        let at = |s: u64| Timestamp::new(s, 0);
        let mut tally = Tally::default();
        (0..10).for_each(|key| tally.add(key, at(key), 100));
        tally.add(0, at(9), 100);
        assert_eq!((tally.count(), tally.within(at(9), 2_000_000_000)), (10, 4));
        tally.expire(at(9), 2_000_000_000);
        assert_eq!(tally.keys().collect::<Vec<_>>(), [0, 7, 8, 9]);
        (0..10_000).for_each(|key| tally.add(key, at(10), 100));
        assert!((8_000..12_000).contains(&tally.count()), "{}", tally.count());
        assert_eq!(tally.keys().count(), 100);
    }
}
