//! What is known of one device.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use dpi::Value;
use wire::{MacAddr, Timestamp};

use super::clock::Clock;
use super::presence::Presence;
use super::traffic::Traffic;
use super::votes::Votes;
use crate::sighting::{Evidence, Fact, Identity, NameSource, Role, Service, Subject};

/// A device: what is known of it, all of it bounded.
#[derive(Clone, Debug, Default)]
pub(super) struct Device {
    /// What it is called by in records, from the first address that it was known by.
    pub(super) id: String,
    pub(super) macs: Vec<Hardware>,
    pub(super) ips: Vec<Held>,
    pub(super) names: Vec<Named>,
    pub(super) objects: BTreeMap<&'static str, Vec<(&'static str, Value)>>,
    pub(super) services: Vec<Offered>,
    pub(super) roles: BTreeSet<Role>,
    pub(super) votes: Votes,
    pub(super) clock: Clock,
    pub(super) traffic: Traffic,
    pub(super) presence: Presence,
    pub(super) vlans: BTreeSet<u16>,
    pub(super) interfaces: BTreeSet<u16>,
    pub(super) joins: Vec<Join>,
    /// What it is known again by.
    pub(super) identities: Vec<Identity>,
    /// Host name and DHCP fingerprint, if it is known again by those.
    pub(super) habit: Option<Habit>,
    /// The hardware address of the router that its packets came through.
    pub(super) behind: Option<MacAddr>,
    /// Remote addresses whose packets its hardware address carried.
    pub(super) carried: Carried,
    pub(super) span: Span,
    /// A frame alone may be forged; this many sightings and flows speak for it.
    pub(super) proofs: u32,
}

/// Host name and DHCP fingerprint: what a phone keeps when it changes its hardware address.
pub(super) type Habit = (Box<str>, Box<str>);

/// From when to when something was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

#[derive(Clone, Debug)]
pub(super) struct Hardware {
    pub(super) mac: MacAddr,
    pub(super) span: Span,
}

/// An IP address that it has or had.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) ip: IpAddr,
    pub(super) evidence: Evidence,
    pub(super) current: bool,
    pub(super) span: Span,
    /// VLANs of frames that it was in, in order; those without a tag tell of none.
    pub(super) vlans: Vec<u16>,
}

#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: Box<str>,
    pub(super) source: NameSource,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) struct Offered {
    pub(super) service: Service,
    pub(super) sources: BTreeSet<&'static str>,
    pub(super) withdrawn: bool,
    pub(super) span: Span,
}

/// When addresses turned out to be one device's, or not to be.
#[derive(Clone, Debug)]
pub(super) struct Join {
    pub(super) time: Timestamp,
    pub(super) split: bool,
    pub(super) addresses: Vec<String>,
    pub(super) per_cent: u8,
    pub(super) reason: String,
}

/// Addresses that came through a hardware address without being its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    few: BTreeSet<IpAddr>,
    /// It carried packets of others: a router, or a host whose packets a router has rewritten.
    pub(super) packets: u64,
}

const MOST_MACS: usize = 64;
const MOST_IPS: usize = 64;
const MOST_NAMES: usize = 32;
const MOST_FIELDS: usize = 40;
const MOST_OBJECTS: usize = 32;
const MOST_VALUES: usize = 32;
const MOST_SERVICES: usize = 128;
const MOST_VLANS: usize = 64;
/// VLANs of one address: it belongs to one, and a device may move.
const MOST_VLANS_OF_IP: usize = 4;
const MOST_JOINS: usize = 32;
const MOST_IDENTITIES: usize = 16;

impl Span {
    pub(super) fn at(time: Timestamp) -> Self {
        Self { first: time, last: time }
    }

