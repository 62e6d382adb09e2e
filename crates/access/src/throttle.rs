use std::collections::HashMap;
use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use wire::Timestamp;

/// How often logins may be tried: so many at once, then one each so many seconds.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: u64,
    interval_s: u64,
}

/// Of an address. IPv6 is counted by /64, which is what one host has for itself (RFC 4291 s2.5.1).
const OF_ADDRESS: Rate = Rate { burst: 10, interval_s: 30 };
/// Of a name: about 1,450 guesses a day, from however many addresses.
const OF_NAME: Rate = Rate { burst: 10, interval_s: 60 };
/// Entries of a table; about 100 KiB.
const MOST_ENTRIES: usize = 4096;
/// Addresses from which somebody logged in are remembered so long.
const KNOWN_S: u64 = 30 * 86_400;

/// Counts logins that are tried, by address and by name.
///
/// Guessing at a name must not lock out who is called so: where from somebody has logged in, only the
/// address counts.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    addresses: Buckets,
    names: Buckets,
    /// Name and address of logins that went well, and the second of the last.
    known: HashMap<(u128, u128), u64>,
}

impl Throttle {
    /// One more is tried. Refused with the seconds after which another may be.
    pub(crate) fn take(&mut self, name: &str, from: IpAddr, now: Timestamp) -> Result<Attempt, u64> {
        let (name, address, now) = (name_key(name), address_key(from), now.secs());
        self.addresses.take(address, OF_ADDRESS, now)?;
        let known = self.known.get(&(name, address)).is_some_and(|&last| now.saturating_sub(last) < KNOWN_S);
        if !known && let Err(wait_s) = self.names.take(name, OF_NAME, now) {
            self.addresses.give_back(address, OF_ADDRESS);
            return Err(wait_s);
        }
        Ok(Attempt { name, address, known })
    }

    /// It was right.
    pub(crate) fn succeeded(&mut self, attempt: Attempt, now: Timestamp) {
        let (name, from) = (attempt.name, attempt.address);
        self.give_back(attempt);
        if self.known.len() >= MOST_ENTRIES
            && !self.known.contains_key(&(name, from))
            && let Some(oldest) = self.known.iter().min_by_key(|(_, last)| **last).map(|(key, _)| *key)
        {
            self.known.remove(&oldest);
        }
        self.known.insert((name, from), now.secs());
    }

    /// It does not count.
    pub(crate) fn give_back(&mut self, attempt: Attempt) {
        self.addresses.give_back(attempt.address, OF_ADDRESS);
        if !attempt.known {
            self.names.give_back(attempt.name, OF_NAME);
        }
    }
}

/// A login that is tried. What is given back is what it took: somebody with a name of their own buys
/// no guesses at others with it.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Attempt {
    name: u128,
    address: u128,
    known: bool,
}

/// A token bucket a key, each kept as one number: the second at which it will be full again (GCRA, as
/// ITU-T I.371 has it).
#[derive(Debug, Default)]
struct Buckets(HashMap<u128, u64>);

impl Buckets {
    fn take(&mut self, key: u128, rate: Rate, now: u64) -> Result<(), u64> {
        let empty = now.saturating_add(rate.burst.saturating_mul(rate.interval_s));
        // Never further away than that of an empty bucket, should the clock have gone back.
        let full_at = self.0.get(&key).map_or(now, |&at| at.clamp(now, empty));
        let then = full_at.saturating_add(rate.interval_s);
        if then > empty {
            self.0.insert(key, full_at);
            return Err(then - empty);
        }
        self.make_room(key);
        self.0.insert(key, then);
        Ok(())
    }

    fn give_back(&mut self, key: u128, rate: Rate) {
        if let Some(full_at) = self.0.get_mut(&key) {
            *full_at = full_at.saturating_sub(rate.interval_s);
        }
    }

    /// The fullest bucket goes first: who is refused now stays refused, however many others come.
    fn make_room(&mut self, key: u128) {
        if self.0.len() >= MOST_ENTRIES
            && !self.0.contains_key(&key)
            && let Some(fullest) = self.0.iter().min_by_key(|(_, at)| **at).map(|(key, _)| *key)
        {
            self.0.remove(&fullest);
        }
    }
}

fn address_key(from: IpAddr) -> u128 {
    match from.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
    }
}

