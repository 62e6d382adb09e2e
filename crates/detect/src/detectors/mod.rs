//! One detector a file.

pub(crate) mod arp_scan;
pub(crate) mod arp_spoof;
pub(crate) mod beaconing;
pub(crate) mod brute_force;
pub(crate) mod capture_loss;
pub(crate) mod certificate_problem;
pub(crate) mod cleartext_credentials;
pub(crate) mod data_exfiltration;
pub(crate) mod dns_tunnel;
pub(crate) mod duplicate_ip;
pub(crate) mod host_scan;
pub(crate) mod icmp_flood;
pub(crate) mod icmp_tunnel;
pub(crate) mod lateral_movement;
pub(crate) mod mac_flood;
pub(crate) mod new_device;
pub(crate) mod new_service;
pub(crate) mod nxdomain_burst;
pub(crate) mod port_scan;
pub(crate) mod rogue_dhcp;
pub(crate) mod smb1;
pub(crate) mod stealth_scan;
pub(crate) mod syn_flood;
pub(crate) mod udp_flood;
pub(crate) mod weak_tls;
pub(crate) mod web_attack;
