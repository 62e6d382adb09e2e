//! The inventory: sightings and flows in packet-time order in, devices out.

mod addresses;
mod clock;
mod device;
mod flood;
mod hanging;
mod hearsay;
mod joining;
mod presence;
mod record;
mod resolve;
mod room;
mod topology;
mod traffic;
mod votes;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use flow::Ended;
use model::Direction;
use wire::{MacAddr, Timestamp};

use self::addresses::Addresses;
use self::device::{Device, Habit};
use self::flood::Flood;
use self::hearsay::Hearsay;
use self::traffic::span_of;
use crate::lookout;
use crate::network::{Network, Networks};
use crate::os::Table;
use crate::sighting::{Evidence, Fact, Identity, Role, Sighting, Subject};
use crate::watcher::FlowLook;

/// What an inventory needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Networks whose addresses are devices of this place.
    pub local: Networks,
    /// Devices that are kept; beyond, those go that least is known of.
    pub max_devices: usize,
    /// What handshakes of which systems look like.
    pub os: Arc<Table>,
}

/// Devices, and how they are found by their addresses.
///
/// Everything in it depends on what it is given and in which order, and on nothing else.
#[derive(Debug)]
pub struct Inventory {
    settings: Settings,
    devices: BTreeMap<Id, Device>,
    next: u32,
    addresses: Addresses,
    identities: HashMap<Identity, Id>,
    habits: HashMap<Habit, Id>,
    /// Blocks that routers and DHCP servers said are on this link.
    on_link: Vec<Network>,
    /// What was heard from the ports that the interfaces hang on.
    ports: topology::Ports,
    flood: Flood,
    hearsay: Hearsay,
    /// Connections of all devices.
    connections: usize,
    counts: Counts,
    interfaces: Vec<Option<String>>,
    now: Timestamp,
    scratch: Vec<Sighting>,
}

/// Number of a device, in the order they were found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Id(u32);

/// What an inventory has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Devices there are.
    pub devices: u64,
    /// Devices that had to go because there was no room.
    pub evicted: u64,
    /// Devices that turned out to be another.
    pub joined: u64,
    /// The most new hardware addresses within ten seconds.
    pub new_macs_peak: u64,
    /// Such bursts that were floods: nobody has that many devices appear at once.
    pub floods: u64,
}

const MOST_ON_LINK: usize = 64;
/// Connections for which there is room, for each device that there is room for.
const CONNECTIONS_PER_DEVICE: usize = 16;

