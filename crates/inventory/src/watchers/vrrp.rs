//! VRRP (RFC 3768, RFC 9568) and CARP, which has the same protocol number: routers that take turns in
//! an address.

use std::net::IpAddr;

use dpi::Reader;
use wire::MacAddr;

use crate::discovery::ip;
use crate::sighting::{About, Fact, Role, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const VRRP: Watcher = Watcher {
    name: "vrrp",
    on: &[On::Ip(PROTOCOL)],
    notes: &[
        (SECTION, &["version", "groups", "priority", "resigns", "addresses", "interval_ms"]),
        (CARP, &["groups", "skew", "interval_ms"]),
    ],
    read: Read::Frame(read),
};

const SECTION: &str = "vrrp";
const CARP: &str = "carp";
const PROTOCOL: u8 = 112;

/// What a router announces.
#[derive(PartialEq, Eq, Debug)]
struct Advertisement {
    version: u8,
    group: u8,
    priority: u8,
    interval_ms: u32,
    addresses: Vec<IpAddr>,
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    // RFC 9568 s5.1.1.3: with any other it came from beyond a router.
    let (255, Some(src)) = (look.packet.ttl, look.src_ip) else { return };
    if let Some((group, skew, base)) = carp(look.payload) {
        let virtual_mac = MacAddr([0x00, 0x00, 0x5e, 0x00, 0x01, group]);
        speaker(look, virtual_mac, heard);
        heard.add(CARP, "groups", &group.to_string()).note(CARP, "skew", skew).note(
            CARP,
            "interval_ms",
            u32::from(base) * 1000,
        );
        heard.vote(About::Type, "firewall", 50, "vrrp", "speaks CARP, as BSD firewalls do");
        heard.say(Fact::VirtualAddress { mac: virtual_mac, ip: None });
        return;
    }
    let Some(said) = Advertisement::parse(look.payload, src.is_ipv4()) else { return };
    // RFC 9568 s7.3.
    let family = if src.is_ipv4() { 1 } else { 2 };
    let virtual_mac = MacAddr([0x00, 0x00, 0x5e, 0x00, family, said.group]);
    speaker(look, virtual_mac, heard);
    heard
        .note(SECTION, "version", said.version)
        .add(SECTION, "groups", &said.group.to_string())
        .note(SECTION, "priority", said.priority)
        .note(SECTION, "resigns", said.priority == 0)
        .note(SECTION, "interval_ms", said.interval_ms);
    for ip in &said.addresses {
        heard.add(SECTION, "addresses", &ip.to_string());
        heard.say(Fact::VirtualAddress { mac: virtual_mac, ip: Some(*ip) });
    }
}

/// The router that speaks now. Its frames come from the address that the next one will use, too
/// (RFC 9568 s7.2), so that only its own IP address is its.
fn speaker(look: &Look<'_>, virtual_mac: MacAddr, heard: &mut Heard<'_>) {
    let own = look.src_mac.filter(|mac| *mac != virtual_mac);
    heard.about(Subject { mac: own, ..look.sender() }).role(Role::Router);
}

impl Advertisement {
    /// RFC 9568 s5.1, RFC 3768 s5.1: as long as its addresses make it.
    fn parse(bytes: &[u8], is_v4: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let [kind, group, priority, count] = reader.array()?;
        let (high, low) = (reader.u8()?, reader.u8()?);
        let _checksum = reader.u16()?;
        let size = if is_v4 { 4 } else { 16 };
        let addresses = reader.take(usize::from(count) * size)?;
        let (version, interval_ms) = match kind {
            // Kind of authentication, seconds; 8 bytes of authentication at the end.
            0x21 if is_v4 && high <= 2 && reader.rest().len() == 8 => (2, u32::from(low) * 1000),
            // Four reserved bits, hundredths of a second.
            0x31 if reader.is_empty() => (3, u32::from(u16::from_be_bytes([high & 0xf, low])) * 10),
            _ => return None,
        };
        let addresses: Vec<IpAddr> = addresses.chunks_exact(size).filter_map(ip).collect();
        (group > 0 && count > 0 && usize::from(count) == addresses.len() && interval_ms > 0).then_some(Self {
            version,
            group,
            priority,
            interval_ms,
            addresses,
        })
    }
}

/// Version 2, type 1; group, skew, seven words of authentication, padding, interval; checksum, counter
/// and digest. No VRRP message of version 2 has this length.
fn carp(bytes: &[u8]) -> Option<(u8, u8, u8)> {
    match bytes {
        [0x21, group, skew, 7, _, base, rest @ ..] if rest.len() == 30 && *group > 0 => {
            Some((*group, *skew, *base))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC_MAC, facts, ip as packet, noted, sightings};
    use dpi::Value;

    fn v4(hops: u8, message: &[u8]) -> Vec<u8> {
        packet("192.0.2.3".parse().unwrap(), "224.0.0.18".parse().unwrap(), PROTOCOL, hops, message)
    }

    const VERSION_2: [u8; 20] = [0x21, 7, 100, 1, 0, 1, 0, 0, 192, 0, 2, 254, 0, 0, 0, 0, 0, 0, 0, 0];
    const VERSION_3: [u8; 12] = [0x31, 7, 100, 1, 0, 100, 0, 0, 192, 0, 2, 254];

    #[test]
    fn routers_take_turns_in_an_address() {
        for message in [&VERSION_2[..], &VERSION_3] {
            let mut frame = v4(255, message);
            frame[6..12].copy_from_slice(&[0, 0, 0x5e, 0, 1, 7]);
            let heard = sightings(&frame);
            assert_eq!(heard.len(), 1);
            assert_eq!(heard[0].about, Subject { mac: None, ip: Some("192.0.2.3".parse().unwrap()) });
            let shared = Fact::VirtualAddress {
                mac: MacAddr([0, 0, 0x5e, 0, 1, 7]),
                ip: Some("192.0.2.254".parse().unwrap()),
            };
            assert!(facts(&heard).contains(&Fact::Role(Role::Router)) && facts(&heard).contains(&shared));
            assert_eq!(noted(&heard, "vrrp", "interval_ms"), Some(Value::Number(1000)));
        }
    }

    #[test]
    fn a_frame_from_its_own_address_is_the_routers() {
        let heard = sightings(&v4(255, &VERSION_2));
        assert_eq!(heard[0].about.mac, Some(MacAddr(SRC_MAC)));
    }

    #[test]
    fn version_3_for_ipv6_has_addresses_of_its_own() {
        let message = [&VERSION_3[..8], &"fe80::7".parse::<std::net::Ipv6Addr>().unwrap().octets()].concat();
        let frame = packet("fe80::1".parse().unwrap(), "ff02::12".parse().unwrap(), PROTOCOL, 255, &message);
        let mac = MacAddr([0, 0, 0x5e, 0, 2, 7]);
        let shared = Fact::VirtualAddress { mac, ip: Some("fe80::7".parse().unwrap()) };
        assert!(facts(&sightings(&frame)).contains(&shared));
    }

    #[test]
    fn carp_is_told_by_its_length() {
        let message = [&[0x21, 4, 0, 7, 0, 1][..], &[0x5a; 30]].concat();
        let heard = sightings(&v4(255, &message));
        assert_eq!(noted(&heard, "carp", "groups"), Some(Value::List(vec!["4".into()])));
        assert_eq!(noted(&heard, "vrrp", "groups"), None);
    }

    #[test]
    fn what_is_cut_or_came_from_elsewhere_says_nothing() {
        assert!(sightings(&v4(64, &VERSION_2)).is_empty());
        for len in 0..VERSION_2.len() {
            assert!(sightings(&v4(255, &VERSION_2[..len])).is_empty(), "{len}");
        }
        for len in 0..VERSION_3.len() {
            assert!(sightings(&v4(255, &VERSION_3[..len])).is_empty(), "{len}");
        }
        assert!(sightings(&v4(255, &[0x31; 40])).is_empty());
    }
}
