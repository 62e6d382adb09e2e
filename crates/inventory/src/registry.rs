//! All watchers. A new one is one file under `watchers/` and one line here.

use crate::watcher::Watcher;
use crate::watchers as w;

pub(crate) static WATCHERS: &[&Watcher] = &[
    // Link and network layer.
    &w::arp::ARP,
    &w::cdp::CDP,
    &w::eapol::EAPOL,
    &w::edp::EDP,
    &w::fdp::FDP,
    &w::hsrp::GLBP,
    &w::hsrp::HSRP,
    &w::lacp::LACP,
    &w::lldp::LLDP,
    &w::mndp::MNDP,
    &w::multicast::MULTICAST,
    &w::ndp::NDP,
    &w::pppoe::PPPOE,
    &w::profinet::PROFINET,
    &w::sonmp::SONMP,
    &w::stp::STP,
    &w::vrrp::VRRP,
    // Datagrams.
    &w::bacnet::BACNET,
    &w::dhcp::DHCP,
    &w::dhcp6::DHCP6,
    &w::enip::ENIP,
    &w::knxnet_ip::KNXNET_IP,
    &w::lifx::LIFX,
    &w::llmnr::LLMNR,
    &w::mdns::MDNS,
    &w::netbios::NETBIOS,
    &w::snmp::SNMP,
    &w::ssdp::SSDP,
    &w::steam::STEAM,
    &w::tplink::TPLINK,
    &w::tuya::TUYA,
    &w::ubiquiti::UBIQUITI,
    &w::ws_discovery::WS_DISCOVERY,
    &w::yeelight::YEELIGHT,
    // Flows.
    &w::clock::CLOCK,
    &w::directory::DIRECTORY,
    &w::dns::DNS,
    &w::greetings::GREETINGS,
    &w::hosts::HOSTS,
    &w::http::HTTP,
    &w::industrial::INDUSTRIAL,
    &w::remote::REMOTE,
    &w::services::SERVICES,
    &w::smb::SMB,
    &w::ssh::SSH,
    &w::syn::SYN,
    &w::tls::TLS,
    &w::voice::VOICE,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::WATCHERS;
    use crate::testing::{DST, SRC, ethernet, ip, llc, sightings, udp};
    use crate::watcher::On;

    /// Reproducible noise (xorshift, Marsaglia 2003).
    fn noise(state: &mut u32, len: usize) -> Vec<u8> {
        let mut next = || {
            *state ^= *state << 13;
            *state ^= *state >> 17;
            *state ^= *state << 5;
            *state
        };
        (0..len).map(|_| next().to_be_bytes()[0]).collect()
    }

    #[test]
    fn noise_in_a_protocols_place_says_nothing() {
        const GROUP: [u8; 6] = [0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcd];
        let group = [224, 0, 0, 2].into();
        let mut state = 0x2545_f491;
        for on in WATCHERS.iter().flat_map(|watcher| watcher.on) {
            for len in (0..1000).map(|n| n % 120 + 1) {
                let bytes = noise(&mut state, len);
                let frame = match *on {
                    On::EtherType(kind) if kind == wire::ether_type::PPPOE_DISCOVERY && len < 6 => continue,
                    On::EtherType(kind) => ethernet(kind, &bytes),
                    On::Llc(point) => llc(GROUP, &[&[point, point, 3][..], &bytes].concat()),
                    On::Snap([a, b, c], protocol) => {
                        let [high, low] = protocol.to_be_bytes();
                        llc(GROUP, &[&[0xaa, 0xaa, 3, a, b, c, high, low][..], &bytes].concat())
                    }
                    On::Ip(protocol) => ip(SRC.into(), group, protocol, 255, &bytes),
                    On::Udp(port) => udp((SRC.into(), port), (DST.into(), port), &bytes),
                    On::Flow(_) | On::AnyFlow => break,
                };
                assert!(sightings(&frame).is_empty(), "{on:?}: {bytes:02x?}");
            }
        }
    }

    /// The lines of the manual under an object's heading.
    fn section<'a>(manual: &'a str, object: &str) -> Option<&'a str> {
        let from = manual.split(&format!("\n### {object}\n")).nth(1)?;
        from.split("\n### ").next()
    }

    #[test]
    fn names_are_unique_and_everything_noted_is_in_the_manual() {
        let manual = include_str!("../../../docs/devices.md");
        let mut names = BTreeSet::new();
        for watcher in WATCHERS {
            assert!(names.insert(watcher.name), "two watchers are named {}", watcher.name);
            assert!(!watcher.on.is_empty(), "{} reads nothing", watcher.name);
            for (object, fields) in watcher.notes {
                let Some(section) = section(manual, object) else {
                    panic!("docs/devices.md has no section {object}");
                };
                let words: BTreeSet<&str> =
                    section.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
                for field in *fields {
                    assert!(words.contains(field), "docs/devices.md lacks {object}.{field}");
                }
            }
        }
        assert!(names.len() >= 5, "only {} watchers", names.len());
    }
}
