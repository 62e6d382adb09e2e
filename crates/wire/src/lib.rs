//! Bytes to headers: zero-copy views of layers 2 to 4.
//!
//! Two ways to look at a frame, for two needs:
//!
//! * [`Packet::decode`] walks a frame once and returns a small `Copy` summary (offsets, ports,
//!   TCP numbers, lengths). This is the per-packet path: no allocation, no state, no unsafe.
//!   What is encapsulated further in is another [`Packet`], made by [`Packet::inner`].
//! * One module per header ([`ipv4`], [`tcp`], [`vxlan`], ...) has a view whose methods name
//!   every field the specification names.
//!
//! Both are total functions of the bytes: whatever comes off the wire gives a value or a
//! [`Malformed`] cause, never a panic.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used))]
#![cfg_attr(test, allow(clippy::cast_possible_truncation))]

mod address;
mod error;
mod frame;
mod header;
mod packet;
#[cfg(test)]
mod testing;
mod time;
mod walk;

pub mod ah;
pub mod arp;
pub mod capwap;
pub mod chdlc;
pub mod dccp;
pub mod erspan;
pub mod esp;
pub mod ethernet;
pub mod fabric_path;
pub mod geneve;
pub mod gre;
pub mod gtpu;
pub mod icmp;
pub mod icmpv6;
pub mod ieee80211;
pub mod igmp;
pub mod ipv4;
pub mod ipv6;
pub mod l2tp;
pub mod link;
pub mod llc;
pub mod mpls;
pub mod ndp;
pub mod null;
pub mod ppi;
pub mod ppp;
pub mod pppoe;
pub mod radiotap;
pub mod sctp;
pub mod sll;
pub mod sll2;
pub mod tcp;
pub mod teredo;
pub mod tunnel;
pub mod udp;
pub mod udp_lite;
pub mod vlan;
pub mod vxlan;

pub use address::MacAddr;
pub use error::Malformed;
pub use frame::{Frame, VlanTag};
pub use header::Header;
pub use link::LinkType;
pub use packet::{Flags, Net, Packet, Tunnel, Vlans};
pub use time::Timestamp;

/// IP protocol numbers that the decoder treats specially (IANA protocol-numbers registry).
pub mod ip_protocol {
    #![allow(missing_docs)]
    pub const HOP_BY_HOP: u8 = 0;
    pub const ICMP: u8 = 1;
    pub const IGMP: u8 = 2;
    pub const IPV4: u8 = 4;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const DCCP: u8 = 33;
    pub const IPV6: u8 = 41;
    pub const ROUTING: u8 = 43;
    pub const FRAGMENT: u8 = 44;
    pub const GRE: u8 = 47;
    pub const ESP: u8 = 50;
    pub const AH: u8 = 51;
    pub const ICMPV6: u8 = 58;
    pub const NO_NEXT_HEADER: u8 = 59;
    pub const DESTINATION_OPTIONS: u8 = 60;
    pub const L2TP: u8 = 115;
    pub const SCTP: u8 = 132;
    pub const MOBILITY: u8 = 135;
    pub const UDP_LITE: u8 = 136;
    pub const HIP: u8 = 139;
    pub const SHIM6: u8 = 140;
}

/// EtherType values that the decoder treats specially (IEEE 802 numbers registry).
pub mod ether_type {
    #![allow(missing_docs)]
    pub const IPV4: u16 = 0x0800;
    pub const ARP: u16 = 0x0806;
    pub const TRANSPARENT_ETHERNET: u16 = 0x6558;
    pub const RARP: u16 = 0x8035;
    pub const VLAN: u16 = 0x8100;
    pub const IPV6: u16 = 0x86dd;
    pub const PPP: u16 = 0x880b;
    pub const WCCP: u16 = 0x883e;
    pub const MPLS: u16 = 0x8847;
    pub const MPLS_UPSTREAM: u16 = 0x8848;
    pub const PPPOE_DISCOVERY: u16 = 0x8863;
    pub const PPPOE_SESSION: u16 = 0x8864;
    pub const QINQ: u16 = 0x88a8;
    pub const ERSPAN: u16 = 0x88be;
    pub const ERSPAN3: u16 = 0x22eb;
    pub const FABRIC_PATH: u16 = 0x8903;
    pub const QINQ_OLD: u16 = 0x9100;
    /// Lengths end and EtherTypes begin here (IEEE 802.3 clause 3.2.6).
    pub const FIRST: u16 = 0x0600;
}
