use std::thread::{Scope, ScopedJoinHandle};

use capture::{Block, Record};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use flow::{Arrival, Ended, Hasher};
use rtrb::{Consumer, Producer, PushError, RingBuffer};
use wire::Timestamp;

use super::Pipeline;
use super::pace::{Mark, Pace};
use super::windows::Windows;
use crate::closing::{self, Closing, Last};
use crate::counters::Totals;
use crate::front::Front;
use crate::merge::{Merge, Output};
use crate::tables::Tables;
use crate::{FILE_SEED, FlowSink, Settings};

/// The pipeline over several threads: this one decodes and hashes, each worker tracks the flows of
/// its shards, one more puts what they emit in order. Nothing is shed: who is ahead waits.
pub(super) struct Together<'scope> {
    front: Front,
    pace: Pace,
    workers: Vec<Lane>,
    arrivals: Vec<Arrival>,
    names: Sender<Name>,
    /// The way of the sightings; to the merge this thread is one more worker.
    to_merge: Sender<(usize, FromWorker)>,
    threads: Vec<ScopedJoinHandle<'scope, Totals>>,
    merging: ScopedJoinHandle<'scope, ()>,
}

/// The way to one worker and back.
struct Lane {
    out: Producer<ToWorker>,
    /// Emptied vectors come back to be filled again.
    back: Consumer<Vec<Arrival>>,
    filling: Vec<Arrival>,
}

enum ToWorker {
    Arrivals(Block, Vec<Arrival>),
    Mark(Mark),
    Finish(Timestamp),
}

enum FromWorker {
    Output(Output),
    Mark(Mark),
}

/// An interface's number and name, for the records.
type Name = (u16, Option<String>);

/// Arrivals in one message: enough to make the hand-over cheap, few enough to stay in the cache.
const BATCH: usize = 256;
/// Messages that may wait for a worker: with [`BATCH`] arrivals each, 16,384 packets. A message
/// keeps its block alive, so a stream has at most this many MiB of buffers under way.
const QUEUE: usize = 64;

impl<'scope> Together<'scope> {
    pub(super) fn new<'env, S: FlowSink + Send>(
        settings: &Settings,
        workers: usize,
        sink: &'scope mut S,
        scope: &'scope Scope<'scope, 'env>,
    ) -> Self {
        let hasher = Hasher::new(FILE_SEED);
        let workers = workers.min(flow::SHARDS);
        let wants_flows = sink.wants_flows();
        let mut lanes = Vec::new();
        let mut threads = Vec::new();
        // One channel for all: whoever waited for one worker would hold up the others, and through
        // them the one that is waited for.
        let (to_merge, from_workers) = bounded(16 * workers);
        let (closing, last) = closing::connect(workers);
        let wants_sightings = sink.wants_sightings();
        let wants_happenings = sink.wants_happenings();
        for (worker, closing) in closing.into_iter().enumerate() {
            let (out, input) = RingBuffer::new(QUEUE);
            let (emptied, back) = RingBuffer::new(QUEUE);
            let mut tables = Tables::new(settings, hasher, worker, workers);
            if wants_happenings {
                tables.listen();
            }
            let to_merge = to_merge.clone();
            let work = Work { worker, tables, input, emptied, to_merge, closing, wants_flows };
            threads.push(scope.spawn(move || work.run()));
            lanes.push(Lane { out, back, filling: Vec::with_capacity(BATCH) });
        }
        // A capture may name more interfaces than any bound before its first packet, and until then
        // nobody looks here.
        let (names, named) = unbounded();
        let merging = scope.spawn(move || merge_all(workers + 1, &from_workers, last, &named, sink));
        let mut front = Front::new(settings, hasher, wants_sightings);
        if wants_happenings {
            front.listen();
        }
        Self {
            front,
            pace: Pace::default(),
            workers: lanes,
            arrivals: Vec::new(),
            names,
            to_merge,
            threads,
            merging,
        }
    }

    /// Sorts arrivals into the lanes of their workers.
    fn dispatch(&mut self, block: &Block) {
        let workers = self.workers.len();
        for arrival in self.arrivals.drain(..) {
            let Some(lane) = self.workers.get_mut(Tables::owner(&arrival, workers)) else { continue };
            lane.filling.push(arrival);
            if lane.filling.len() >= BATCH {
                lane.flush(block);
            }
        }
    }

    fn mark(&mut self, block: &Block, mark: Mark) {
        if let Mark::Second(second) = mark {
            self.front.advance(Timestamp::new(second, 0), &mut self.arrivals);
            self.dispatch(block);
        }
        for lane in &mut self.workers {
            lane.flush(block);
            lane.send(ToWorker::Mark(mark));
        }
        self.hand_over();
        let _ = self.to_merge.send((self.workers.len(), FromWorker::Mark(mark)));
    }

    fn hand_over(&mut self) {
        let mut output = Output { sightings: self.front.take_sightings(), ..Output::default() };
        self.front.take_happenings(&mut output.happenings);
        if !output.is_empty() {
            let _ = self.to_merge.send((self.workers.len(), FromWorker::Output(output)));
        }
    }
}

impl Lane {
    fn flush(&mut self, block: &Block) {
        if !self.filling.is_empty() {
            let empty = self.back.pop().unwrap_or_else(|_| Vec::with_capacity(BATCH));
            let full = std::mem::replace(&mut self.filling, empty);
            self.send(ToWorker::Arrivals(block.clone(), full));
        }
    }

