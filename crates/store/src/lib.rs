//! Months of history on one disk.
//!
//! `netmonsec.db` holds devices, alerts and roll-ups; flows lie in a file a day
//! (`flows/YYYYMMDD.db`), so that forgetting a day is removing a file. One thread writes, in batches
//! of at most a second; readers have connections of their own and never wait for it. Whatever happens
//! to the disk, whoever hands records over is never held up: what cannot be kept is counted.

#![forbid(unsafe_code)]

mod clock;
mod database;
/// Days, which is what flows are filed by.
pub mod day;
mod error;
pub mod flows;
mod item;
mod main_file;
mod priority;
mod queue;
mod retention;
mod rollup;
/// Where records go beside the history.
pub mod sinks;
mod status;
mod writer;

pub use error::StoreError;
pub use item::{Item, SeenFlow, SeenPacket};
pub use main_file::{AlertRow, DeviceRow, MainReader, Point, Top};
pub use queue::Queue;
pub use retention::Retention;
pub use rollup::{Kind, Resolution};
pub use status::{Status, Trouble};
pub use writer::{Settings, StatusWatch, Store};
