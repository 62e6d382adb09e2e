//! What is counted of the five minutes that go on.

use std::net::IpAddr;

use wire::{MacAddr, Timestamp};

/// Peers that are kept: with whom most was exchanged is among them if it was more than a share.
const MOST_PEERS: usize = 8;

/// What one address, or all together, sent and received.
#[derive(Clone, Debug, Default)]
pub(super) struct Current {
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) mac: Option<MacAddr>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Timestamp,
    peers: Vec<(IpAddr, u64)>,
}

impl Current {
    pub(super) fn add(&mut self, sent: u64, received: u64, peer: IpAddr, now: Timestamp) {
        self.sent = self.sent.saturating_add(sent);
        self.received = self.received.saturating_add(received);
        self.first.get_or_insert(now);
        self.last = self.last.max(now);
        self.count_peer(peer, sent.saturating_add(received));
    }

    /// Another address of the same device.
    pub(super) fn join(&mut self, other: &Self) {
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
        self.mac = self.mac.or(other.mac);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        other.peers.iter().for_each(|(peer, bytes)| self.count_peer(*peer, *bytes));
    }

    pub(super) fn bytes(&self) -> u64 {
        self.sent.saturating_add(self.received)
    }

    /// With whom most was exchanged, and about how much.
    pub(super) fn main_peer(&self) -> Option<(IpAddr, u64)> {
        self.peers.iter().copied().max_by_key(|(peer, bytes)| (*bytes, *peer))
    }

    /// Space-saving (Metwally 2005): a newcomer takes the place of the least, and its count.
    fn count_peer(&mut self, peer: IpAddr, bytes: u64) {
        if let Some((_, count)) = self.peers.iter_mut().find(|(known, _)| *known == peer) {
            *count = count.saturating_add(bytes);
        } else if self.peers.len() < MOST_PEERS {
            self.peers.push((peer, bytes));
        } else if let Some(least) = self.peers.iter_mut().min_by_key(|(peer, count)| (*count, *peer)) {
            *least = (peer, least.1.saturating_add(bytes));
        }
    }
}