    fn send(&mut self, mut message: ToWorker) {
        let mut waiting = Waiting::default();
        while let Err(PushError::Full(back)) = self.out.push(message) {
            message = back;
            waiting.pause();
        }
    }
}

impl Pipeline for Together<'_> {
    fn interface(&mut self, number: u16, name: Option<&str>) {
        // Fails only if the merging thread is gone, which ends the run anyway.
        let _ = self.names.send((number, name.map(str::to_owned)));
    }

    fn records(&mut self, block: &Block, records: &[Record]) {
        for record in records {
            if let Some(mark) = self.pace.step(record.time) {
                self.mark(block, mark);
            }
            self.front.take(block, record, &mut self.arrivals);
            self.dispatch(block);
        }
        for lane in &mut self.workers {
            lane.flush(block);
        }
        self.hand_over();
    }

    fn finish(mut self: Box<Self>) -> Totals {
        let nowhere = Block::Buffer(std::sync::Arc::default());
        self.front.finish(&mut self.arrivals);
        self.dispatch(&nowhere);
        for lane in &mut self.workers {
            lane.flush(&nowhere);
            lane.send(ToWorker::Finish(self.front.now()));
        }
        self.hand_over();
        drop(self.to_merge);
        let mut totals = Totals { counters: *self.front.counters(), ..Totals::default() };
        totals.first = self.front.first();
        totals.last = totals.first.map(|_| self.front.now());
        for thread in self.threads {
            if let Ok(worker) = thread.join() {
                totals.add(&worker);
            }
        }
        let _ = self.merging.join();
        totals
    }
}

/// One worker's thread.
struct Work {
    tables: Tables,
    worker: usize,
    input: Consumer<ToWorker>,
    emptied: Producer<Vec<Arrival>>,
    to_merge: Sender<(usize, FromWorker)>,
    closing: Closing,
    wants_flows: bool,
}

impl Work {
    fn run(mut self) -> Totals {
        let mut ended = Vec::new();
        let mut waiting = Waiting::default();
        loop {
            let Ok(message) = self.input.pop() else {
                if self.input.is_abandoned() {
                    break;
                }
                waiting.pause();
                continue;
            };
            waiting = Waiting::default();
            match message {
                ToWorker::Arrivals(block, mut arrivals) => {
                    self.tables.process(&block, &arrivals, &mut ended);
                    arrivals.clear();
                    let _ = self.emptied.push(arrivals); // A full ring frees the vector instead.
                    self.hand_over(&mut ended);
                }
                ToWorker::Mark(mark) => {
                    if let Mark::Second(second) = mark {
                        self.tables.advance(second, &mut ended);
                    }
                    self.hand_over(&mut ended);
                    let _ = self.to_merge.send((self.worker, FromWorker::Mark(mark)));
                }
                ToWorker::Finish(now) => return self.finish(now),
            }
        }
        Totals::default()
    }

    fn hand_over(&mut self, ended: &mut Vec<Ended>) {
        let mut output = Output::default();
        self.tables.take_notices(&mut output.notices);
        self.tables.take_events(&mut output.happenings);
        if self.wants_flows && !(ended.is_empty() && output.is_empty()) {
            output.ended.extend(ended.drain(..).map(Box::new));
            let _ = self.to_merge.send((self.worker, FromWorker::Output(output)));
        }
        ended.clear();
    }

    fn finish(mut self, now: Timestamp) -> Totals {
        // Hangs up: what was open comes another way.
        drop(self.to_merge);
        if self.wants_flows {
            self.tables.finish(now, |ended| self.closing.push(ended));
        }
        let mut totals = Totals::default();
        self.tables.add_to(&mut totals);
        totals
    }
}

/// Takes what `workers`, the reading thread among them, emit and hands it on in order, from mark to mark.
fn merge_all<S: FlowSink>(
    workers: usize,
    from_workers: &Receiver<(usize, FromWorker)>,
    last: Last,
    names: &Receiver<Name>,
    sink: &mut S,
) {
    let mut merge = Merge::default();
    let mut windows = Windows::new(workers);
    // An interface is named before the first record that refers to it is sent out.
    let name_all = |sink: &mut S| {
        for (number, name) in names.try_iter() {
            sink.interface(number, name.as_deref());
        }
    };
    for (worker, message) in from_workers {
        let mark = match message {
            FromWorker::Output(output) => {
                windows.add(worker, output);
                continue;
            }
            FromWorker::Mark(mark) => mark,
        };
        let Some(output) = windows.mark(worker) else { continue };
        name_all(sink);
        merge.add(output);
        match mark {
            Mark::Second(second) => {
                merge.release(second, sink);
                sink.advance(second);
            }
            Mark::Packets => merge.finish(sink),
        }
    }
    name_all(sink);
    for output in windows.rest() {
        merge.add(output);
    }
    merge.finish(sink);
    last.hand_on(sink);
}

/// Waits a little longer each time: first spinning, then giving way, then asleep.
#[derive(Default)]
struct Waiting {
    rounds: u32,
}

impl Waiting {
    fn pause(&mut self) {
        self.rounds += 1;
        match self.rounds {
            0..32 => std::hint::spin_loop(),
            32..64 => std::thread::yield_now(),
            _ => std::thread::sleep(std::time::Duration::from_micros(50)),
        }
    }
}
