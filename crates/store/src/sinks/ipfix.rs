//! Flows to a collector as IPFIX (RFC 7011), with elements of IANA's registry alone.

mod collector;
mod message;
mod session;

use std::io;

pub use collector::Collector;

use super::Sink;
use crate::item::Item;
use message::{Record, Template};
use session::Session;

/// Tells a collector of every flow.
#[derive(Debug)]
pub(super) struct Ipfix {
    collector: Collector,
    session: Option<Session>,
    /// Records of the batch that are sent, for when the rest is offered again.
    done: usize,
}

impl Ipfix {
    pub(super) fn new(collector: Collector) -> Self {
        Self { collector, session: None, done: 0 }
    }

    fn send(&mut self, records: &[Record]) -> io::Result<()> {
        // What was open may have been closed by the other side since.
        if self.session.as_ref().is_some_and(Session::is_closed) {
            self.session = None;
        }
        let session = match &mut self.session {
            Some(session) => session,
            none => none.insert(Session::open(&self.collector)?),
        };
        for template in [Template::Ipv4, Template::Ipv6] {
            let of_it = records.iter().filter(|record| record.template == template).count();
            // Those of version 4 come first.
            let before = if template == Template::Ipv4 { 0 } else { records.len() - of_it };
            let end = before + of_it;
            while let Some(rest) = records.get(self.done.max(before)..end).filter(|rest| !rest.is_empty()) {
                self.done = self.done.max(before) + session.send(template, rest)?;
            }
        }
        Ok(())
    }
}

impl Sink for Ipfix {
    fn name(&self) -> &'static str {
        "ipfix.collector"
    }

    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        let flows = items.iter().filter_map(|item| match item {
            Item::Flow(flow) => Some(flow),
            _ => None,
        });
        let mut records: Vec<Record> = flows.flat_map(|flow| message::records(flow)).collect();
        if records.is_empty() {
            return Ok(());
        }
        records.sort_by_key(|record| record.template);
        let result = self.send(&records);
        match result {
            Ok(()) => self.done = 0,
            // Half a message may have gone: what comes after it would not be understood.
            Err(_) => self.session = None,
        }
        result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.collector)))
    }
}
