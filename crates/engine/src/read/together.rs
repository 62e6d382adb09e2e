use std::thread::{Scope, ScopedJoinHandle};

use capture::{Block, Record};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use flow::{Arrival, Ended, Hasher};
use rtrb::{Consumer, Producer, PushError, RingBuffer};
use wire::Timestamp;

use super::Pipeline;
use crate::counters::Totals;
use crate::front::Front;
use crate::merge::{Merge, merge_open};
use crate::tables::Tables;
use crate::{FILE_SEED, FlowSink, Settings};

/// The pipeline over several threads: this one decodes and hashes, each worker tracks the flows of
/// its shards, one more puts what they emit in order. Nothing is shed: who is ahead waits.
pub(super) struct Together<'scope> {
    front: Front,
    second: u64,
    workers: Vec<Lane>,
    arrivals: Vec<Arrival>,
    to_merge: Sender<Name>,
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
    /// Packet time has come to this whole second.
    Mark(u64),
    Finish(Timestamp),
}

enum FromWorker {
    Ended(Vec<Box<Ended>>),
    Mark(u64),
    /// Every flow was handed over, except those that were still open: they follow in order.
    Closing,
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
        let mut from_workers = Vec::new();
        for worker in 0..workers {
            let (out, input) = RingBuffer::new(QUEUE);
            let (emptied, back) = RingBuffer::new(QUEUE);
            let (to_merge, from_worker) = bounded(16);
            let tables = Tables::new(settings, hasher, worker, workers);
            let work = Work { tables, input, emptied, to_merge, wants_flows };
            threads.push(scope.spawn(move || work.run()));
            lanes.push(Lane { out, back, filling: Vec::with_capacity(BATCH) });
            from_workers.push(from_worker);
        }
        // A capture may name more interfaces than any bound before its first packet, and until then
        // nobody looks here.
        let (to_merge, names) = unbounded();
        let merging = scope.spawn(move || merge_all(&from_workers, &names, sink));
        Self {
            front: Front::new(settings, hasher),
            second: 0,
            workers: lanes,
            arrivals: Vec::new(),
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

    fn mark(&mut self, block: &Block, second: u64) {
        self.front.advance(Timestamp::new(second, 0), &mut self.arrivals);
        self.dispatch(block);
        for lane in &mut self.workers {
            lane.flush(block);
            lane.send(ToWorker::Mark(second));
        }
        self.second = second;
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
        let _ = self.to_merge.send((number, name.map(str::to_owned)));
    }

    fn records(&mut self, block: &Block, records: &[Record]) {
        for record in records {
            let second = record.time.secs();
            if second > self.second {
                self.mark(block, second);
            }
            self.front.take(block, record, &mut self.arrivals);
            self.dispatch(block);
        }
        for lane in &mut self.workers {
            lane.flush(block);
        }
    }

    fn finish(mut self: Box<Self>) -> Totals {
        let nowhere = Block::Buffer(std::sync::Arc::default());
        self.front.finish(&mut self.arrivals);
        self.dispatch(&nowhere);
        for lane in &mut self.workers {
            lane.flush(&nowhere);
            lane.send(ToWorker::Finish(self.front.now()));
        }
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
    input: Consumer<ToWorker>,
    emptied: Producer<Vec<Arrival>>,
    to_merge: Sender<FromWorker>,
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
                ToWorker::Mark(second) => {
                    self.tables.advance(second, &mut ended);
                    self.hand_over(&mut ended);
                    let _ = self.to_merge.send(FromWorker::Mark(second));
                }
                ToWorker::Finish(now) => {
                    self.finish(now);
                    break;
                }
            }
        }
        let mut totals = Totals::default();
        self.tables.add_to(&mut totals);
        totals
    }

    fn hand_over(&mut self, ended: &mut Vec<Ended>) {
        if self.wants_flows && !ended.is_empty() {
            let boxed = ended.drain(..).map(Box::new).collect();
            let _ = self.to_merge.send(FromWorker::Ended(boxed));
        }
        ended.clear();
    }

    fn finish(&mut self, now: Timestamp) {
        let _ = self.to_merge.send(FromWorker::Closing);
        if !self.wants_flows {
            return;
        }
        let mut batch = Vec::with_capacity(BATCH);
        self.tables.finish(now, |ended| {
            batch.push(Box::new(ended));
            if batch.len() == BATCH {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                let _ = self.to_merge.send(FromWorker::Ended(full));
            }
        });
        let _ = self.to_merge.send(FromWorker::Ended(batch));
    }
}

/// Takes what the workers emit in turn, from mark to mark, and hands it on in order.
fn merge_all<S: FlowSink>(workers: &[Receiver<FromWorker>], names: &Receiver<Name>, sink: &mut S) {
    let mut merge = Merge::default();
    loop {
        let mut second = None;
        let mut closing = false;
        for worker in workers {
            loop {
                match worker.recv() {
                    Ok(FromWorker::Ended(ended)) => merge.add(ended),
                    Ok(FromWorker::Mark(mark)) => {
                        second = Some(mark);
                        break;
                    }
                    Ok(FromWorker::Closing) | Err(_) => {
                        closing = true;
                        break;
                    }
                }
            }
        }
        // An interface is named before the first record that refers to it is sent out.
        for (number, name) in names.try_iter() {
            sink.interface(number, name.as_deref());
        }
        match second {
            Some(second) if !closing => merge.release(second, sink),
            _ => break,
        }
    }
    merge.finish(sink);
    let flows = |message| match message {
        FromWorker::Ended(ended) => Some(ended),
        FromWorker::Mark(_) | FromWorker::Closing => None,
    };
    merge_open(workers, flows, sink);
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
