//! Analysing capture files, in one thread or several, with the same result.

mod alone;
mod pace;
mod together;
mod windows;

use capture::file::{ReadError, Reader};
use capture::{Block, Record};
use wire::Timestamp;

use crate::counters::Totals;
use crate::{FlowSink, Settings};

/// One capture to read.
#[derive(Debug)]
pub struct Source {
    /// What people call it: its path, or `-`.
    pub name: String,
    /// Where its packets come from.
    pub reader: Reader,
    /// A batch that was read but belongs to the next run.
    put_back: Option<(Block, Vec<Record>)>,
}

impl Source {
    /// A capture under its name.
    pub fn new(name: String, reader: Reader) -> Self {
        Self { name, reader, put_back: None }
    }

    fn next_batch(&mut self, records: &mut Vec<Record>) -> Result<Option<Block>, ReadError> {
        if let Some((block, batch)) = self.put_back.take() {
            *records = batch;
            return Ok(Some(block));
        }
        self.reader.next_batch(records)
    }
}

/// What came of reading.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Packets and flows.
    pub totals: Totals,
    /// Captures that are cut or damaged: name and what is wrong. Their records up to there are in.
    pub damaged: Vec<(String, ReadError)>,
    /// [`Watch::progress`] stopped the run before the last capture had ended.
    pub stopped: bool,
}

/// Watches a run: tells people how far it is, and may stop it.
pub trait Watch {
    /// Called now and then with the bytes of the current source and the packets so far. False
    /// stops the run as if the capture ended here.
    fn progress(&mut self, source: &Source, packets: u64) -> bool;

    /// Sees every block of packets before it is analysed.
    fn records(&mut self, _block: &[u8], _records: &[Record]) {}
}

/// A pipeline that batches of records are pushed through.
trait Pipeline {
    /// An interface that later records refer to.
    fn interface(&mut self, number: u16, name: Option<&str>);

    /// Records of one block, in capture order.
    fn records(&mut self, block: &Block, records: &[Record]);

    /// No more records: ends every flow.
    fn finish(self: Box<Self>) -> Totals;
}

/// Captures that begin earlier than this before the end of the one before are not its continuation.
const CONTINUES_NS: u64 = 60_000_000_000;

/// Analyses captures one after the other; `workers` threads track flows.
///
/// Captures that follow one another in time are one: their flows go on. One that goes back in time
/// starts afresh.
pub fn run<S: FlowSink + Send>(
    sources: &mut [Source],
    settings: &Settings,
    workers: usize,
    sink: &mut S,
    watch: &mut dyn Watch,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut sources = sources.iter_mut().peekable();
    let mut interfaces = 0;
    while sources.peek().is_some() {
        let totals = if workers <= 1 {
            let pipeline = Box::new(alone::Alone::new(settings, &mut *sink));
            feed(pipeline, &mut sources, &mut interfaces, watch, &mut outcome)
        } else {
            std::thread::scope(|scope| {
                let pipeline = Box::new(together::Together::new(settings, workers, &mut *sink, scope));
                feed(pipeline, &mut sources, &mut interfaces, watch, &mut outcome)
            })
        };
        outcome.totals.add(&totals);
    }
    outcome
}

/// Feeds one pipeline until the sources end or one goes back in time.
fn feed<'s>(
    mut pipeline: Box<dyn Pipeline + '_>,
    sources: &mut std::iter::Peekable<impl Iterator<Item = &'s mut Source>>,
    interfaces: &mut u16,
    watch: &mut dyn Watch,
    outcome: &mut Outcome,
) -> Totals {
    let mut records = Vec::new();
    let mut latest = Timestamp(0);
    let mut packets = outcome.totals.counters.received;
    let mut first_source = true;
    while let Some(source) = sources.peek_mut() {
        let base = *interfaces;
        let mut named = 0u16;
        let mut first_batch = true;
        loop {
            let block = match source.next_batch(&mut records) {
                Ok(Some(block)) => block,
                Ok(None) => break,
                Err(error) => {
                    outcome.damaged.push((source.name.clone(), error));
                    break;
                }
            };
            let begins = records.first().map_or(latest, |r| r.time);
            if first_batch && !first_source && begins + CONTINUES_NS < latest {
                // These records are the next run's.
                source.put_back = Some((block, std::mem::take(&mut records)));
                return pipeline.finish();
            }
            first_batch = false;
            for interface in source.reader.interfaces().iter().skip(named.into()) {
                let number = base.saturating_add(named);
                pipeline.interface(number, interface.name.as_deref());
                named = named.saturating_add(1);
            }
            for record in &mut records {
                record.interface = record.interface.saturating_add(base);
                latest = latest.max(record.time);
            }
            packets += records.len() as u64;
            watch.records(&block, &records);
            pipeline.records(&block, &records);
            if !watch.progress(source, packets) {
                outcome.stopped = true;
                while sources.next().is_some() {}
                return pipeline.finish();
            }
        }
        *interfaces = base.saturating_add(named);
        first_source = false;
        let go_on = watch.progress(source, packets);
        sources.next();
        if !go_on && sources.peek().is_some() {
            outcome.stopped = true;
            while sources.next().is_some() {}
        }
    }
    pipeline.finish()
}
