//! Who says that an address is his, and whether anybody asked.

use std::net::IpAddr;

use inventory::Inventory;
use wire::{MacAddr, Timestamp, arp};

use crate::happening::{Frame, Seen};
use crate::table::Table;

/// What stations said of addresses.
#[derive(Debug)]
pub(crate) struct Claims {
    addresses: Table<Key, Address>,
}

/// A VLAN and an address in it.
pub(crate) type Key = (Option<u16>, IpAddr);

/// What was said of one address.
#[derive(Debug, Default)]
pub(crate) struct Address {
    /// Those who claim it, in the order they came.
    pub(crate) claimants: Vec<Claimant>,
    /// When somebody asked for it last, and who of the claimants answered since.
    asked: Option<Timestamp>,
    asker: MacAddr,
    answered: Vec<MacAddr>,
    /// Times that two stations answered one question.
    pub(crate) double_answers: u32,
    /// Times that the last claimant was another than the one before.
    pub(crate) changes: u32,
    last: Option<MacAddr>,
    /// When `changes` began to be counted.
    since: Timestamp,
    changed: Timestamp,
}

/// A station that says that an address is its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claimant {
    pub(crate) mac: MacAddr,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// It began with an answer that was asked for, or by using the address.
    pub(crate) began_honest: bool,
    /// Answers that somebody had asked for, and questions asked in the name of the address.
    pub(crate) honest: u32,
    /// Answers to one station that it had not asked for.
    pub(crate) unasked: u32,
    /// Announcements to all; those within a second are one.
    pub(crate) announced: u32,
}

/// An answer comes within this time of its question.
const ANSWER_NS: u64 = 2_000_000_000;
/// Whoever was answered knows it for longer than this.
const NEEDLESS_NS: u64 = 10_000_000_000;
/// Changes further apart than this are moves of an address, not a quarrel about it.
const QUARREL_NS: u64 = 600_000_000_000;
/// What was said longer ago does not count.
const OLD_NS: u64 = 3_600_000_000_000;
/// Whoever takes over an address says so several times at once.
const BURST_NS: u64 = 1_000_000_000;
const MOST_ADDRESSES: usize = 16_384;
const MOST_CLAIMANTS: usize = 8;

/// How an address was claimed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Honest,
    Unasked,
    Announced,
}

impl Default for Claims {
    fn default() -> Self {
        Self { addresses: Table::new(MOST_ADDRESSES) }
    }
}

impl Claims {
    /// Takes in a frame; the address it is about, if it claims one that others claim, too.
    pub(crate) fn take(&mut self, frame: &Frame, inventory: &Inventory) -> Option<(Key, &Address)> {
        let (ip, mac, way) = match &frame.seen {
            Seen::Arp { operation, sender, target } => {
                let (mac, ip) = *sender;
                let request = *operation == arp::operation::REQUEST;
                let needless = request && self.is_needless(frame, mac, IpAddr::V4(target.1));
                if request && target.1 != ip {
                    self.ask(frame, IpAddr::V4(target.1), mac);
                }
                if ip.is_unspecified() {
                    return None; // A probe claims nothing (RFC 5227 s2.1.1).
                }
                let way = if target.1 == ip {
                    Way::Announced
                } else if needless {
                    Way::Unasked
                } else if request || self.is_asked(frame, IpAddr::V4(ip)) {
                    Way::Honest
                } else {
                    Way::Unasked
                };
                (IpAddr::V4(ip), mac, way)
            }
            Seen::NeighbourSolicited { target, .. } => {
                self.ask(frame, IpAddr::V6(*target), frame.macs[0].unwrap_or_default());
                return None;
            }
            Seen::NeighbourAdvertised { target, mac, solicited, .. } => {
                let ip = IpAddr::V6(*target);
                let way = match (self.is_asked(frame, ip), solicited) {
                    (true, _) => Way::Honest,
                    (false, true) => Way::Unasked,
                    (false, false) => Way::Announced,
                };
                (ip, mac.or(frame.macs[0])?, way)
            }
            _ => return None,
        };
        if mac.is_group() || mac.0 == [0; 6] || inventory.is_virtual(mac) {
            return None;
        }
        let key = (frame.vlan, ip);
        let address = self.addresses.at(&key, frame.time)?;
        address.claim(mac, way, frame.time);
        let disputed = address.claimants.len() > 1;
        if disputed {
            self.addresses.prove(&key);
        }
        self.addresses.get(&key).filter(|_| disputed).map(|address| (key, address))
    }

