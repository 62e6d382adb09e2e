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
    &w::dhcp::DHCP,
    &w::mdns::MDNS,
    &w::ssdp::SSDP,
    // Flows.
];
