use std::collections::VecDeque;
use std::mem;

use capture::Record;
use capture::live::RingBlock;
use wire::Timestamp;

/// Blocks of several rings, whose packets are to be taken in the order of their time.
///
/// A conversation whose directions come through two interfaces (a split tap) must be seen as it
/// happened, but the kernel hands each ring's block over when it likes. So a packet waits until
/// every other ring has shown a later one, or has had the time to.
#[derive(Debug)]
pub(super) struct Order {
    lanes: Vec<Lane>,
    /// A packet that a ring has not shown after this time did not come.
    hold_ns: u64,
    /// Blocks that a ring can spare. Beyond, losing packets is worse than disorder.
    most: usize,
}

/// One ring's blocks.
#[derive(Debug, Default)]
pub(super) struct Lane {
    blocks: VecDeque<RingBlock>,
    /// The packets of the first block.
    records: Vec<Record>,
    /// Those that have been taken.
    taken: usize,
}

/// Packets that come next.
pub(super) struct Turn {
    pub(super) ring: usize,
    /// As many of the lane's as this.
    pub(super) until: usize,
}

impl Order {
    /// For so many rings of `blocks` blocks each, which the kernel hands over after `late_ms` at
    /// the latest.
    pub(super) fn new(rings: usize, blocks: u32, late_ms: u32) -> Self {
        Self {
            lanes: (0..rings).map(|_| Lane::default()).collect(),
            hold_ns: u64::from(late_ms) * 1_000_000,
            most: (blocks / 4).max(1) as usize,
        }
    }

    /// The ring can spare another block.
    pub(super) fn has_room(&self, ring: usize) -> bool {
        self.lanes.get(ring).is_some_and(|lane| lane.blocks.len() <= self.most)
    }

    /// A block of a ring, later than those before.
    pub(super) fn add(&mut self, ring: usize, block: RingBlock) {
        if let Some(lane) = self.lanes.get_mut(ring) {
            lane.blocks.push_back(block);
            lane.next_block();
        }
    }

    /// Nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.blocks.is_empty())
    }

    /// Which packets come next, if it is certain. `now` is a time at which all rings were asked
    /// for blocks afterwards.
    pub(super) fn turn(&self, now: Timestamp) -> Option<Turn> {
        let heads = || self.lanes.iter().enumerate().filter_map(|(ring, lane)| Some((lane.head()?, ring)));
        let (_, ring) = heads().min()?;
        let lane = self.lanes.get(ring)?;
        let others = heads().filter(|(_, other)| *other != ring).map(|(time, _)| time).min();
        let full = lane.blocks.len() > self.most;
        let silent = !full && self.lanes.iter().any(|lane| lane.blocks.is_empty());
        let waited = silent.then(|| now - self.hold_ns);
        let Some(latest) = others.into_iter().chain(waited).min() else {
            return Some(Turn { ring, until: lane.records.len() });
        };
        let ready = lane.records.iter().skip(lane.taken).take_while(|record| record.time <= latest).count();
        (ready > 0).then_some(Turn { ring, until: lane.taken + ready })
    }

    /// Takes a lane out, to read from it.
    pub(super) fn take(&mut self, ring: usize) -> Lane {
        self.lanes.get_mut(ring).map(mem::take).unwrap_or_default()
    }

    /// Puts the lane back, of which everything up to `until` has been read.
    pub(super) fn put(&mut self, ring: usize, mut lane: Lane, until: usize) {
        lane.taken = until;
        lane.next_block();
        if let Some(slot) = self.lanes.get_mut(ring) {
            *slot = lane;
        }
    }
}

impl Lane {
    /// The block that the next packets lie in.
    pub(super) fn bytes(&self) -> &[u8] {
        self.blocks.front().map(RingBlock::bytes).unwrap_or_default()
    }

    /// The packets up to `until` that have not been taken.
    pub(super) fn records(&self, until: usize) -> &[Record] {
        self.records.get(self.taken..until).unwrap_or_default()
    }

    fn head(&self) -> Option<Timestamp> {
        self.records.get(self.taken).map(|record| record.time)
    }

    /// Gives back blocks that have been taken, and opens the next.
    fn next_block(&mut self) {
        while self.taken >= self.records.len() {
            if !mem::take(&mut self.records).is_empty() || self.blocks.is_empty() {}
        }
    }
}
