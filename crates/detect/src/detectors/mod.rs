//! One detector a file.

pub(crate) mod arp_scan;
pub(crate) mod arp_spoof;
pub(crate) mod blocklist;
pub(crate) mod brute_force;
pub(crate) mod certificate_problem;
pub(crate) mod cleartext_credentials;
pub(crate) mod duplicate_ip;
pub(crate) mod host_scan;
pub(crate) mod icmp_flood;
pub(crate) mod lateral_movement;
pub(crate) mod port_scan;
pub(crate) mod rogue_dhcp;
pub(crate) mod smb1;
pub(crate) mod stealth_scan;
pub(crate) mod syn_flood;
pub(crate) mod udp_flood;
pub(crate) mod weak_tls;
pub(crate) mod web_attack;
