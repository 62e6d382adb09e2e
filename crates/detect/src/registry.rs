//! The detectors there are.

use crate::detector::Spec;
use crate::detectors::arp_scan;
use crate::detectors::arp_spoof;
use crate::detectors::brute_force;
use crate::detectors::capture_loss;
use crate::detectors::duplicate_ip;
use crate::detectors::host_scan;
use crate::detectors::icmp_flood;
use crate::detectors::mac_flood;
use crate::detectors::new_device;
use crate::detectors::new_service;
use crate::detectors::port_scan;
use crate::detectors::rogue_dhcp;
use crate::detectors::stealth_scan;
use crate::detectors::syn_flood;
use crate::detectors::udp_flood;

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
    // Ways out.
    // Ways in.
    &brute_force::SPEC,
    // The link.
    &arp_spoof::SPEC,
    &duplicate_ip::SPEC,
    &rogue_dhcp::SPEC,
    &mac_flood::SPEC,
    &new_device::SPEC,
    &new_service::SPEC,
    // Weak spots.
    // What is known to be bad, and what was not seen.
    &capture_loss::SPEC,
];

#[cfg(test)]
mod manual;