    /// Forgets what is too old.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        if now.secs().is_multiple_of(60) {
            self.addresses.expire(now, OLD_NS);
        }
    }

    /// Addresses there are, and those refused.
    pub(crate) fn load(&self) -> (usize, u64) {
        self.addresses.load()
    }

    /// Other addresses that this station claims and others do as well.
    pub(crate) fn disputed_by(&self, mac: MacAddr) -> usize {
        let claims = |address: &&Address| {
            address.claimants.len() > 1 && address.claimants.iter().skip(1).any(|one| one.mac == mac)
        };
        self.addresses.iter().map(|(_, address)| address).filter(claims).count()
    }

    fn ask(&mut self, frame: &Frame, ip: IpAddr, by: MacAddr) {
        if let Some(address) = self.addresses.at(&(frame.vlan, ip), frame.time) {
            address.asked = Some(frame.time);
            address.asker = by;
            address.answered.clear();
        }
    }

    /// The station asked for the address a moment ago, and had its answer: it does not ask to know, but to be
    /// believed who it says it is.
    fn is_needless(&self, frame: &Frame, by: MacAddr, ip: IpAddr) -> bool {
        self.addresses.get(&(frame.vlan, ip)).is_some_and(|address| {
            let lately = address.asked.is_some_and(|asked| frame.time.since(asked) < NEEDLESS_NS);
            lately && address.asker == by && !address.answered.is_empty()
        })
    }

    fn is_asked(&self, frame: &Frame, ip: IpAddr) -> bool {
        let asked = self.addresses.get(&(frame.vlan, ip)).and_then(|address| address.asked);
        asked.is_some_and(|asked| frame.time.since(asked) < ANSWER_NS)
    }
}

impl Address {
    /// Whose it was before anybody else claimed it.
    pub(crate) fn established(&self) -> Option<MacAddr> {
        self.claimants.first().filter(|one| one.began_honest).map(|one| one.mac)
    }

    /// Who claimed it last.
    pub(crate) fn claimed_by(&self) -> Option<MacAddr> {
        self.last
    }

    fn claim(&mut self, mac: MacAddr, way: Way, now: Timestamp) {
        self.claimants.retain(|one| now.since(one.last) < OLD_NS);
        if way == Way::Honest && self.asked.is_some() && !self.answered.contains(&mac) {
            if self.answered.len() == 1 && self.asked.is_some_and(|asked| now.since(asked) < ANSWER_NS) {
                self.double_answers += 1;
            }
            if self.answered.len() < MOST_CLAIMANTS {
                self.answered.push(mac);
            }
        }
        if self.last.is_some_and(|last| last != mac) {
            if now.since(self.since) > QUARREL_NS {
                (self.changes, self.since) = (0, now);
            }
            // One defends it, the other insists: that is one change, not three.
            if now.since(self.changed) >= BURST_NS {
                self.changes += 1;
            }
            self.changed = now;
        }
        self.last = Some(mac);
        let at = match self.claimants.iter().position(|one| one.mac == mac) {
            Some(at) => at,
            None if self.claimants.len() < MOST_CLAIMANTS => {
                let (honest, unasked, announced) = (0, 0, 0);
                let began_honest = way == Way::Honest;
                self.claimants.push(Claimant {
                    mac,
                    first: now,
                    last: now,
                    began_honest,
                    honest,
                    unasked,
                    announced,
                });
                self.claimants.len() - 1
            }
            None => return,
        };
        if let Some(one) = self.claimants.get_mut(at) {
            let burst = way == Way::Announced && one.announced > 0 && now.since(one.last) < BURST_NS;
            one.last = now;
            if burst {
                return;
            }
            let count = match way {
                Way::Honest => &mut one.honest,
                Way::Unasked => &mut one.unasked,
                Way::Announced => &mut one.announced,
            };
            *count = count.saturating_add(1);
        }
    }
}
