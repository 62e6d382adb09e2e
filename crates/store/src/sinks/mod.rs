//! Where records go beside the history: a place a file, registered in `open`.

mod csv;
mod daily;
mod eve;
mod facts;
mod ipfix;
mod outlet;
mod packets;
mod zeek;

use std::io;
use std::path::Path;

pub use csv::cell as csv_cell;
pub use ipfix::Collector;
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
    /// `zeek/conn_YYYYMMDD.log` and its like, as Zeek writes them.
    pub zeek: Option<Zeek>,
    /// Who is told of every flow over the network.
    pub ipfix: Option<Collector>,
    /// Days that their files are kept.
    pub days: u32,
}

/// How Zeek's logs are to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zeek {
    /// Separated by tabs.
    Tsv,
    /// An object a line.
    Json,
}

/// The places that are wanted; files are in a folder, if there is one.
pub fn open(folder: Option<&Path>, wanted: &Wanted) -> Vec<Box<dyn Sink>> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    if let Some(folder) = folder {
        if wanted.csv {
            sinks.push(Box::new(csv::Csv::new(folder, wanted.days)));
        }
        if wanted.packets {
            sinks.push(Box::new(packets::Packets::new(folder, wanted.days)));
        }
        if wanted.eve {
            sinks.push(Box::new(eve::Eve::new(folder, wanted.days)));
        }
        if let Some(form) = wanted.zeek {
            sinks.push(Box::new(zeek::Zeek::new(folder, form == Zeek::Json, wanted.days)));
        }
    }
    if let Some(collector) = &wanted.ipfix {
        sinks.push(Box::new(ipfix::Ipfix::new(collector.clone())));
    }
    sinks
}