    pub(super) fn extend(&mut self, time: Timestamp) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }

    pub(super) fn join(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Carried {
    const ENOUGH: usize = 16;

    pub(super) fn add(&mut self, ip: IpAddr, packets: u64) {
        self.packets = self.packets.saturating_add(packets);
        if self.few.len() < Self::ENOUGH {
            self.few.insert(ip);
        }
    }

    /// Different addresses, as far as they are counted.
    pub(super) fn addresses(&self) -> usize {
        self.few.len()
    }

    fn join(&mut self, other: Self) {
        self.packets = self.packets.saturating_add(other.packets);
        for ip in other.few {
            self.add(ip, 0);
        }
    }
}

impl Device {
    pub(super) fn new(id: String, time: Timestamp) -> Self {
        Self { id, span: Span::at(time), ..Self::default() }
    }

    /// It was there.
    pub(super) fn touch(&mut self, time: Timestamp) {
        self.span.extend(time);
        self.presence.at(time);
    }

    /// False if it has too many already.
    pub(super) fn add_mac(&mut self, mac: MacAddr, time: Timestamp) -> bool {
        if let Some(known) = self.macs.iter_mut().find(|known| known.mac == mac) {
            known.span.extend(time);
            return true;
        }
        let room = self.macs.len() < MOST_MACS;
        if room {
            self.macs.push(Hardware { mac, span: Span::at(time) });
        }
        room
    }

    /// Its address is `ip`, by this evidence. At the bound the one that was seen longest ago goes,
    /// and is returned.
    pub(super) fn add_ip(&mut self, ip: IpAddr, evidence: Evidence, time: Timestamp) -> Option<IpAddr> {
        if let Some(held) = self.ips.iter_mut().find(|held| held.ip == ip) {
            // A flow that ends late is from before the address was lost.
            held.current |= evidence > Evidence::Traffic || time > held.span.last;
            held.span.extend(time);
            held.evidence = held.evidence.max(evidence);
            return None;
        }
        self.ips.push(Held { ip, evidence, current: true, span: Span::at(time), vlans: Vec::new() });
        if self.ips.len() <= MOST_IPS {
            return None;
        }
        let oldest =
            self.ips.iter().enumerate().min_by_key(|(_, held)| (held.current, held.span.last, held.ip));
        let at = oldest.map(|(at, _)| at)?;
        Some(self.ips.remove(at).ip)
    }

    /// It has the address no more.
    pub(super) fn lose_ip(&mut self, ip: IpAddr) {
        self.ips.iter_mut().filter(|held| held.ip == ip).for_each(|held| held.current = false);
    }

    /// Takes an address off it that never was its own.
    pub(super) fn remove_ip(&mut self, ip: IpAddr) -> Option<Held> {
        let at = self.ips.iter().position(|held| held.ip == ip)?;
        Some(self.ips.remove(at))
    }

    pub(super) fn was_split(&mut self, join: Join) {
        if self.joins.len() < MOST_JOINS {
            self.joins.push(join);
        }
    }

    /// Takes a fact down that concerns no address.
    pub(super) fn learn(&mut self, fact: &Fact, time: Timestamp) {
        match fact {
            Fact::Name { name, source } => self.name(name, *source, time),
            Fact::Note { section, field, value } => self.note(section, field, value),
            Fact::Service(service) => self.offers(service, time),
            Fact::ServiceGone(service) => {
                let same = |o: &&mut Offered| is_same(&o.service, service);
                self.services.iter_mut().filter(same).for_each(|o| o.withdrawn = true);
            }
            Fact::Role(role) => {
                self.roles.insert(*role);
            }
            Fact::Vote(vote) => self.votes.add(vote),
            Fact::Clock { peer, at, value } => self.clock.read(*at, *value, *peer),
            Fact::Port { port } => {
                self.note("discovery", "ports", &Value::List(vec![port.clone()]));
            }
            _ => {}
        }
    }

    fn name(&mut self, name: &str, source: NameSource, time: Timestamp) {
        if let Some(known) = self.names.iter_mut().find(|n| n.source == source && *n.name == *name) {
            known.span.extend(time);
            return;
        }
        self.names.push(Named { name: name.into(), source, span: Span::at(time) });
        if self.names.len() > MOST_NAMES {
            let oldest = self.names.iter().enumerate().min_by_key(|(_, n)| (n.source, n.span.last));
            if let Some((at, _)) = oldest {
                self.names.remove(at);
            }
        }
    }

    pub(super) fn note(&mut self, section: &'static str, field: &'static str, value: &Value) {
        if self.objects.len() >= MOST_OBJECTS && !self.objects.contains_key(section) {
            return;
        }
        let fields = self.objects.entry(section).or_default();
        let room = fields.len() < MOST_FIELDS;
        match (fields.iter_mut().find(|(known, _)| *known == field), value) {
            (Some((_, Value::List(list))), Value::List(more)) => {
                for text in more {
                    if list.len() < MOST_VALUES && !list.contains(text) {
                        list.push(text.clone());
                    }
                }
            }
            (Some((_, old)), _) => *old = value.clone(),
            (None, _) if room => fields.push((field, value.clone())),
            _ => {}
        }
    }

    fn offers(&mut self, service: &Service, time: Timestamp) {
        if let Some(known) = self.services.iter_mut().find(|o| is_same(&o.service, service)) {
            known.span.extend(time);
            known.withdrawn = false;
            known.sources.insert(service.source);
            let merged = &mut known.service;
            merged.port = merged.port.max(service.port);
            for (to, from) in [
                (&mut merged.name, &service.name),
                (&mut merged.product, &service.product),
                (&mut merged.version, &service.version),
            ] {
                if from.is_some() {
                    to.clone_from(from);
                }
            }
            return;
        }
        if self.services.len() < MOST_SERVICES {
            let sources = BTreeSet::from([service.source]);
            let span = Span::at(time);
            self.services.push(Offered { service: service.clone(), sources, withdrawn: false, span });
        }
    }

    /// A frame of it, or about it, was seen there. The VLAN is its own only if the frame is: packets
    /// that a router passes on are in the VLAN of whom they go to.
    pub(super) fn seen_in(&mut self, interface: u16, vlan: Option<u16>, about: Subject) {
        self.interfaces.insert(interface);
        let is_own = about.mac.is_some_and(|mac| self.macs.iter().any(|own| own.mac == mac));
        let Some(vlan) = vlan.filter(|_| is_own) else { return };
        if self.vlans.len() < MOST_VLANS {
            self.vlans.insert(vlan);
        }
        if let Some(held) = self.ips.iter_mut().find(|held| Some(held.ip) == about.ip) {
            held.add_vlan(vlan);
        }
    }

    /// The texts of a field that was noted.
    pub(super) fn noted(&self, section: &str, field: &str) -> Option<&Value> {
        self.objects.get(section)?.iter().find(|(known, _)| *known == field).map(|(_, value)| value)
    }

    /// It is known again by this. False if it is by too many things already.
    pub(super) fn is_known_by(&mut self, identity: &Identity) -> bool {
        let room = self.identities.len() < MOST_IDENTITIES;
        if room {
            self.identities.push(identity.clone());
        }
        room
    }

    /// Takes in another device that turned out to be this one.
    pub(super) fn absorb(&mut self, other: Self, join: Join) {
        self.span.join(other.span);
        self.proofs = self.proofs.saturating_add(other.proofs);
        for hardware in other.macs {
            if self.add_mac(hardware.mac, hardware.span.first) {
                self.add_mac(hardware.mac, hardware.span.last);
            }
        }
        for held in other.ips {
            let current = held.current || self.ips.iter().any(|own| own.ip == held.ip && own.current);
            self.add_ip(held.ip, held.evidence, held.span.first);
            self.add_ip(held.ip, held.evidence, held.span.last);
            for own in self.ips.iter_mut().filter(|own| own.ip == held.ip) {
                own.current = current;
                held.vlans.iter().for_each(|vlan| own.add_vlan(*vlan));
            }
        }
        for named in other.names {
            self.name(&named.name, named.source, named.span.first);
            self.name(&named.name, named.source, named.span.last);
        }
        for (section, fields) in other.objects {
            for (field, value) in fields {
                self.note(section, field, &value);
            }
        }
        for offered in other.services {
            for source in &offered.sources {
                let service = Service { source, ..offered.service.clone() };
                self.offers(&service, offered.span.first);
                self.offers(&service, offered.span.last);
            }
        }
        self.roles.extend(other.roles);
        self.votes.join(other.votes);
        self.clock.join(&other.clock);
        self.traffic.join(other.traffic);
        self.presence.join(&other.presence);
        self.vlans.extend(other.vlans.into_iter().take(MOST_VLANS));
        self.interfaces.extend(other.interfaces);
        self.carried.join(other.carried);
        self.identities.extend(other.identities);
        self.habit = other.habit.or_else(|| self.habit.take());
        self.behind = self.behind.or(other.behind).filter(|_| self.macs.is_empty());
        for earlier in other.joins.into_iter().chain([join]) {
            self.was_split(earlier);
        }
    }
}

impl Held {
    fn add_vlan(&mut self, vlan: u16) {
        if let Err(at) = self.vlans.binary_search(&vlan)
            && self.vlans.len() < MOST_VLANS_OF_IP
        {
            self.vlans.insert(at, vlan);
        }
    }
}

/// Two mentions of one service: its port says so, or else its name, where one or both leave the
/// port out (pointers to a service and goodbyes do).
fn is_same(a: &Service, b: &Service) -> bool {
    let same = if a.port != 0 && b.port != 0 { a.port == b.port } else { a.name == b.name };
    a.transport == b.transport && a.protocol == b.protocol && same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(port: u16, name: &str) -> Service {
        let name = Some(name.into());
        Service { transport: "tcp", port, protocol: "ipp".into(), name, source: "mdns", ..Service::default() }
    }

    #[test]
    fn mentions_with_and_without_port_are_of_one_service() {
        let mut device = Device::default();
        for (port, name) in [(0, "lobby"), (631, "lobby"), (0, "lobby"), (0, "attic")] {
            device.learn(&Fact::Service(service(port, name)), Timestamp(0));
        }
        let ports: Vec<_> = device.services.iter().map(|offered| offered.service.port).collect();
        assert_eq!(ports, [631, 0]);
        device.learn(&Fact::ServiceGone(service(0, "lobby")), Timestamp(0));
        let gone: Vec<_> = device.services.iter().map(|offered| offered.withdrawn).collect();
        assert_eq!(gone, [true, false]);
    }
}
