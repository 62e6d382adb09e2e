//! From blocks of packets to records: workers, dispatch, the merge in packet time.
//!
//! [`Front`] turns frames into arrivals, [`Tables`] are a worker's shards of the flow table,
//! [`Merge`] puts what workers emit in packet-time order. [`read`] runs them over a capture file,
//! in one thread or several; [`live`] over network interfaces. Whoever runs them, a shard sees the
//! same packets in the same order, so the records are the same.

#![forbid(unsafe_code)]
#![allow(clippy::vec_box, reason = "an ended flow is 400 bytes: queues and sorting move pointers")]

mod clock;
mod closing;
mod counters;
mod front;
mod merge;
mod record;
mod sampler;
mod tables;
mod talkers;

pub mod live;
pub mod read;

pub use clock::wall_clock;
pub use counters::{Counters, Totals};
pub use front::Front;
pub use inventory::{Network, Networks};
pub use merge::Merge;
pub use record::{Recorder, transport_name};
pub use sampler::SampledPacket;
pub use tables::Tables;

use std::sync::Arc;

use inventory::Sighting;

/// What the engine needs to know, apart from where packets come from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Flow table and timeouts.
    pub flow: flow::Settings,
    /// Which addresses are this network's own.
    pub local: Networks,
    /// Packets from or to these are counted as filtered and left out.
    pub ignore: Networks,
    /// Devices that are kept.
    pub max_devices: usize,
    /// Protocol recognition.
    pub dpi: Arc<dpi::Engine>,
    /// Where addresses are.
    pub geo: Arc<inventory::Geo>,
    /// What handshakes of which systems look like.
    pub os: Arc<inventory::os::Table>,
    /// What detection goes by.
    pub detect: Arc<detect::Settings>,
}

/// Takes flows that are over, in packet-time order.
pub trait FlowSink {
    /// False if nobody looks at flows: then none is handed over, only counted.
    fn wants_flows(&self) -> bool;

    /// An interface that flows refer to by number, before the first such flow comes.
    fn interface(&mut self, number: u16, name: Option<&str>) {
        let _ = (number, name);
    }

    /// What a flow said about flows to come; it comes before the records of those.
    fn notice(&mut self, notice: &flow::Notice) {
        let _ = notice;
    }

    /// True if somebody wants to know what devices say of themselves.
    fn wants_sightings(&self) -> bool {
        false
    }

    /// Something that a device said of itself, or others of it.
    fn sighting(&mut self, sighting: &Sighting) {
        let _ = sighting;
    }

    /// True if somebody wants to know what happens while flows are open.
    fn wants_happenings(&self) -> bool {
        false
    }

    /// Something that happened to a flow or in a frame.
    fn happening(&mut self, happening: &detect::Happening) {
        let _ = happening;
    }

    /// How many packets there are to each that is sampled, of a live capture; 0 is none.
    fn sampled(&self) -> u32 {
        0
    }

    /// One packet out of so many, in no strict order.
    fn packet(&mut self, packet: &SampledPacket) {
        let _ = packet;
    }

    /// Everything from before this whole second of packet time has been handed over.
    fn advance(&mut self, second: u64) {
        let _ = second;
    }

    /// One flow, or a part of a long one.
    fn flow(&mut self, ended: &flow::Ended);

    /// Other settings from now on.
    fn configure(&mut self, settings: &Settings) {
        let _ = settings;
    }

    /// What was handed over so far should be on its way now; a live capture says so often.
    fn flush(&mut self) {}

    /// Nothing more comes. Only a live capture says so.
    fn finish(&mut self) {}
}

/// The hash seed for files: fixed, so that one capture always gives the same records.
pub const FILE_SEED: u64 = 0x6e65_746d_6f6e_7365;
