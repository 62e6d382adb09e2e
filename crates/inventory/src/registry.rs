//! All watchers. A new one is one file under `watchers/` and one line here.

use crate::watcher::Watcher;
use crate::watchers as w;

pub(crate) static WATCHERS: &[&Watcher] = &[
    // Link and network layer.
    &w::arp::ARP,
    // Datagrams.
    &w::bacnet::BACNET,
    &w::dhcp::DHCP,
    &w::dhcp6::DHCP6,
    &w::enip::ENIP,
    &w::knxnet_ip::KNXNET_IP,
    &w::llmnr::LLMNR,
    &w::mdns::MDNS,
    &w::netbios::NETBIOS,
    &w::snmp::SNMP,
    &w::ssdp::SSDP,
    &w::steam::STEAM,
    &w::tplink::TPLINK,
    &w::ubiquiti::UBIQUITI,
    &w::ws_discovery::WS_DISCOVERY,
    &w::yeelight::YEELIGHT,
    // Flows.
];
