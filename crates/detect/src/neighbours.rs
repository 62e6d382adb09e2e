//! Who on the link was asked for and did not answer (RFC 826, RFC 4861 s7.2).

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;

use wire::{MacAddr, Timestamp, arp};

use crate::happening::{Frame, Seen};
use crate::table::Table;

/// A question that got no answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Vain {
    /// When it was asked.
    pub made: Timestamp,
    /// The station that asked.
    pub by: MacAddr,
    /// The address that it gave for its own, if it gave one.
    pub src: Option<IpAddr>,
    /// Who was asked for.
    pub target: IpAddr,
}

/// Questions that wait for their answer.
///
/// Behind a switch answers are not seen, but whoever lives asks now and then, too, and is known by
/// that.
#[derive(Debug)]
pub(crate) struct Neighbours {
    waiting: BTreeSet<(MacAddr, IpAddr)>,
    order: VecDeque<Vain>,
    living: Table<IpAddr, Timestamp>,
    /// Questions that found no room.
    refused: u64,
}

/// A question is repeated after a second (RFC 4861 s10 `RetransTimer`; Linux does so for ARP), and a
/// DHCP client that was given an address answers for it soon.
const PATIENCE_NS: u64 = 2_500_000_000;
/// On a link answers take less.
const LEAST_PATIENCE_NS: u64 = 100_000_000;
/// Who was heard of within this time lives.
const ALIVE_NS: u64 = 1_200_000_000_000;
/// Questions waited for.
const MOST_WAITING: usize = 16_384;
/// Addresses known to live.
const MOST_LIVING: usize = 16_384;

impl Default for Neighbours {
    fn default() -> Self {
        Self { waiting: BTreeSet::new(), order: VecDeque::new(), living: Table::new(MOST_LIVING), refused: 0 }
    }
}

impl Neighbours {
    /// Takes in what was seen in a frame.
    pub(crate) fn frame(&mut self, frame: &Frame) {
        match frame.seen {
            Seen::Arp { operation, sender: (mac, ip), target: (_, target) } => {
                if !ip.is_unspecified() {
                    self.lives(ip.into(), frame.time);
                }
                if operation == arp::operation::REQUEST && ip != target {
                    let src = (!ip.is_unspecified()).then_some(IpAddr::V4(ip));
                    let by = frame.macs[0].unwrap_or(mac);
                    self.ask(Vain { made: frame.time, by, src, target: target.into() });
                }
            }
            Seen::NeighbourSolicited { src, target } => {
                let Some(by) = frame.macs[0] else { return };
                if src.is_unspecified() {
                    // It checks an address of its own (RFC 4862 s5.4).
                    self.lives(target.into(), frame.time);
                } else {
                    self.lives(src.into(), frame.time);
                    self.ask(Vain { made: frame.time, by, src: Some(src.into()), target: target.into() });
                }
            }
            Seen::NeighbourAdvertised { src, target, .. } => {
                self.lives(src.into(), frame.time);
                self.lives(target.into(), frame.time);
            }
            _ => {}
        }
    }

    /// The next question that nobody has answered in time; at the end of a capture, in the time there
    /// was.
    pub(crate) fn next_vain(&mut self, now: Timestamp, is_end: bool) -> Option<Vain> {
        let patience_ns = if is_end { LEAST_PATIENCE_NS } else { PATIENCE_NS };
        while self.order.front().is_some_and(|asked| asked.made + patience_ns <= now) {
            let asked = self.order.pop_front()?;
            self.waiting.remove(&(asked.by, asked.target));
            let last = self.living.get(&asked.target);
            if last.is_none_or(|last| now.since(*last) >= ALIVE_NS) {
                return Some(asked);
            }
        }
        None
    }

    /// Packet time has come to `now`.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.living.expire(now, ALIVE_NS);
    }

    /// Addresses and questions there are, and those that found no room.
    pub(crate) fn load(&self) -> (usize, u64) {
        (self.living.load().0 + self.order.len(), self.refused)
    }

    fn lives(&mut self, ip: IpAddr, now: Timestamp) {
        if let Some(last) = self.living.at(&ip, now) {
            *last = now.max(*last);
        }
    }

    fn ask(&mut self, asked: Vain) {
        if self.order.len() >= MOST_WAITING {
            self.refused += 1;
        } else if self.waiting.insert((asked.by, asked.target)) {
            self.order.push_back(asked);
        }
    }
}
