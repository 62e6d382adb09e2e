//! All watchers. A new one is one file under `watchers/` and one line here.

use crate::watcher::Watcher;
use crate::watchers as w;

pub(crate) static WATCHERS: &[&Watcher] = &[
    // Link and network layer.
    &w::arp::ARP,
    // Datagrams.
    &w::dhcp::DHCP,
    &w::dhcp6::DHCP6,
    &w::llmnr::LLMNR,
    &w::mdns::MDNS,
    &w::netbios::NETBIOS,
    &w::snmp::SNMP,
    &w::ssdp::SSDP,
    &w::ws_discovery::WS_DISCOVERY,
    // Flows.
];
