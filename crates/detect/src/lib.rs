//! What happens on the network, judged: events in packet-time order in, alerts out.
//!
//! A [`Lens`] picks out of frames what detectors want to see, flows tell what happens to them
//! ([`flow::Event`]), and a [`Watch`] gives all of it to the detectors in one order, whichever worker
//! it comes from. A detector is one file in `detectors/` and one line in [`registry`]; it holds
//! bounded state and [reports](Report), and the [`Book`] makes reports of one thing into one alert.
//! There is no clock here: time comes with the events.

#![forbid(unsafe_code)]

mod actor;
mod attempts;
mod blocklists;
mod book;
mod claims;
mod desk;
mod detector;
mod detectors;
mod domain;
mod exclusion;
mod flood;
mod group;
mod happening;
mod lens;
mod neighbours;
mod progress;
pub mod registry;
mod relay;
mod repeat;
mod report;
mod settings;
mod shelves;
mod sketch;
mod spots;
mod spread;
mod state;
mod table;
mod tally;
mod threshold;
mod watch;

#[cfg(test)]
mod testing;

pub use actor::Actor;
pub use attempts::{Attempt, Outcome};
pub use blocklists::{BadEntry, Blocklists};
pub use book::{Book, Voice};
pub use desk::{Desk, Place};
pub use detector::{Detector, Kind, Loss, Sight, Spec};
pub use exclusion::Exclusion;
pub use group::Group;
pub use happening::{Frame, Happening, Order, Seen};
pub use lens::Lens;
pub use report::Report;
pub use settings::{Settings, Values};
pub use threshold::{Setting, Threshold, Unit};
pub use watch::Watch;
