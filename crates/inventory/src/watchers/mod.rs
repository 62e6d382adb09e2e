//! One file per protocol that devices say something of themselves in.

// Link and network layer.
pub(crate) mod arp;
// Datagrams.
pub(crate) mod dhcp;
pub(crate) mod mdns;
pub(crate) mod ssdp;
// Flows.
