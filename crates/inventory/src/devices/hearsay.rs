//! What is said about addresses that nobody was seen with.
//!
//! A router advertisement names a DNS server, a DNS answer gives an address a name: neither proves
//! that anybody is there. It counts once somebody turns out to have the address.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::sighting::{Fact, NameSource, Sighting};

/// Bounded: when it is full nothing more is kept.
#[derive(Debug, Default)]
pub(super) struct Hearsay {
    about: HashMap<IpAddr, Vec<Fact>>,
}

const MOST_ADDRESSES: usize = 1024;
const MOST_FACTS: usize = 8;

impl Hearsay {
    /// Others say this of an address, which they can say of any.
    pub(super) fn is_one(sighting: &Sighting) -> bool {
        let says_nothing = |fact: &Fact| {
            matches!(fact, Fact::Role(_) | Fact::Name { source: NameSource::Dns, .. } | Fact::Vote(_))
        };
        sighting.about.mac.is_none() && sighting.facts.iter().all(says_nothing)
    }

    pub(super) fn keep(&mut self, ip: IpAddr, facts: &[Fact]) {
        if self.about.len() >= MOST_ADDRESSES && !self.about.contains_key(&ip) {
            return;
        }
        let known = self.about.entry(ip).or_default();
        for fact in facts {
            if known.len() < MOST_FACTS && !known.contains(fact) {
                known.push(fact.clone());
            }
        }
    }

    /// Somebody has the address.
    pub(super) fn take(&mut self, ip: IpAddr) -> Vec<Fact> {
        if self.about.is_empty() { Vec::new() } else { self.about.remove(&ip).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::{Inventory, Settings};
    use crate::network::Networks;
    use crate::sighting::{Evidence, Role, Subject};
    use wire::{MacAddr, Timestamp};

    fn sighting(mac: Option<[u8; 6]>, fact: Fact) -> Sighting {
        let about = Subject { mac: mac.map(MacAddr), ip: Some([192, 0, 2, 53].into()) };
        Sighting { time: Timestamp(1), watcher: "test", interface: 0, vlan: None, about, facts: vec![fact] }
    }

    #[test]
    fn who_is_only_spoken_of_is_no_device_until_it_is_seen() {
        let network = crate::network::Network { address: [192, 0, 2, 0].into(), prefix: 24 };
        let mut inventory = Inventory::new(Settings {
            local: Networks(vec![network]),
            max_devices: 100,
            os: crate::os::Table::builtin(),
        });
        inventory.sighting(&sighting(None, Fact::Role(Role::DnsServer)));
        let name = Fact::Name { name: "resolver.example".into(), source: NameSource::Dns };
        inventory.sighting(&sighting(None, name));
        assert_eq!(inventory.devices().len(), 0);
        inventory.sighting(&sighting(Some([0, 0x53, 0, 0, 0, 1]), Fact::Address(Evidence::Arp)));
        let devices = inventory.devices();
        assert_eq!(devices.len(), 1);
        assert_eq!(
            (&devices[0].roles[..], devices[0].name.as_deref()),
            (&["dns-server"][..], Some("resolver.example"))
        );
    }

    #[test]
    fn it_is_bounded() {
        let mut hearsay = Hearsay::default();
        for n in 0..100_000_u32 {
            hearsay.keep(std::net::Ipv4Addr::from_bits(n).into(), &[Fact::Role(Role::Gateway)]);
        }
        assert_eq!(hearsay.about.len(), MOST_ADDRESSES);
    }
}
