//! From the addresses in a frame to the device that they belong to.
//!
//! The hardware address of a frame is that of whoever put it on this link: the sender, or a router
//! on its way. So an IP address that a frame merely came with is only believed to belong to the
//! hardware address as long as nothing speaks for a router; ARP, neighbour discovery and leases
//! prove it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use wire::{MacAddr, Timestamp};

use super::addresses::Bound;
use super::device::{Device, Held, Join};
use super::joining::Likeness;
use super::{Id, Inventory};
use crate::sighting::{Evidence, Role, Subject};

/// IPv4 addresses that a host has without anything proving it; with more it is a router.
const MOST_UNPROVEN_V4: usize = 3;
/// Networks of 64 bits that a host's unproven IPv6 addresses come from.
const MOST_UNPROVEN_V6_NETWORKS: usize = 4;
/// IPv4 addresses that a host answers ARP for; with more it answers for others (proxy ARP, RFC 1027).
const MOST_PROVEN_V4: usize = 32;

impl Inventory {
    /// The device that is meant; makes one if there is none yet. `evidence` is what says that the two
    /// addresses belong together. Nothing for remote peers and for addresses that are no device's.
    pub(super) fn resolve(
        &mut self,
        about: Subject,
        evidence: Option<Evidence>,
        time: Timestamp,
    ) -> Option<Id> {
        let mac =
            about.mac.filter(|mac| !mac.is_group() && mac.0 != [0; 6] && !self.addresses.is_virtual(*mac));
        match (mac, about.ip) {
            (Some(mac), Some(ip)) => {
                let by_mac = self.of_mac(mac, time);
                match evidence {
                    Some(evidence) => Some(self.prove(by_mac, mac, ip, evidence, time)),
                    None => self.by_traffic(by_mac, mac, ip, time),
                }
            }
            (Some(mac), None) => Some(self.of_mac(mac, time)),
            (None, Some(ip)) => match self.addresses.of_ip(ip) {
                Some(bound) => Some(bound.id),
                None => (evidence.is_some() || self.is_local(ip)).then(|| self.of_ip_alone(ip, None, time)),
            },
            (None, None) => None,
        }
    }

    fn of_mac(&mut self, mac: MacAddr, time: Timestamp) -> Id {
        if let Some(id) = self.addresses.of_mac(mac) {
            if let Some(device) = self.devices.get_mut(&id) {
                device.add_mac(mac, time);
            }
            return id;
        }
        self.flood.new_mac(time);
        let name: String = mac.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let id = self.open(format!("mac-{name}"), time);
        if let Some(device) = self.devices.get_mut(&id) {
            device.add_mac(mac, time);
        }
        self.addresses.set_mac(mac, id);
        id
    }

    /// A device of which no hardware address is known: the link has none, or it is behind a router.
    fn of_ip_alone(&mut self, ip: IpAddr, behind: Option<MacAddr>, time: Timestamp) -> Id {
        let id = self.open(format!("ip-{ip}"), time);
        self.bind(id, ip, Bound { id, mac: None, evidence: Evidence::Traffic, last: time });
        if let Some(device) = self.devices.get_mut(&id) {
            device.behind = behind;
        }
        id
    }

    /// The two addresses belong together, and something said so.
    fn prove(&mut self, by_mac: Id, mac: MacAddr, ip: IpAddr, evidence: Evidence, time: Timestamp) -> Id {
        let bound = Bound { id: by_mac, mac: Some(mac), evidence, last: time };
        match self.addresses.of_ip(ip) {
            Some(known) if known.id == by_mac => {
                let evidence = known.evidence.max(evidence);
                self.bind(by_mac, ip, Bound { evidence, ..bound });
                return by_mac;
            }
            Some(known) if known.mac.is_none() => {
                // Known by its IP address alone so far: it is this one.
                return self.found_out(known.id, by_mac, bound, ip, time);
            }
            Some(known) if evidence == Evidence::Announced && known.evidence > Evidence::Traffic => {
                return self.announced(by_mac, mac, known, ip, time);
            }
            Some(known) => {
                if let Some(device) = self.devices.get_mut(&known.id) {
                    device.lose_ip(ip);
                }
            }
            None => {}
        }
        let answers_for_many = self.devices.get(&by_mac).is_some_and(|device| {
            let proven = device.ips.iter().filter(|held| held.ip.is_ipv4() && held.current);
            ip.is_ipv4() && proven.filter(|held| held.evidence > Evidence::Traffic).count() >= MOST_PROVEN_V4
        });
        if answers_for_many {
            if let Some(device) = self.devices.get_mut(&by_mac) {
                device.roles.insert(Role::Router);
            }
            return by_mac;
        }
        self.bind(by_mac, ip, bound);
        by_mac
    }

