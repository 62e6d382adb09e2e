//! The detectors there are.

use crate::detector::Spec;
use crate::detectors::arp_scan;
use crate::detectors::arp_spoof;
use crate::detectors::beaconing;
use crate::detectors::blocklist;
use crate::detectors::brute_force;
use crate::detectors::capture_loss;
use crate::detectors::certificate_problem;
use crate::detectors::cleartext_credentials;
use crate::detectors::data_exfiltration;
use crate::detectors::dns_tunnel;
use crate::detectors::duplicate_ip;
use crate::detectors::host_scan;
use crate::detectors::icmp_flood;
use crate::detectors::icmp_tunnel;
use crate::detectors::lateral_movement;
use crate::detectors::mac_flood;
use crate::detectors::new_device;
use crate::detectors::new_service;
use crate::detectors::nxdomain_burst;
use crate::detectors::port_scan;
use crate::detectors::rogue_dhcp;
use crate::detectors::smb1;
use crate::detectors::stealth_scan;
use crate::detectors::syn_flood;
use crate::detectors::traffic_spike;
use crate::detectors::udp_flood;
use crate::detectors::weak_tls;
use crate::detectors::web_attack;

/// Every detector, in the order in which they see what happens.
pub const DETECTORS: &[&Spec] = &[
    // Looking around.
    &port_scan::SPEC,
    &host_scan::SPEC,
    &stealth_scan::SPEC,
    &arp_scan::SPEC,
    // Overload.
    &syn_flood::SPEC,
    &udp_flood::SPEC,
    &icmp_flood::SPEC,
    &traffic_spike::SPEC,
    // Ways out.
    &icmp_tunnel::SPEC,
    &nxdomain_burst::SPEC,
    &dns_tunnel::SPEC,
    &data_exfiltration::SPEC,
    &beaconing::SPEC,
    // Ways in.
    &web_attack::SPEC,
    &brute_force::SPEC,
    &lateral_movement::SPEC,
    // The link.
    &arp_spoof::SPEC,
    &duplicate_ip::SPEC,
    &rogue_dhcp::SPEC,
    &mac_flood::SPEC,
    &new_device::SPEC,
    &new_service::SPEC,
    // Weak spots.
    &cleartext_credentials::SPEC,
    &weak_tls::SPEC,
    &certificate_problem::SPEC,
    &smb1::SPEC,
    // What is known to be bad, and what was not seen.
    &blocklist::SPEC,
    &capture_loss::SPEC,
];

#[cfg(test)]
mod manual;
