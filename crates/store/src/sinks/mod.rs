//! Where records go beside the history: a place a file, registered in `open`.

mod csv;
mod daily;
mod eve;
mod facts;
mod http;
mod influx;
mod ipfix;
mod outlet;
mod packets;
mod queue;
mod secret;
mod syslog;
mod text;
mod webhook;
mod zeek;

use std::io;
use std::path::Path;
use std::time::Duration;

pub use csv::cell as csv_cell;
pub use http::check_url;
pub use influx::InfluxSettings;
pub use ipfix::Collector;
pub use outlet::{Outlet, OutletStatus, Outlets};
pub use secret::Secret;
pub use syslog::{SyslogServer, SyslogSettings};
pub use webhook::{Template, WebhookFormat, WebhookSettings, check_webhook};

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

    /// Sends on what it took and holds, and says whether there is more. Called after records came, and
    /// again after an error, later and later, while it goes on taking.
    ///
    /// # Errors
    /// Why nothing can be sent; it is held until the next time.
    fn push(&mut self, _within: Duration) -> io::Result<bool> {
        Ok(false)
    }

    /// What it took and had to give up since it began.
    fn lost(&self) -> u64 {
        0
    }

    /// What it holds and would be lost if it ended now.
    fn left(&self) -> u64 {
        0
    }

    /// Nothing more comes; what it holds may still be pushed.
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
    /// A time series database.
    pub influx: Option<InfluxSettings>,
    /// A log server, for alerts.
    pub syslog: Option<SyslogSettings>,
    /// Who is told of alerts over HTTP.
    pub webhooks: Vec<WebhookSettings>,
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
    // What waits for it waits in a file.
    if let (Some(folder), Some(settings)) = (folder, &wanted.influx) {
        sinks.push(Box::new(influx::Influx::new(folder, settings)));
    }
    if let Some(settings) = &wanted.syslog {
        sinks.push(Box::new(syslog::Syslog::new(settings)));
    }
    for settings in &wanted.webhooks {
        sinks.push(Box::new(webhook::Webhook::new(settings)));
    }
    sinks
}
