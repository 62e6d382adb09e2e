//! Questions that a resolver passes on: whoever asked it is whose they are.

use std::net::IpAddr;

use dpi::Lookup;
use flow::Notice;
use wire::Timestamp;

use crate::domain::number;
use crate::spread::Spread;

/// Who was asked for what, lately.
#[derive(Debug)]
pub(crate) struct Relay {
    asked: Spread<(IpAddr, u64)>,
}

/// Beyond, what is passed on counts as the resolver's own.
const MOST: usize = 16_384;
/// Resolvers give up sooner.
const PATIENCE_NS: u64 = 15_000_000_000;

impl Default for Relay {
    fn default() -> Self {
        Self { asked: Spread::new(MOST) }
    }
}

impl Relay {
    /// Takes note of a message; true if its client had been asked the same by somebody else.
    pub(crate) fn passes_on(&mut self, notice: &Notice, lookup: &Lookup, now: Timestamp) -> bool {
        self.asked.expire(now, PATIENCE_NS);
        let question = lookup.rcode.is_none();
        let ends = (notice.src, notice.dst);
        let (client, server) = if lookup.from_src == question { ends } else { (ends.1, ends.0) };
        let name = number(&lookup.name);
        if question {
            self.asked.add((server, name), now);
        }
        self.asked.contains((client, name))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Bench, at, ip, lookup};

    use super::*;

    #[test]
    fn what_a_resolver_passes_on_is_not_its_own() {
        let mut relay = Relay::default();
        let mut passes = |s: u64, client: &str, server: &str, name: &str, rcode| {
            let (notice, lookup) = lookup(s * 1000, ip(client), ip(server), name, 1, rcode, 60);
            relay.passes_on(&notice, &lookup, at(s * 1000))
        };
        assert!(!passes(0, "10.0.0.1", "10.0.0.53", "a.example", None));
        assert!(passes(0, "10.0.0.53", "9.9.9.9", "A.example", None));
        assert!(passes(1, "10.0.0.53", "9.9.9.9", "a.example", Some(0)));
        assert!(!passes(1, "10.0.0.1", "10.0.0.53", "a.example", Some(0)));
        assert!(!passes(2, "10.0.0.53", "9.9.9.9", "b.example", None));
        assert!(!passes(60, "10.0.0.53", "9.9.9.9", "a.example", None));
    }

    #[test]
    fn whoever_asks_is_reported_not_the_resolver() {
        let mut bench = Bench::new();
        for n in 0..400 {
            let name = format!("qx{n}vkzjw{n}.example{n}.net");
            let ms = n * 100;
            for (client, server) in [("10.0.0.1", "10.0.0.53"), ("10.0.0.53", "9.9.9.9")] {
                bench.lookup(ms, [client, server], &name, 1, None, 60);
            }
            for (client, server) in [("10.0.0.53", "9.9.9.9"), ("10.0.0.1", "10.0.0.53")] {
                bench.lookup(ms + 20, [client, server], &name, 1, Some(3), 60);
            }
        }
        let alerts = bench.alerts();
        let who: Vec<_> = alerts.iter().filter(|alert| alert.detector == "nxdomain-burst").collect();
        assert_eq!(who.len(), 1);
        assert_eq!(who[0].src_ip, Some(ip("10.0.0.1")));
    }
}
