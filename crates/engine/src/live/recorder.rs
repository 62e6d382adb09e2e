use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use flow::Ended;

use super::Shared;
use crate::FlowSink;
use crate::closing::{self, Closing, Last};
use crate::merge::{Merge, Output};

/// Records in one message.
const BATCH: usize = 64;

/// A worker's way to the recorder.
#[derive(Debug)]
pub(super) struct Outlet {
    records: Sender<Output>,
    closing: Closing,
}

/// Where the records of all workers come out.
#[derive(Debug)]
pub(super) struct Inlet {
    records: Receiver<Output>,
    last: Last,
    /// Records that may wait for others before them.
    most: usize,
}

/// Ways for so many workers, on which `most` records may wait.
pub(super) fn connect(workers: usize, most: usize) -> (Vec<Outlet>, Inlet) {
    let (records, incoming) = bounded((most / 2 / BATCH).max(1));
    let (closing, last) = closing::connect(workers);
    let outlets = closing.into_iter().map(|closing| Outlet { records: records.clone(), closing });
    (outlets.collect(), Inlet { records: incoming, last, most: most / 2 })
}

/// What there was no room for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shed {
    /// Flows that are over.
    pub(super) records: u64,
    /// Sightings, happenings and sampled packets.
    pub(super) events: u64,
}

impl Outlet {
    /// Hands over records and what `said` holds beside them, if there is room for them; how much there
    /// was none for.
    pub(super) fn offer(&self, ended: &mut Vec<Ended>, said: &mut Output) -> Shed {
        let mut shed = Shed::default();
        if !said.is_empty() {
            let said = std::mem::take(said);
            let heard = (said.sightings.len() + said.happenings.len() + said.packets.len()) as u64;
            if self.records.try_send(said).is_err() {
                // Without the notices some names are not known; no record is lost with them.
                shed.events += heard;
            }
        }
        while !ended.is_empty() {
            let batch: Vec<_> = ended.drain(..ended.len().min(BATCH)).map(Box::new).collect();
            let records = batch.len() as u64;
            if self.records.try_send(Output { ended: batch, ..Output::default() }).is_err() {
                shed.records += records;
            }
        }
        shed
    }

    /// Hands over the last records however long it takes, and goes on with the open flows.
    pub(super) fn close(self, ended: &mut Vec<Ended>, said: &mut Output) -> Closing {
        let ended = ended.drain(..).map(Box::new).collect();
        let _ = self.records.send(Output { ended, ..std::mem::take(said) });
        self.closing
    }
}

/// Puts the records of all workers in order and hands them to the sink, until the workers are gone.
pub(super) fn run(shared: &Shared, inlet: Inlet, names: &[String], mut sink: impl FlowSink) {
    for (number, name) in (0u16..).zip(names) {
        sink.interface(number, Some(name));
    }
    let mut merge = Merge::default();
    let mut version = 0;
    loop {
        let newest = shared.version.load(Ordering::Acquire);
        if newest != version {
            version = newest;
            sink.configure(&shared.settings.lock().unwrap_or_else(PoisonError::into_inner));
        }
        // A worker sends its records before it sets its mark, so what is complete by the marks
        // read here is in the channel, or has come already.
        let marks = shared.marks.iter().map(|mark| mark.load(Ordering::Acquire));
        let complete = marks.min().unwrap_or(0);
        let gone = match inlet.records.recv_timeout(Duration::from_millis(100)) {
            Ok(batch) => {
                merge.add(batch);
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        // Under a flood memory goes before order.
        while merge.len() < inlet.most
            && let Ok(batch) = inlet.records.try_recv()
        {
            merge.add(batch);
        }
        if gone {
            break;
        }
        merge.release(complete, &mut sink);
        sink.advance(complete);
        if merge.len() >= inlet.most {
            merge.shrink(inlet.most / 2, &mut sink);
        }
        sink.flush();
    }
    merge.finish(&mut sink);
    inlet.last.hand_on(&mut sink);
    sink.finish();
    sink.flush();
}
