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
    &w::ubnt::UBNT,
    &w::vrrp::VRRP,
    // Datagrams.
    &w::dhcp::DHCP,
    &w::mdns::MDNS,
    &w::ssdp::SSDP,
    // Flows.
];
