use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use wire::Timestamp;

use crate::listen::owner;

/// How many requests an address makes. Whoever is on this machine is not counted: they have better
/// ways to keep it busy.
#[derive(Debug, Default)]
pub(crate) struct Rate(Mutex<HashMap<IpAddr, u64>>);

/// One request each so many nanoseconds, in the long run: 100 a second.
const INTERVAL_NS: u64 = 10_000_000;
/// And so many at once.
const BURST: u64 = 400;
/// Addresses that are remembered; those that asked longest ago go first.
const MOST: usize = 4096;

impl Rate {
    /// One more request; false if it is one too many.
    ///
    /// A token bucket, kept as the time at which it will be full again.
    pub(crate) fn take(&self, from: IpAddr, now: Timestamp) -> bool {
        let from = owner(from);
        if from.is_loopback() {
            return true;
        }
        let now = now.0;
        let empty = now.saturating_add(BURST * INTERVAL_NS);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = all.get(&from).map_or(now, |&at| at.clamp(now, empty));
        let then = full_at.saturating_add(INTERVAL_NS);
        if then > empty {
            return false;
        }
        if all.len() >= MOST && !all.contains_key(&from) {
            all.retain(|_, at| *at > now);
            if all.len() >= MOST {
                return false;
            }
        }
        all.insert(from, then);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_a_steady_rate_for_each_address() {
        let (rate, one, other) =
            (Rate::default(), "192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let at = |second| Timestamp::new(second, 0);
        assert_eq!((0..1000).filter(|_| rate.take(one, at(10))).count(), 400);
        assert!(rate.take(other, at(10)));
        assert_eq!((0..1000).filter(|_| rate.take(one, at(11))).count(), 100);
        assert_eq!((0..1000).filter(|_| rate.take("127.0.0.1".parse().unwrap(), at(11))).count(), 1000);
    }

    #[test]
    fn many_addresses_take_no_memory() {
        let rate = Rate::default();
        for n in 0..10_000_u32 {
            rate.take(IpAddr::V4(n.into()), Timestamp::new(u64::from(n), 0));
        }
        assert!(rate.0.lock().unwrap().len() <= MOST);
    }
}
