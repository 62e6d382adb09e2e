//! Where records go beside the history: a place a file, registered in `open`.

mod csv;
mod daily;
mod eve;
mod outlet;
mod packets;

use std::io;
use std::path::Path;

pub use csv::cell as csv_cell;
pub use outlet::{Outlet, OutletStatus, Outlets};

use crate::item::Item;

/// A place that records go to. It has a thread of its own.
pub trait Sink: Send {
    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// Takes all of the records or none of them: they are offered again after an error.
    ///
    /// # Errors
    /// Why it cannot.
    fn take(&mut self, items: &[Item]) -> io::Result<()>;

    /// Nothing more comes.
    ///
    /// # Errors
    /// What could not be finished.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Which places there are to be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// `flows_YYYYMMDD.csv` and `alerts_YYYYMMDD.csv`.
    pub csv: bool,
    /// `eve_YYYYMMDD.json`, as Suricata writes it.
    pub eve: bool,
    /// `packets_YYYYMMDD.csv`.
    pub packets: bool,
    /// Days that their files are kept.
    pub days: u32,
}

/// The places that are wanted, in a folder.
pub fn open(folder: &Path, wanted: &Wanted) -> Vec<Box<dyn Sink>> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    if wanted.csv {
        sinks.push(Box::new(csv::Csv::new(folder, wanted.days)));
    }
    if wanted.packets {
        sinks.push(Box::new(packets::Packets::new(folder, wanted.days)));
    }
    if wanted.eve {
        sinks.push(Box::new(eve::Eve::new(folder, wanted.days)));
    }
    sinks
}
