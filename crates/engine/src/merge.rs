use detect::Happening;
use flow::{Ended, Notice};
use inventory::Sighting;
use wire::Timestamp;

use crate::{FlowSink, SampledPacket};

/// What a worker has to say.
#[derive(Debug, Default)]
pub struct Output {
    /// Flows that are over.
    pub ended: Vec<Box<Ended>>,
    /// What flows said about others.
    pub notices: Vec<Notice>,
    /// What devices said of themselves.
    pub sightings: Vec<Sighting>,
    /// What happened to flows and in frames.
    pub happenings: Vec<Happening>,
    /// Packets that were sampled.
    pub packets: Vec<SampledPacket>,
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
        self.ended.is_empty()
            && self.notices.is_empty()
            && self.sightings.is_empty()
            && self.happenings.is_empty()
            && self.packets.is_empty()
    }

    /// What another has to say, too, behind it.
    pub fn append(&mut self, mut other: Self) {
        self.ended.append(&mut other.ended);
        self.notices.append(&mut other.notices);
        self.sightings.append(&mut other.sightings);
        self.happenings.append(&mut other.happenings);
        self.packets.append(&mut other.packets);
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.ended.clear();
        self.notices.clear();
        self.sightings.clear();
        self.happenings.clear();
        self.packets.clear();
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
        let Output { ended, notices, sightings, happenings, packets } = &mut self.pending;
        // A sample says itself when it was.
        packets.drain(..).for_each(|packet| sink.packet(&packet));
        // Stable: what is equal comes from one shard or one front, and in its order.
        let lanes = Lanes {
            notices: ready(notices, before, |notice| (notice.time, notice.key)),
            sightings: ready(sightings, before, |sighting| sighting.time),
            happenings: ready(happenings, before, |happening| happening.order()),
            ended: ready(ended, before, |ended| order(ended)),
        };
        self.hand_on(&lanes, sink);
    }

    /// Records that wait, and what takes as much room.
    pub fn len(&self) -> usize {
        // A happening, or a sampled packet, is a fifth of a record.
        self.pending.ended.len() + (self.pending.happenings.len() + self.pending.packets.len()) / 5
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Hands on the earliest, complete or not, until no more than `most` records are left.
    pub fn shrink(&mut self, most: usize, sink: &mut dyn FlowSink) {
        let Output { ended, notices, sightings, happenings, packets } = &mut self.pending;
        // A sample says itself when it was.
        packets.drain(..).for_each(|packet| sink.packet(&packet));
        ended.sort_by_key(|ended| order(ended));
        notices.sort_by_key(|notice| (notice.time, notice.key));
        sightings.sort_by_key(|sighting| sighting.time);
        happenings.sort_by_key(Happening::order);
        let lanes = Lanes {
            notices: notices.len(),
            sightings: sightings.len(),
            happenings: happenings.len(),
            ended: ended.len().saturating_sub(most),
        };
        self.hand_on(&lanes, sink);
    }

    /// Hands on what is left.
    pub fn finish(&mut self, sink: &mut dyn FlowSink) {
        self.shrink(0, sink);
    }

    /// Hands on so many of each, all sorted, in the order of their times; at one time first what
    /// flows and devices said, then what happened, then what ended.
    fn hand_on(&mut self, lanes: &Lanes, sink: &mut dyn FlowSink) {
        let mut notices = self.pending.notices.drain(..lanes.notices).peekable();
        let mut sightings = self.pending.sightings.drain(..lanes.sightings).peekable();
        let mut happenings = self.pending.happenings.drain(..lanes.happenings).peekable();
        let mut ended = self.pending.ended.drain(..lanes.ended).peekable();
        loop {
            let never = Timestamp(u64::MAX);
            let ended_at = ended.peek().map_or(never, |ended| ended.decided_at);
            let happened_at = happenings.peek().map_or(never, Happening::time).min(ended_at);
            let sighted_at = sightings.peek().map_or(never, |sighting| sighting.time).min(happened_at);
            while let Some(notice) = notices.next_if(|notice| notice.time <= sighted_at) {
                sink.notice(&notice);
            }
            if let Some(sighting) = sightings.next_if(|sighting| sighting.time <= happened_at) {
                sink.sighting(&sighting);
            } else if let Some(happening) = happenings.next_if(|happening| happening.time() <= ended_at) {
                sink.happening(&happening);
            } else if let Some(ended) = ended.next() {
                sink.flow(&ended);
            } else {
                return;
            }
        }
    }
}

/// How many of each are handed on.
struct Lanes {
    notices: usize,
    sightings: usize,
    happenings: usize,
    ended: usize,
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

impl HasTime for detect::Order {
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
