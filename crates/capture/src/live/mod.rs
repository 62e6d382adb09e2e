//! Live capture from network interfaces: AF_PACKET rings (TPACKET_V3), Linux only.
//!
//! [`Ring::open`] or [`Ring::open_group`] begin a capture, [`wait`] sleeps until there is a block,
//! [`Ring::next_block`] takes it, [`Ring::drain`] ends. [`interfaces`] lists what there is to listen
//! on and [`tuning`] what stands in the way of doing it well. The reference for all of it is
//! packet(7) and the kernel's Documentation/networking/packet_mmap.rst.

mod addresses;
mod block;
mod bpf;
mod config;
mod cpu;
mod error;
mod fanout;
mod interfaces;
mod ring;
mod stats;
mod sys;
pub mod tuning;
mod wait;

pub use addresses::address_hash;
pub use block::RingBlock;
pub use config::RingConfig;
pub use cpu::{give_way, pin_to_cpu};
pub use error::LiveError;
pub use fanout::Fanout;
pub use interfaces::{InterfaceInfo, default_interface, interfaces};
pub use ring::Ring;
pub use stats::RingStats;
pub use wait::{Event, LinkState, Ready, wait};
