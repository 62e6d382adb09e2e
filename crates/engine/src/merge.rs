use flow::{Ended, Notice};
use inventory::Sighting;
use wire::Timestamp;

use crate::FlowSink;

/// What a worker has to say.
#[derive(Debug, Default)]
pub struct Output {
    /// Flows that are over.
    pub ended: Vec<Box<Ended>>,
    /// What flows said about others.
    pub notices: Vec<Notice>,
    /// What devices said of themselves.
    pub sightings: Vec<Sighting>,
}

/// Puts what workers emit in packet-time order, whichever worker it comes from.
///
/// What was decided before a whole second is complete once every worker has advanced to that
/// second; then it is sorted and handed on.
#[derive(Debug, Default)]
pub struct Merge {
    pending: Output,
}

impl Output {
    /// There is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.ended.is_empty() && self.notices.is_empty() && self.sightings.is_empty()
    }

    /// What another has to say, too, behind it.
    pub fn append(&mut self, mut other: Self) {
        self.ended.append(&mut other.ended);
        self.notices.append(&mut other.notices);
        self.sightings.append(&mut other.sightings);
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.ended.clear();
        self.notices.clear();
        self.sightings.clear();
    }
}

impl Merge {
    /// Takes what a worker emitted.
    pub fn add(&mut self, output: Output) {
        self.pending.append(output);
    }

    /// Hands on everything that was decided before `second`: no worker will emit more of it.
    pub fn release(&mut self, second: u64, sink: &mut dyn FlowSink) {
        let before = Timestamp::new(second, 0);
        let Output { ended, notices, sightings } = &mut self.pending;
        // Stable: what is equal comes from one shard or one front, and in its order.
        let notices = ready(notices, before, |notice| (notice.time, notice.key));
        let sightings = ready(sightings, before, |sighting| sighting.time);
        let ended = ready(ended, before, |ended| order(ended));
        self.hand_on(ended, notices, sightings, sink);
    }

    /// Records that wait.
    pub fn len(&self) -> usize {
        self.pending.ended.len()
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Hands on the earliest, complete or not, until no more than `most` are left.
    pub fn shrink(&mut self, most: usize, sink: &mut dyn FlowSink) {
        let Output { ended, notices, sightings } = &mut self.pending;
        ended.sort_by_key(|ended| order(ended));
        notices.sort_by_key(|notice| (notice.time, notice.key));
        sightings.sort_by_key(|sighting| sighting.time);
        let (ended, notices, sightings) = (ended.len().saturating_sub(most), notices.len(), sightings.len());
        self.hand_on(ended, notices, sightings, sink);
    }

    /// Hands on what is left.
    pub fn finish(&mut self, sink: &mut dyn FlowSink) {
        self.shrink(0, sink);
    }

    /// Hands on so many flows, notices and sightings, all sorted, what was said before the flows
    /// that end after it.
    fn hand_on(&mut self, flows: usize, notices: usize, sightings: usize, sink: &mut dyn FlowSink) {
        let mut notices = self.pending.notices.drain(..notices).peekable();
        let mut sightings = self.pending.sightings.drain(..sightings).peekable();
        for ended in self.pending.ended.drain(..flows) {
            while let Some(notice) = notices.next_if(|notice| notice.time <= ended.decided_at) {
                sink.notice(&notice);
            }
            while let Some(sighting) = sightings.next_if(|sighting| sighting.time <= ended.decided_at) {
                sink.sighting(&sighting);
            }
            sink.flow(&ended);
        }
        notices.for_each(|notice| sink.notice(&notice));
        sightings.for_each(|sighting| sink.sighting(&sighting));
    }
}

/// Sorts what waits, if any of it is from before `before`; how much of it is.
fn ready<T, K: Ord + HasTime>(waiting: &mut [T], before: Timestamp, key: impl Fn(&T) -> K) -> usize {
    if !waiting.iter().any(|one| key(one).time() < before) {
        return 0;
    }
    waiting.sort_by_key(&key);
    waiting.partition_point(|one| key(one).time() < before)
}

/// A sort key that begins with a time.
trait HasTime {
    fn time(&self) -> Timestamp;
}

impl HasTime for Timestamp {
    fn time(&self) -> Timestamp {
        *self
    }
}

impl HasTime for (Timestamp, flow::FlowKey) {
    fn time(&self) -> Timestamp {
        self.0
    }
}

impl HasTime for (Timestamp, Timestamp, flow::FlowKey) {
    fn time(&self) -> Timestamp {
        self.0
    }
}

/// What records are ordered by.
fn order(ended: &Ended) -> (Timestamp, Timestamp, flow::FlowKey) {
    (ended.decided_at, ended.entry.start(), *ended.entry.key())
}
