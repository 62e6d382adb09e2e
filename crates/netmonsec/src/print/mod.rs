//! What people and programs read: tables, JSON Lines, the live screen.
//!
//! Names, hosts and the like come from the wire, so whatever goes to a terminal passes
//! [`safe`] first.

mod alerts;
mod devices;
mod drops;
mod escape;
mod flows;
mod json;
mod live;
mod progress;
#[cfg(test)]
mod samples;
mod summary;
mod table;
mod terminal;
mod topology;
pub mod units;

use std::io;

pub use alerts::{alert_list, alert_table};
pub use devices::device_table;
pub use escape::{Safe, SafeBytes, safe, width, wrap};
pub use flows::FlowTable;
pub use json::JsonLines;
pub use live::{LivePage, LiveScreen, restore_terminal_on_panic};
pub use progress::Progress;
pub use summary::summary;
pub use table::{Cell, Column, Kind, Table};
pub use terminal::{Style, Terminal};
pub use topology::topology;

/// Writing failed because nobody reads any more (`netmonsec read x | head`): a reason to end, not
/// to complain.
pub fn reader_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
