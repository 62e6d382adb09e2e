//! Packets to conversations.
//!
//! A packet becomes an [`Arrival`] (decoded, keyed, hashed once); a [`Shard`] finds its flow and
//! updates it; a flow that is over leaves as [`Ended`]. The table is cut into [`SHARDS`] shards by
//! hash, and a shard sees its packets in capture order whoever runs it, so one capture gives the
//! same flows with one worker or sixteen, evictions included. There is no clock here: time comes
//! with the packets and with [`Shard::advance`].
//!
//! Memory is bounded by [`Settings::max_flows`]: an [`Entry`] is 256 bytes, what few flows need
//! (loss counters, payload under inspection) is borrowed from pools.

#![forbid(unsafe_code)]

mod arrival;
mod entry;
mod eviction;
mod fragments;
mod history;
mod index;
mod key;
mod labels;
mod pair;
mod pool;
mod rtp;
mod settings;
mod shard;
mod slab;
mod spacing;
mod state;
mod tcp;
mod wheel;

pub use arrival::{Arrival, Arrivals};
pub use entry::Entry;
pub use fragments::Fragments;
pub use key::{Ends, FlowKey, Hasher};
pub use pair::{Pair, Who};
pub use pool::Quality;
pub use settings::{Settings, Timeouts};
pub use shard::{Counts, Decided, Ended, Event, Guess, Notice, Shard, View, What};
pub use state::{EndReason, State};
pub use tcp::{Handshake, signature};

/// Shards that the table is cut into, whatever the number of workers. A power of two.
pub const SHARDS: usize = 16;

/// Which shard a flow with this hash lives in.
pub fn shard_of(hash: u64) -> usize {
    (hash >> 60) as usize
}
