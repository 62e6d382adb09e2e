//! Where devices are: which switch port an interface hangs on, who leads where.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::{Neighbour, Subnet, Topology};

use super::{Id, Inventory};
use crate::network::Network;
use crate::sighting::{Evidence, Fact, Role, Sighting};

/// What was heard from the ports that interfaces hang on.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// By interface.
    heard: BTreeMap<u16, BTreeSet<Port>>,
}

/// Who spoke from which of its ports, in which protocol.
type Port = (Id, Box<str>, &'static str);

/// Ports that one interface can hear: a mirror shows what many hear.
const MOST_PORTS: usize = 1024;

impl Ports {
    pub(super) fn heard(&mut self, sighting: &Sighting, id: Id) {
        for fact in &sighting.facts {
            let Fact::Port { port } = fact else { continue };
            let ports = self.heard.entry(sighting.interface).or_default();
            if ports.len() < MOST_PORTS {
                ports.insert((id, port.clone(), sighting.watcher));
            }
        }
    }

    /// A device turned out to be another.
    pub(super) fn join(&mut self, stays: Id, gone: Id) {
        for ports in self.heard.values_mut() {
            let moved: Vec<_> = ports.iter().filter(|(id, ..)| *id == gone).cloned().collect();
            for (id, port, protocol) in moved {
                ports.remove(&(id, port.clone(), protocol));
                ports.insert((stays, port, protocol));
            }
        }
    }
}

impl Inventory {
    /// Who leads where, as far as it was said.
    pub fn topology(&self) -> Topology {
        let name = |id: &Id| self.devices.get(id).map(|device| device.id.clone());
        let mut neighbours = Vec::new();
        for (interface, ports) in &self.ports.heard {
            for (id, port, protocol) in ports {
                let Some(device) = name(id) else { continue };
                let interface = self.interfaces.get(usize::from(*interface)).cloned().flatten();
                neighbours.push(Neighbour { interface, device, port: port.to_string(), protocol });
            }
        }
        let with = |role| {
            let all = self.devices.values().filter(move |device| device.roles.contains(&role));
            all.map(|device| device.id.clone()).collect()
        };
        Topology {
            gateways: with(Role::Gateway),
            switches: with(Role::Switch),
            dns_servers: with(Role::DnsServer),
            dhcp_servers: with(Role::DhcpServer),
            ntp_servers: with(Role::NtpServer),
            subnets: self.subnets(),
            neighbours,
        }
    }

    /// Networks that devices have addresses in: as they were announced, or else the blocks of 256
    /// (IPv4) and 64 bits (IPv6) that the addresses suggest.
    fn subnets(&self) -> Vec<Subnet> {
        let mut found: BTreeMap<(IpAddr, u8), Subnet> = BTreeMap::new();
        for device in self.devices.values() {
            for held in device.ips.iter().filter(|held| held.current) {
                if matches!(held.ip, IpAddr::V6(ip) if ip.is_unicast_link_local()) {
                    continue;
                }
                let (network, announced) = self.network_of(held.ip);
                let subnet = found.entry((network.address, network.prefix)).or_insert_with(|| Subnet {
                    network: format!("{}/{}", network.address, network.prefix),
                    announced,
                    addresses: 0,
                    vlans: Vec::new(),
                    gateways: Vec::new(),
                });
                subnet.addresses += 1;
                subnet.vlans.extend(&held.vlans);
                if held.evidence > Evidence::Traffic && device.roles.contains(&Role::Gateway) {
                    subnet.gateways.push(device.id.clone());
                }
            }
        }
        let mut subnets: Vec<Subnet> = found.into_values().collect();
        for subnet in &mut subnets {
            subnet.vlans.sort_unstable();
            subnet.vlans.dedup();
            subnet.gateways.dedup();
        }
        subnets
    }

    fn network_of(&self, ip: IpAddr) -> (Network, bool) {
        let narrowest = self.on_link.iter().filter(|network| network.contains(ip)).max_by_key(|n| n.prefix);
        if let Some(network) = narrowest {
            return (*network, true);
        }
        let guess = match ip {
            IpAddr::V4(a) => Network { address: IpAddr::V4((a.to_bits() & !0xff).into()), prefix: 24 },
            IpAddr::V6(a) => {
                let mask = u128::from(u64::MAX);
                Network { address: IpAddr::V6((a.to_bits() & !mask).into()), prefix: 64 }
            }
        };
        (guess, false)
    }
}
