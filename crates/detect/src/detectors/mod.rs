//! One detector a file.

pub(crate) mod arp_scan;
pub(crate) mod arp_spoof;
pub(crate) mod brute_force;
pub(crate) mod capture_loss;
pub(crate) mod duplicate_ip;
pub(crate) mod host_scan;
pub(crate) mod icmp_flood;
pub(crate) mod mac_flood;
pub(crate) mod new_device;
pub(crate) mod new_service;
pub(crate) mod port_scan;
pub(crate) mod rogue_dhcp;
pub(crate) mod stealth_scan;
pub(crate) mod syn_flood;
pub(crate) mod udp_flood;