    /// A device announces an address that something else proves to be another's. A switch does that
    /// from each of its ports, whose hardware addresses come from one maker with that of its
    /// management; who else does it is not believed.
    fn announced(&mut self, by_mac: Id, mac: MacAddr, known: Bound, ip: IpAddr, time: Timestamp) -> Id {
        let maker = |mac: MacAddr| mac.0.first_chunk::<3>().copied();
        let same = !mac.is_local() && known.mac.is_some_and(|other| maker(other) == maker(mac));
        if !same {
            return by_mac;
        }
        let reason = format!("announces {ip}, which belongs to a hardware address of the same maker");
        self.join(known.id, by_mac, Likeness { per_cent: 85, reason, succeeds: false }, time);
        known.id
    }

    /// A device that was known by an IP address only turns out to be the one with this hardware
    /// address.
    fn found_out(&mut self, alone: Id, by_mac: Id, bound: Bound, ip: IpAddr, time: Timestamp) -> Id {
        let only = self.devices.get(&alone).is_some_and(|device| device.ips.len() <= 1);
        if only {
            let reason = format!("{ip} belongs to a hardware address by {}", bound.evidence.name());
            self.join(by_mac, alone, Likeness { per_cent: 95, reason, succeeds: false }, time);
        } else if let Some(device) = self.devices.get_mut(&alone) {
            device.lose_ip(ip);
        }
        self.bind(by_mac, ip, bound);
        by_mac
    }

    /// A frame came with both addresses, and nothing else says that they belong together.
    fn by_traffic(&mut self, by_mac: Id, mac: MacAddr, ip: IpAddr, time: Timestamp) -> Option<Id> {
        if let Some(known) = self.addresses.of_ip(ip) {
            if known.mac.is_none_or(|m| m == mac) || known.evidence > Evidence::Traffic {
                self.addresses.set_ip(ip, Bound { last: known.last.max(time), ..known });
                self.saw(known.id, ip, time);
                return Some(known.id);
            }
            // Seen with another hardware address before, which proves as little: routers on both
            // sides of this link, or it moved. The first stays.
            return Some(known.id);
        }
        if !self.is_local(ip) {
            return None;
        }
        let on_link = match ip {
            IpAddr::V4(a) => a.is_link_local(),
            IpAddr::V6(a) => a.is_unicast_link_local(),
        };
        if !on_link && self.is_forwarded(by_mac, ip) {
            return Some(self.of_ip_alone(ip, Some(mac), time));
        }
        self.believe(by_mac, mac, ip, time)
    }

    /// The same for an end of a flow whose other end is in the same network: nobody routes what he
    /// can reach himself, so even a router's hardware address is the sender's own here.
    pub(super) fn of_neighbour(&mut self, about: Subject, time: Timestamp) -> Option<Id> {
        let (Some(mac), Some(ip)) = (about.mac, about.ip) else { return self.resolve(about, None, time) };
        let known = self.addresses.of_ip(ip);
        if mac.is_group() || self.addresses.is_virtual(mac) || known.is_some_and(|known| known.mac.is_some())
        {
            return self.resolve(about, None, time);
        }
        let by_mac = self.of_mac(mac, time);
        // Unless it was found to forward what others send, networks notwithstanding.
        let was_split = self.devices.get(&by_mac).is_some_and(|d| d.joins.iter().any(|join| join.split));
        match known {
            _ if was_split || !self.is_local(ip) => self.by_traffic(by_mac, mac, ip, time),
            Some(known) => {
                let bound = Bound { id: by_mac, mac: Some(mac), evidence: Evidence::Traffic, last: time };
                Some(self.found_out(known.id, by_mac, bound, ip, time))
            }
            None => self.believe(by_mac, mac, ip, time),
        }
    }

    /// Takes the two addresses for one device's, until there are too many.
    fn believe(&mut self, by_mac: Id, mac: MacAddr, ip: IpAddr, time: Timestamp) -> Option<Id> {
        self.bind(by_mac, ip, Bound { id: by_mac, mac: Some(mac), evidence: Evidence::Traffic, last: time });
        if self.has_too_many(by_mac) {
            self.take_apart(by_mac, mac, time);
            return self.addresses.of_ip(ip).map(|bound| bound.id);
        }
        Some(by_mac)
    }

    /// Packets from `ip` that this device sends are probably not its own.
    fn is_forwarded(&self, by_mac: Id, ip: IpAddr) -> bool {
        let Some(device) = self.devices.get(&by_mac) else { return false };
        let proven: Vec<IpAddr> = device
            .ips
            .iter()
            .filter(|held| {
                held.evidence > Evidence::Traffic && held.current && held.ip.is_ipv4() == ip.is_ipv4()
            })
            .filter(|held| !matches!(held.ip, IpAddr::V6(a) if a.is_unicast_link_local()))
            .map(|held| held.ip)
            .collect();
        let routes = device.roles.contains(&Role::Router)
            || device.roles.contains(&Role::Gateway) && device.carried.addresses() > 1;
        if proven.is_empty() {
            return routes;
        }
        // Another address in a network in which it has one is its own, or so near that nothing tells.
        routes || !proven.iter().any(|own| are_neighbours(*own, ip))
    }

