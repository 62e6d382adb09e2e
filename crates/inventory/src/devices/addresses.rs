//! Which device an address belongs to at the moment.

use std::collections::HashMap;
use std::net::IpAddr;

use wire::{MacAddr, Timestamp};

use super::Id;
use crate::sighting::Evidence;

/// Bounded by the devices, each of which has a bounded number of addresses.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    macs: HashMap<MacAddr, Id>,
    ips: HashMap<IpAddr, Bound>,
    virtual_macs: HashMap<MacAddr, Option<IpAddr>>,
}

/// Whom an IP address belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bound {
    pub(super) id: Id,
    /// The hardware address it goes with; absent for what is behind a router.
    pub(super) mac: Option<MacAddr>,
    pub(super) evidence: Evidence,
    pub(super) last: Timestamp,
}

const MOST_VIRTUAL: usize = 1024;

impl Addresses {
    pub(super) fn of_mac(&self, mac: MacAddr) -> Option<Id> {
        self.macs.get(&mac).copied()
    }

    pub(super) fn of_ip(&self, ip: IpAddr) -> Option<Bound> {
        self.ips.get(&ip).copied()
    }

    pub(super) fn set_mac(&mut self, mac: MacAddr, id: Id) {
        self.macs.insert(mac, id);
    }

    pub(super) fn set_ip(&mut self, ip: IpAddr, bound: Bound) {
        self.ips.insert(ip, bound);
    }

    pub(super) fn forget_mac(&mut self, mac: MacAddr) {
        self.macs.remove(&mac);
    }

    /// The address belongs to nobody, if it belonged to that device.
    pub(super) fn forget_ip(&mut self, ip: IpAddr, id: Id) {
        if self.ips.get(&ip).is_some_and(|bound| bound.id == id) {
            self.ips.remove(&ip);
        }
    }

    /// Routers take turns in using this address.
    pub(super) fn add_virtual(&mut self, mac: MacAddr, ip: Option<IpAddr>) {
        if self.virtual_macs.len() < MOST_VIRTUAL || self.virtual_macs.contains_key(&mac) {
            let known = self.virtual_macs.entry(mac).or_default();
            *known = known.or(ip);
        }
    }

    /// It is an address that routers take turns in: announced as such, or from a block that is for
    /// nothing else.
    pub(super) fn is_virtual(&self, mac: MacAddr) -> bool {
        let block = match mac.0 {
            // VRRP and CARP for IPv4 and IPv6 (RFC 9568 s7.3).
            [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, _] => true,
            // HSRP versions 1 and 2 for IPv4, and 2 for IPv6.
            [0x00, 0x00, 0x0c, 0x07, 0xac, _] => true,
            [0x00, 0x00, 0x0c, 0x9f, 0xf0..=0xff, _] => true,
            [0x00, 0x05, 0x73, 0xa0, 0x00..=0x0f, _] => true,
            _ => false,
        };
        block || self.virtual_macs.contains_key(&mac)
    }
}