impl Inventory {
    /// Nobody is known yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            devices: BTreeMap::new(),
            next: 0,
            addresses: Addresses::default(),
            identities: HashMap::new(),
            habits: HashMap::new(),
            on_link: Vec::new(),
            ports: topology::Ports::default(),
            flood: Flood::default(),
            hearsay: Hearsay::default(),
            connections: 0,
            counts: Counts::default(),
            interfaces: Vec::new(),
            now: Timestamp(0),
            scratch: Vec::new(),
        }
    }

    /// Other settings from now on.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// The name of an interface that sightings and flows refer to by number.
    pub fn name_interface(&mut self, number: u16, name: Option<&str>) {
        let number = usize::from(number);
        if self.interfaces.len() <= number {
            self.interfaces.resize(number + 1, None);
        }
        if let Some(slot) = self.interfaces.get_mut(number) {
            *slot = name.map(str::to_owned);
        }
    }

    /// The name of an interface, if it was told.
    pub fn interface(&self, number: u16) -> Option<&str> {
        self.interfaces.get(usize::from(number))?.as_deref()
    }

    /// Something that a device said of itself, or others of it.
    pub fn sighting(&mut self, sighting: &Sighting) {
        let time = sighting.time;
        self.now = self.now.max(time);
        for fact in &sighting.facts {
            match fact {
                Fact::OnLink(network) => self.learn_network(*network),
                Fact::VirtualAddress { mac, ip } => self.virtual_address(*mac, *ip),
                _ => {}
            }
        }
        if let Some(ip) = sighting.about.ip
            && Hearsay::is_one(sighting)
            && self.addresses.of_ip(ip).is_none()
        {
            self.hearsay.keep(ip, &sighting.facts);
            return;
        }
        let evidence = sighting.facts.iter().filter_map(|fact| match fact {
            Fact::Address(evidence) => Some(*evidence),
            _ => None,
        });
        // Whoever says farewell, unknown so far, is not worth getting to know.
        let leaves =
            sighting.facts.iter().all(|fact| matches!(fact, Fact::AddressGone | Fact::ServiceGone(_)));
        if leaves && !self.is_known(sighting.about) {
            return;
        }
        let Some(mut id) = self.resolve(sighting.about, evidence.max(), time) else { return };
        self.ports.heard(sighting, id);
        if let Some(device) = self.devices.get_mut(&id) {
            device.touch(time);
            device.proofs = device.proofs.saturating_add(1);
            device.seen_in(sighting.interface, sighting.vlan, sighting.about);
        }
        for fact in &sighting.facts {
            match fact {
                Fact::Identity(identity) => id = self.identify(id, identity, time),
                Fact::AddressGone => self.release(sighting.about),
                Fact::Conflict { other } => self.conflict(id, sighting.about, *other),
                _ => {
                    if let Some(device) = self.devices.get_mut(&id) {
                        device.learn(fact, time);
                    }
                }
            }
        }
        self.recognise(id, time);
    }

    /// A flow, or a part of a long one, that is over, and the record that was made of it.
    pub fn flow(&mut self, ended: &Ended, record: &model::Flow) {
        let os = Arc::clone(&self.settings.os);
        let look = FlowLook { ended, record, os: &os };
        let span = span_of(&ended.entry);
        self.now = self.now.max(span.last);
        let (src, dst) = (look.src(), look.dst());
        let near = src.mac != dst.mac
            && src.ip.zip(dst.ip).is_some_and(|(src, dst)| resolve::are_neighbours(src, dst));
        let mut ends = [None, None];
        for (end, subject, sent) in [(0, src, record.src_packets), (1, dst, record.dst_packets)] {
            // Whoever never sent a packet is not known to be there.
            if sent > 0 {
                let id = if near {
                    self.of_neighbour(subject, span.first)
                } else {
                    self.resolve(subject, None, span.first)
                };
                if let Some(slot) = ends.get_mut(end) {
                    *slot = id;
                }
            }
        }
        self.carry(src, dst, record);
        let transport = ended.entry.key().protocol();
        let vlan = ended.entry.vlans().next();
        let room = self.connections < self.settings.max_devices.saturating_mul(CONNECTIONS_PER_DEVICE);
        for ((id, about), is_src) in ends.into_iter().zip([src, dst]).zip([true, false]) {
            let Some(device) = id.and_then(|id| self.devices.get_mut(&id)) else { continue };
            device.span.extend(span.first);
            device.span.extend(span.last);
            device.presence.between(span.first, span.last);
            device.proofs = device.proofs.saturating_add(1);
            device.seen_in(ended.entry.interface(), vlan, about);
            let before = device.traffic.connections.len();
            device.traffic.flow(record, transport, span, is_src, room);
            self.connections = (self.connections + device.traffic.connections.len()).saturating_sub(before);
        }
        let mut sightings = std::mem::take(&mut self.scratch);
        lookout::flow(&look, &mut sightings);
        for sighting in sightings.drain(..) {
            self.sighting(&sighting);
        }
        self.scratch = sightings;
    }

    /// The device that has these addresses at the moment: its id and what to call it. The IP address
    /// counts; the hardware address, which may be a router's, only without one.
    pub fn who(&self, ip: Option<IpAddr>, mac: Option<MacAddr>) -> Option<(&str, Option<String>)> {
        let id = match ip {
            Some(ip) => self.addresses.of_ip(ip)?.id,
            None => self.addresses.of_mac(mac?)?,
        };
        let device = self.devices.get(&id)?;
        Some((&device.id, record::best_name(device).map(str::to_owned)))
    }

    /// Routers take turns in using this hardware address.
    pub fn is_virtual(&self, mac: MacAddr) -> bool {
        self.addresses.is_virtual(mac)
    }

    /// More hardware addresses appeared just now than there can be devices.
    pub fn is_flooded(&self) -> bool {
        self.flood.is_on()
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        let (peak, floods) = self.flood.counts();
        Counts { devices: self.devices.len() as u64, new_macs_peak: peak, floods, ..self.counts }
    }

    fn is_known(&self, about: Subject) -> bool {
        about.mac.is_some_and(|mac| self.addresses.of_mac(mac).is_some())
            || about.ip.is_some_and(|ip| self.addresses.of_ip(ip).is_some())
    }

    /// An address block that somebody said is on this link.
    fn learn_network(&mut self, network: Network) {
        // Nobody's link has half the internet on it, whatever a router advertisement says.
        let narrow = match network.address {
            IpAddr::V4(_) => network.prefix >= 16,
            IpAddr::V6(_) => network.prefix >= 48,
        };
        if narrow && self.on_link.len() < MOST_ON_LINK && !self.on_link.contains(&network) {
            self.on_link.push(network);
        }
    }

    /// Hardware addresses that carry packets of addresses which are not of this place are routers'.
    fn carry(&mut self, src: Subject, dst: Subject, record: &model::Flow) {
        let (outbound, carrier, remote) = match record.direction {
            Direction::Outbound => (true, dst, dst.ip),
            Direction::Inbound => (true, src, src.ip),
            Direction::External => (false, src, src.ip),
            Direction::Lateral | Direction::Multicast => return,
        };
        let packets = record.src_packets.saturating_add(record.dst_packets);
        let (Some(mac), Some(remote)) = (carrier.mac, remote) else { return };
        if self.is_local(remote) || self.addresses.is_virtual(mac) {
            return;
        }
        let Some(device) = self.addresses.of_mac(mac).and_then(|id| self.devices.get_mut(&id)) else {
            return;
        };
        device.carried.add(remote, packets);
        if outbound && packets > 0 {
            device.roles.insert(Role::Gateway);
        }
    }

    /// The address is one of this place's: configured, on a link that was announced, proven by ARP or
    /// neighbour discovery, or of a kind that never leaves a link.
    fn is_local(&self, ip: IpAddr) -> bool {
        let link = match ip {
            IpAddr::V4(a) => a.is_link_local(),
            IpAddr::V6(a) => a.is_unicast_link_local(),
        };
        link || self.settings.local.contains(ip)
            || self.on_link.iter().any(|network| network.contains(ip))
            || self.addresses.of_ip(ip).is_some_and(|bound| bound.evidence > Evidence::Traffic)
    }
}

#[cfg(test)]
mod tests;
