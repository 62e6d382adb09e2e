//! From host to host to host: whoever was just entered enters the next.

use std::collections::VecDeque;
use std::net::IpAddr;

use wire::{MacAddr, Timestamp};

/// One host entered from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub(super) client: IpAddr,
    pub(super) server: IpAddr,
    pub(super) service: &'static str,
    pub(super) at: Timestamp,
    pub(super) mac: Option<MacAddr>,
    /// The session has shown that it was used. One that is still open may: who goes on through a host
    /// stays connected to it, so that the last session of a chain is the first to end.
    pub(super) entered: bool,
}

/// Steps of the last minutes, in the order in which they were seen.
#[derive(Debug, Default)]
pub(super) struct Chains {
    steps: VecDeque<Step>,
    refused: u64,
}

/// From one step to the next it takes no longer.
const MOST_BETWEEN_NS: u64 = 900_000_000_000;
/// A session is waited for no longer than that.
const KEPT_NS: u64 = 3_600_000_000_000;
const MOST_STEPS: usize = 1024;
/// Steps of one client, so that one cannot fill the table.
const MOST_OF_ONE: usize = 32;
const MOST_HOPS: usize = 16;

impl Chains {
    /// Takes note of a step; the chain that it is part of, from its beginning.
    pub(super) fn step(&mut self, step: Step) -> Vec<Step> {
        let same = |known: &&mut Step| (known.client, known.server) == (step.client, step.server);
        if let Some(known) = self.steps.iter_mut().find(same) {
            known.entered |= step.entered;
            known.mac = known.mac.or(step.mac);
            known.at = known.at.min(step.at);
        } else {
            let of_one = self.steps.iter().filter(|known| known.client == step.client).count();
            if of_one >= MOST_OF_ONE || self.steps.len() >= MOST_STEPS {
                self.refused += 1;
                return Vec::new();
            }
            self.steps.push_back(step);
        }
        if step.entered { self.through(&step) } else { Vec::new() }
    }

    /// A session ended without having been used.
    pub(super) fn unused(&mut self, client: IpAddr, server: IpAddr) {
        self.steps.retain(|step| step.entered || (step.client, step.server) != (client, server));
    }

    /// Forgets what is too old to be gone on from.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.steps.retain(|step| now.since(step.at) < KEPT_NS);
    }

    pub(super) fn load(&self) -> (usize, u64) {
        (self.steps.len(), self.refused)
    }

    fn through(&self, step: &Step) -> Vec<Step> {
        let mut chain = VecDeque::from([*step]);
        while chain.len() < MOST_HOPS
            && let Some(first) = chain.front()
            && let Some(before) = self.before(first, &chain)
        {
            chain.push_front(*before);
        }
        while chain.len() < MOST_HOPS
            && let Some(last) = chain.back()
            && let Some(after) = self.after(last, &chain)
        {
            chain.push_back(*after);
        }
        chain.into()
    }

    /// Who had entered the client, the latest first.
    fn before(&self, step: &Step, chain: &VecDeque<Step>) -> Option<&Step> {
        let is = |one: &&Step| one.server == step.client && follows(one, step) && !has(chain, one.client);
        self.steps.iter().filter(is).max_by_key(|one| one.at)
    }

    /// Whom the server entered then, the earliest first.
    fn after(&self, step: &Step, chain: &VecDeque<Step>) -> Option<&Step> {
        let is = |one: &&Step| {
            one.entered && one.client == step.server && follows(step, one) && !has(chain, one.server)
        };
        self.steps.iter().filter(is).min_by_key(|one| one.at)
    }
}

fn follows(first: &Step, next: &Step) -> bool {
    first.at <= next.at && next.at.since(first.at) <= MOST_BETWEEN_NS
}

/// A server that calls its client back is no further step.
fn has(chain: &VecDeque<Step>, host: IpAddr) -> bool {
    chain.iter().any(|step| step.client == host || step.server == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(client: u8, server: u8, second: u64, entered: bool) -> Step {
        let host = |n| IpAddr::from([10, 0, 0, n]);
        let at = Timestamp::new(second, 0);
        Step { client: host(client), server: host(server), service: "ssh", at, mac: None, entered }
    }

    #[test]
    fn open_sessions_are_part_of_it_once_the_last_was_used() {
        let mut chains = Chains::default();
        assert!(chains.step(step(1, 2, 0, false)).is_empty());
        assert!(chains.step(step(2, 3, 60, false)).is_empty());
        let chain = chains.step(step(3, 4, 120, true));
        assert_eq!(chain.iter().map(|step| step.at.secs()).collect::<Vec<_>>(), [0, 60, 120]);
        assert_eq!(chains.step(step(1, 2, 0, true)).len(), 1, "what follows is not certain yet");
        assert_eq!(chains.step(step(2, 3, 60, true)).len(), 3);
    }

    #[test]
    fn near_misses() {
        let mut chains = Chains::default();
        chains.step(step(1, 2, 1000, true));
        assert_eq!(chains.step(step(2, 1, 1001, true)).len(), 1, "called back");
        assert_eq!(chains.step(step(2, 3, 900, true)).len(), 1, "before it was entered");
        assert_eq!(chains.step(step(2, 4, 5000, true)).len(), 1, "much later");
        chains.step(step(5, 6, 1000, false));
        chains.unused(step(5, 6, 0, false).client, step(5, 6, 0, false).server);
        assert_eq!(chains.step(step(6, 7, 1001, true)).len(), 1, "refused");
    }

    #[test]
    fn steps_are_bounded() {
        let mut chains = Chains::default();
        for n in 0..100 {
            chains.step(step(1, n, 0, true));
        }
        assert_eq!(chains.load(), (32, 68));
        chains.expire(Timestamp::new(4000, 0));
        assert_eq!(chains.load().0, 0);
    }
}
