//! Who is on the network, said with evidence.
//!
//! The device is the entity; hardware addresses, IP addresses and names are its attributes in
//! time. [`Lookout`] sees every frame as it comes and lets the watchers (`watchers/<name>.rs`, one
//! line each in `registry.rs`) read those that devices speak about themselves in: ARP, DHCP, mDNS,
//! LLDP and so on. What they read leaves as [`Sighting`]s, which [`Inventory`] takes in packet-time
//! order, together with the flows that are over, and makes devices of. Nothing is ever sent.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used))]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod browser;
mod cdp_message;
mod classify;
mod columns;
#[cfg(test)]
mod conversation;
mod devices;
mod dhcp_message;
mod discovery;
mod dns;
mod geo;
mod headers;
mod lldp_message;
mod lookout;
mod network;
pub mod os;
mod registry;
mod sighting;
#[cfg(test)]
mod testing;
mod types;
mod uuid;
mod vendor;
mod watcher;
mod watchers;
mod xml;

pub use devices::{Counts, Inventory, Settings};
pub use dhcp_message::DhcpServed;
pub use geo::{Country, Database, DatabaseError, Geo, Place};
pub use lookout::Lookout;
pub use network::{Network, Networks};
pub use sighting::{About, Evidence, Fact, Identity, NameSource, Role, Service, Sighting, Subject, Vote};
pub use types::TYPES;
pub use vendor::{is_local, vendor, vendors_date, virtual_kind};