/// Names are as long as whoever tries them likes; this is not.
fn name_key(name: &str) -> u128 {
    let digest = Sha256::digest(name.to_ascii_lowercase().as_bytes());
    digest.iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::new(1_000_000 + second, 0)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many of so many are let through.
    fn passed(mut one: impl FnMut(u32) -> Result<Attempt, u64>) -> usize {
        (0..100).filter(|i| one(*i).is_ok()).count()
    }

    fn right(throttle: &mut Throttle, name: &str, from: &str, now: Timestamp) {
        let attempt = throttle.take(name, ip(from), now).unwrap();
        throttle.succeeded(attempt, now);
    }

    #[test]
    fn an_address_is_refused_whatever_name_it_tries() {
        let mut throttle = Throttle::default();
        assert_eq!(passed(|i| throttle.take(&format!("user{i}"), ip("192.0.2.1"), at(0))), 10);
        assert_eq!(throttle.take("x", ip("192.0.2.1"), at(0)), Err(30));
        assert_eq!(throttle.take("x", ip("192.0.2.1"), at(29)), Err(1));
        assert_eq!(throttle.take("x", ip("::ffff:192.0.2.1"), at(29)), Err(1));
        assert!(throttle.take("x", ip("192.0.2.2"), at(29)).is_ok());
        assert!(throttle.take("x", ip("192.0.2.1"), at(30)).is_ok());
        assert_eq!(throttle.take("x", ip("192.0.2.1"), at(30)), Err(30));
    }

    #[test]
    fn a_host_with_many_ipv6_addresses_is_one() {
        let mut throttle = Throttle::default();
        let hosts = |i| ip(&format!("2001:db8:0:1::{i:x}"));
        assert_eq!(passed(|i| throttle.take(&format!("user{i}"), hosts(i), at(0))), 10);
        let nets = |i| ip(&format!("2001:db8:0:{:x}::1", i + 2));
        assert_eq!(passed(|i| throttle.take(&format!("user{i}x"), nets(i), at(0))), 100);
    }

    #[test]
    fn a_name_is_refused_wherever_from() {
        let mut throttle = Throttle::default();
        let from = |i| ip(&format!("198.51.100.{i}"));
        assert_eq!(passed(|i| throttle.take(if i % 2 == 0 { "Bob" } else { "bob" }, from(i), at(0))), 10);
        assert_eq!(throttle.take("bob", ip("192.0.2.1"), at(0)), Err(60));
        assert!(throttle.take("eve", ip("192.0.2.1"), at(0)).is_ok());
        // What was refused for the name does not count for the address.
        assert_eq!(passed(|i| throttle.take(&format!("user{i}"), ip("192.0.2.1"), at(0))), 9);
    }

    #[test]
    fn guessing_does_not_lock_out_who_was_there_before() {
        let mut throttle = Throttle::default();
        right(&mut throttle, "bob", "192.0.2.1", at(0));
        assert_eq!(passed(|i| throttle.take("bob", ip(&format!("198.51.100.{i}")), at(1))), 10);
        assert_eq!(passed(|_| throttle.take("bob", ip("192.0.2.1"), at(1))), 10);
        assert!(throttle.take("bob", ip("192.0.2.1"), at(KNOWN_S)).is_ok());
    }

    #[test]
    fn what_was_right_does_not_count() {
        let mut throttle = Throttle::default();
        for i in 0..1000 {
            right(&mut throttle, "bob", "192.0.2.1", at(i / 100));
        }
    }

    #[test]
    fn a_name_of_ones_own_buys_no_guesses_at_others() {
        let mut throttle = Throttle::default();
        let mut guesses = 0;
        for _ in 0..100 {
            guesses += usize::from(throttle.take("bob", ip("192.0.2.1"), at(0)).is_ok());
            if let Ok(attempt) = throttle.take("eve", ip("192.0.2.1"), at(0)) {
                throttle.succeeded(attempt, at(0));
            }
        }
        assert_eq!(guesses, 10);
    }

    #[test]
    fn a_flood_of_addresses_and_names_takes_no_room_and_frees_nobody() {
        let mut throttle = Throttle::default();
        let guilty = ip("192.0.2.1");
        assert_eq!(passed(|_| throttle.take("bob", guilty, at(0))), 10);
        for i in 0..20_000_u128 {
            let from = IpAddr::V6((0x2001_0db8_u128 << 96 | i << 64).into());
            throttle.take(&format!("user{i}"), from, at(1)).unwrap();
        }
        assert_eq!((throttle.addresses.0.len(), throttle.names.0.len()), (MOST_ENTRIES, MOST_ENTRIES));
        assert!(throttle.take("bob", guilty, at(1)).is_err());
        assert!(throttle.take("bob", ip("192.0.2.2"), at(1)).is_err());
        for i in 0..5000_u32 {
            let from = format!("10.0.{}.{}", i >> 8, i & 255);
            right(&mut throttle, &format!("other{i}"), &from, at(1 + u64::from(i)));
        }
        assert_eq!(throttle.known.len(), MOST_ENTRIES);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let mut throttle = Throttle::default();
        assert_eq!(passed(|_| throttle.take("bob", ip("192.0.2.1"), at(500_000))), 10);
        assert_eq!(throttle.take("bob", ip("192.0.2.1"), at(0)), Err(30));
        assert_eq!(throttle.take("eve", ip("192.0.2.1"), at(29)), Err(1));
        assert!(throttle.take("eve", ip("192.0.2.1"), at(30)).is_ok());
        assert!(throttle.take("eve", ip("192.0.2.3"), Timestamp(u64::MAX)).is_ok());
    }
}