    fn has_too_many(&self, id: Id) -> bool {
        let Some(device) = self.devices.get(&id) else { return false };
        let unproven = device.ips.iter().filter(|held| held.evidence == Evidence::Traffic && held.current);
        let (mut v4, mut v6) = (0, BTreeSet::new());
        for held in unproven {
            match held.ip {
                IpAddr::V4(_) => v4 += 1,
                IpAddr::V6(ip) if !ip.is_unicast_link_local() => {
                    v6.insert(ip.to_bits() >> 64);
                }
                IpAddr::V6(_) => {}
            }
        }
        v4 > MOST_UNPROVEN_V4 || v6.len() > MOST_UNPROVEN_V6_NETWORKS
    }

    /// A hardware address that so many others' packets come from is a router's: the addresses that it
    /// was thought to have are devices of their own, behind it.
    fn take_apart(&mut self, router: Id, mac: MacAddr, time: Timestamp) {
        let Some(device) = self.devices.get_mut(&router) else { return };
        device.roles.insert(Role::Router);
        let unproven: Vec<Held> = device
            .ips
            .iter()
            .filter(|held| held.evidence == Evidence::Traffic)
            .filter(|held| !matches!(held.ip, IpAddr::V6(ip) if ip.is_unicast_link_local()))
            .cloned()
            .collect();
        for held in &unproven {
            device.remove_ip(held.ip);
        }
        device.was_split(Join {
            time,
            split: true,
            addresses: unproven.iter().map(|held| held.ip.to_string()).collect(),
            per_cent: 80,
            reason: "packets of many addresses came from its hardware address, and nothing says that they \
                     are its own: it forwards them"
                .to_owned(),
        });
        for held in unproven {
            self.addresses.forget_ip(held.ip, router);
            let alone = self.of_ip_alone(held.ip, Some(mac), held.span.first);
            self.saw(alone, held.ip, held.span.last);
        }
    }

    /// The device has the address from now on.
    fn bind(&mut self, id: Id, ip: IpAddr, bound: Bound) {
        let Some(device) = self.devices.get_mut(&id) else { return };
        let gone = device.add_ip(ip, bound.evidence, bound.last);
        for fact in self.hearsay.take(ip) {
            device.learn(&fact, bound.last);
        }
        self.addresses.set_ip(ip, bound);
        if let Some(gone) = gone {
            self.addresses.forget_ip(gone, id);
        }
    }

    fn saw(&mut self, id: Id, ip: IpAddr, time: Timestamp) {
        let Some(device) = self.devices.get_mut(&id) else { return };
        device.span.extend(time);
        if let Some(held) = device.ips.iter_mut().find(|held| held.ip == ip) {
            held.span.extend(time);
        }
    }

    /// The device gave its address back.
    pub(super) fn release(&mut self, about: Subject) {
        let Some(ip) = about.ip else { return };
        let Some(bound) = self.addresses.of_ip(ip) else { return };
        if about.mac.is_none_or(|mac| bound.mac == Some(mac)) {
            let now = self.now;
            if let Some(device) = self.devices.get_mut(&bound.id) {
                device.lose_ip(ip);
                device.ips.iter_mut().filter(|held| held.ip == ip).for_each(|held| held.span.extend(now));
            }
            self.addresses.forget_ip(ip, bound.id);
        }
    }

    /// Another claims the address, too.
    pub(super) fn conflict(&mut self, id: Id, about: Subject, other: MacAddr) {
        let Some(ip) = about.ip else { return };
        if let Some(device) = self.devices.get_mut(&id) {
            let text = format!("{ip} by {other}");
            device.note("conflicts", "claims", &dpi::Value::List(vec![text.into()]));
        }
    }

    /// Routers take turns in using this address: whoever was thought to have it has not.
    pub(super) fn virtual_address(&mut self, mac: MacAddr, ip: Option<IpAddr>) {
        self.addresses.add_virtual(mac, ip);
        let Some(id) = self.addresses.of_mac(mac) else { return };
        self.addresses.forget_mac(mac);
        let Some(device) = self.devices.get_mut(&id) else { return };
        device.macs.retain(|known| known.mac != mac);
        if device.macs.is_empty() && device.ips.is_empty() {
            self.close(id);
        }
    }

    fn open(&mut self, name: String, time: Timestamp) -> Id {
        self.make_room();
        let id = Id(self.next);
        self.next = self.next.wrapping_add(1);
        self.devices.insert(id, Device::new(name, time));
        id
    }
}

/// Both are in one network of the usual size: 256 addresses of IPv4, 64 bits of IPv6.
pub(super) fn are_neighbours(a: IpAddr, b: IpAddr) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()) >> 8 == 0,
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()) >> 64 == 0,
        _ => false,
    }
}
