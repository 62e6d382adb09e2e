use capture::{Block, Record};
use flow::{Arrival, Ended, Hasher};
use wire::Timestamp;

use super::Pipeline;
use super::pace::{Mark, Pace};
use crate::counters::Totals;
use crate::front::Front;
use crate::merge::{Merge, Output};
use crate::tables::Tables;
use crate::{FILE_SEED, FlowSink, Settings};

/// The whole pipeline in the calling thread.
pub(super) struct Alone<'a> {
    front: Front,
    tables: Tables,
    merge: Merge,
    sink: &'a mut dyn FlowSink,
    pace: Pace,
    arrivals: Vec<Arrival>,
    ended: Vec<Ended>,
    said: Output,
}

/// Arrivals that are collected before they are looked up together.
const COLLECT: usize = 64;

impl<'a> Alone<'a> {
    pub(super) fn new(settings: &Settings, sink: &'a mut dyn FlowSink) -> Self {
        let hasher = Hasher::new(FILE_SEED);
        let mut front = Front::new(settings, hasher, sink.wants_sightings());
        let mut tables = Tables::new(settings, hasher, 0, 1);
        if sink.wants_happenings() {
            front.listen();
            tables.listen();
        }
        Self {
            front,
            tables,
            merge: Merge::default(),
            sink,
            pace: Pace::default(),
            arrivals: Vec::with_capacity(COLLECT * 2),
            ended: Vec::new(),
            said: Output::default(),
        }
    }

    fn process(&mut self, block: &[u8]) {
        self.tables.process(block, &self.arrivals, &mut self.ended);
        self.arrivals.clear();
        self.tables.take_notices(&mut self.said.notices);
        self.tables.take_events(&mut self.said.happenings);
        if !self.ended.is_empty() || !self.said.is_empty() {
            self.collect();
        }
    }

    fn hear_front(&mut self) {
        self.said.sightings = self.front.take_sightings();
        self.front.take_happenings(&mut self.said.happenings);
    }

    fn collect(&mut self) {
        let wanted = self.sink.wants_flows();
        keep(wanted, &mut self.ended, &mut self.said.ended);
        if wanted {
            self.merge.add(std::mem::take(&mut self.said));
        }
        self.said.clear();
    }

    fn mark(&mut self, block: &[u8], mark: Mark) {
        self.process(block);
        let Mark::Second(second) = mark else {
            self.hear_front();
            self.collect();
            return self.merge.finish(self.sink);
        };
        self.front.advance(Timestamp::new(second, 0), &mut self.arrivals);
        self.process(block);
        let wanted = self.sink.wants_flows();
        let said = &mut self.said.ended;
        self.tables.advance_each(second, &mut self.ended, |ended| keep(wanted, ended, said));
        self.hear_front();
        self.collect();
        self.merge.release(second, self.sink);
        self.sink.advance(second);
    }
}

/// Flows that are over, on their way to the merge or dropped at once.
fn keep(wanted: bool, ended: &mut Vec<Ended>, said: &mut Vec<Box<Ended>>) {
    if wanted {
        said.extend(ended.drain(..).map(Box::new));
    } else {
        ended.clear();
    }
}

impl Pipeline for Alone<'_> {
    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.sink.interface(number, name);
    }

    fn records(&mut self, block: &Block, records: &[Record]) {
        for record in records {
            if let Some(mark) = self.pace.step(record.time) {
                self.mark(block, mark);
            }
            self.front.take(block, record, &mut self.arrivals);
            if self.arrivals.len() >= COLLECT {
                self.process(block);
            }
        }
        self.process(block);
    }

    fn finish(mut self: Box<Self>) -> Totals {
        self.front.finish(&mut self.arrivals);
        self.process(&[]);
        self.hear_front();
        self.collect();
        self.merge.finish(self.sink);
        let mut totals = Totals { counters: *self.front.counters(), ..Totals::default() };
        totals.first = self.front.first();
        totals.last = totals.first.map(|_| self.front.now());
        if self.sink.wants_flows() {
            self.tables.finish(self.front.now(), |ended| self.sink.flow(&ended));
        }
        self.tables.add_to(&mut totals);
        totals
    }
}
