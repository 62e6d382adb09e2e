//! One file per protocol that devices say something of themselves in.

// Link and network layer.
pub(crate) mod arp;
pub(crate) mod cdp;
pub(crate) mod eapol;
pub(crate) mod edp;
pub(crate) mod fdp;
pub(crate) mod hsrp;
pub(crate) mod lacp;
pub(crate) mod lldp;
pub(crate) mod mndp;
pub(crate) mod multicast;
pub(crate) mod ndp;
pub(crate) mod pppoe;
pub(crate) mod profinet;
pub(crate) mod sonmp;
pub(crate) mod stp;
pub(crate) mod ubnt;
pub(crate) mod vrrp;
// Datagrams.
pub(crate) mod dhcp;
pub(crate) mod mdns;
pub(crate) mod ssdp;
// Flows.
