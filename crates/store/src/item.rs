use std::sync::Arc;

use model::{Alert, Device, Flow};
use wire::Timestamp;

/// Something to keep.
#[derive(Clone, Debug)]
pub enum Item {
    /// A flow, or a part of a long one, that is over.
    Flow(Arc<SeenFlow>),
    /// A device as it stands; a later one of the same id replaces it.
    Device(Box<Device>),
    /// An alert as it stands; a later one of the same id replaces it, but for what people did with it.
    Alert(Box<Alert>),
    /// What somebody did with an alert.
    Verdict {
        /// The alert's id.
        alert: String,
        /// `open`, `acknowledged`, `muted`.
        state: String,
        /// What was written.
        comment: String,
        /// Who it was.
        who: String,
        /// When, RFC 3339.
        time: String,
    },
    /// Counters of the whole capture for a minute: packets, bytes, packets that the kernel dropped.
    Traffic {
        /// When the minute began.
        minute: Timestamp,
        /// Packets received.
        packets: u64,
        /// Their bytes.
        bytes: u64,
        /// Packets lost to the kernel.
        dropped: u64,
    },
}

/// A flow with what its record has only as text.
#[derive(Clone, Debug)]
pub struct SeenFlow {
    /// First packet.
    pub start: Timestamp,
    /// Last packet.
    pub end: Timestamp,
    /// Id of the device that opened it, if that is known.
    pub src_device: Option<String>,
    /// Id of the device it went to.
    pub dst_device: Option<String>,
    /// The record.
    pub record: Flow,
}
