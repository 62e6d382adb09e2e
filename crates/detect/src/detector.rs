use std::fmt::Debug;

use flow::Notice;
use inventory::Sighting;
use model::Severity;
use wire::Timestamp;

use crate::attempts::Attempt;
use crate::desk::Desk;
use crate::happening::Frame;
use crate::threshold::Threshold;

/// A detector, as the registry knows it: everything about it but its state.
#[derive(Debug)]
pub struct Spec {
    /// Its name in configuration and alerts.
    pub id: &'static str,
    /// What it finds, as a heading.
    pub title: &'static str,
    /// How bad that is, unless the report says otherwise.
    pub severity: Severity,
    /// ATT&CK technique ids.
    pub mitre: &'static [&'static str],
    /// How it decides, for the manual: what is counted, over what, against what.
    pub about: &'static str,
    /// What harmless things look the same.
    pub harmless: &'static str,
    /// What to look at next.
    pub next: &'static str,
    /// What can be set.
    pub thresholds: &'static [Threshold],
    /// What it wants to see.
    pub sees: &'static [Kind],
    /// Makes one that has seen nothing yet.
    pub new: fn() -> Box<dyn Detector>,
}

/// Kinds of [`Sight`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// [`Sight::Flow`].
    Flow,
    /// [`Sight::Frame`].
    Frame,
    /// [`Sight::Attempt`].
    Attempt,
    /// [`Sight::Lookup`].
    Lookup,
    /// [`Sight::Ended`].
    Ended,
    /// [`Sight::Sighting`].
    Sighting,
    /// [`Sight::Loss`].
    Loss,
}

impl Kind {
    /// How many there are.
    pub(crate) const COUNT: usize = 7;
}

/// What a detector gets to see, in packet-time order.
#[derive(Clone, Copy, Debug)]
pub enum Sight<'a> {
    /// Something happened to a flow.
    Flow(&'a flow::Event),
    /// Something was seen in a frame.
    Frame(&'a Frame),
    /// An attempt to reach a port came to something, or to nothing.
    Attempt(&'a Attempt),
    /// A DNS message, and the notice that it came with; not those that a resolver passes on.
    Lookup(&'a Notice, &'a dpi::Lookup),
    /// A flow, or a part of a long one, is over.
    Ended(&'a flow::Ended, &'a model::Flow),
    /// A device said something of itself, or another of it.
    Sighting(&'a Sighting),
    /// The kernel says what it had to drop.
    Loss(Loss),
}

/// What came to an interface since it was last said, and how much of that the kernel dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loss {
    /// Number of the interface.
    pub interface: u16,
    /// Packets that were handed over.
    pub received: u64,
    /// Packets for which there was no room.
    pub dropped: u64,
}

impl Sight<'_> {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Flow(_) => Kind::Flow,
            Self::Frame(_) => Kind::Frame,
            Self::Attempt(_) => Kind::Attempt,
            Self::Lookup(..) => Kind::Lookup,
            Self::Ended(..) => Kind::Ended,
            Self::Sighting(_) => Kind::Sighting,
            Self::Loss(_) => Kind::Loss,
        }
    }
}

/// Sees what happens and reports what is wrong.
///
/// Its state is bounded; at the bound it refuses new keys and counts them, so that a flood of made-up
/// addresses cannot push out evidence. The same sights give the same reports, and the state at a time
/// does not depend on how often [`Detector::advance`] was called before it.
pub trait Detector: Debug + Send {
    /// Takes in what happened.
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>);

    /// Packet time has come to `now`, about once a second, and at the end of the capture: what was
    /// put off is reported, what is too old is forgotten.
    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        let _ = (now, desk);
    }

    /// Entries of its tables, and keys that it had to refuse.
    fn load(&self) -> (usize, u64) {
        (0, 0)
    }

    /// What it has learnt and will need after a restart.
    fn save(&self) -> Option<serde_json::Value> {
        None
    }

    /// Goes on from what [`Detector::save`] gave; what does not fit is left out.
    fn restore(&mut self, saved: &serde_json::Value) {
        let _ = saved;
    }
}
