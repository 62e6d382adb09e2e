//! All watchers. A new one is one file under `watchers/` and one line here.

use crate::watcher::Watcher;
use crate::watchers as w;

pub(crate) static WATCHERS: &[&Watcher] = &[
    // Link and network layer.
    &w::arp::ARP,
    &w::cdp::CDP,
    &w::edp::EDP,
    &w::fdp::FDP,
    &w::lldp::LLDP,
    &w::ndp::NDP,
    &w::sonmp::SONMP,
    &w::stp::STP,
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
    &w::ws_discovery::WS_DISCOVERY,
    &w::yeelight::YEELIGHT,
    // Flows.
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
