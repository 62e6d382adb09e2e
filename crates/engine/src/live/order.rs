use std::collections::VecDeque;
use std::mem;

use capture::Record;
use capture::live::RingBlock;
use wire::Timestamp;

/// Blocks of several rings, whose packets are taken in the order of their time.
///
/// A conversation whose directions come through two interfaces (a split tap) must be seen as it
/// happened, but the kernel hands each ring's block over when it likes. So a packet waits until
/// every other ring has shown a later one, or has had the time to.
#[derive(Debug)]
pub(super) struct Order<B> {
    lanes: Vec<Lane<B>>,
    /// What a ring has not shown after this time is not there.
    late_ns: u64,
    /// Blocks that a ring can spare. Beyond, losing packets would be worse than disorder.
    most: usize,
}

/// One ring's blocks.
#[derive(Debug)]
pub(super) struct Lane<B> {
    blocks: VecDeque<B>,
    /// The packets of the first block.
    records: Vec<Record>,
    /// `records` are filled in.
    open: bool,
    /// Packets of the first block that have been taken.
    taken: usize,
}

/// Packets that come next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Turn {
    pub(super) ring: usize,
    /// Those of its first block before this one.
    pub(super) until: usize,
}

/// Whatever packets lie in.
pub(super) trait Packets {
    /// Appends them.
    fn fill(&self, records: &mut Vec<Record>);
}

impl Packets for RingBlock {
    fn fill(&self, records: &mut Vec<Record>) {
        Self::fill(self, records);
    }
}

impl<B: Packets> Order<B> {
    /// For so many rings that have so many blocks each and hand them over `late_ms` after their
    /// first packet at the latest.
    pub(super) fn new(rings: usize, blocks: usize, late_ms: u64) -> Self {
        Self {
            lanes: (0..rings).map(|_| Lane::default()).collect(),
            late_ns: late_ms * 1_000_000,
            most: (blocks / 4).max(1),
        }
    }

    /// A ring has given up more blocks than it can spare: take some before it gives another.
    pub(super) fn is_full(&self, ring: usize) -> bool {
        self.lanes.get(ring).is_none_or(|lane| lane.blocks.len() > self.most)
    }

    /// Nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.blocks.is_empty())
    }

    /// A ring's next block.
    pub(super) fn add(&mut self, ring: usize, block: B) {
        if let Some(lane) = self.lanes.get_mut(ring) {
            lane.blocks.push_back(block);
            lane.turn_over();
        }
    }

    /// Which packets come next, if that is certain; every ring was asked for blocks after `now`.
    pub(super) fn next(&self, now: Timestamp) -> Option<Turn> {
        let heads = || self.lanes.iter().enumerate().filter_map(|(ring, lane)| Some((lane.head()?, ring)));
        let (_, ring) = heads().min()?;
        let lane = self.lanes.get(ring)?;
        let others = heads().filter(|(_, other)| *other != ring).map(|(time, _)| time).min();
        let silent = self.lanes.iter().any(|lane| lane.blocks.is_empty());
        let waited = (silent && !self.is_full(ring)).then(|| now - self.late_ns);
        let Some(latest) = others.into_iter().chain(waited).min() else {
            return Some(Turn { ring, until: lane.records.len() });
        };
        let ready = lane.records.iter().skip(lane.taken).take_while(|record| record.time <= latest).count();
        (ready > 0).then_some(Turn { ring, until: lane.taken + ready })
    }

    /// Takes a ring's lane out, to read from it.
    pub(super) fn take(&mut self, turn: Turn) -> Lane<B> {
        self.lanes.get_mut(turn.ring).map(mem::take).unwrap_or_default()
    }

    /// Puts the lane back when the packets of this turn have been read.
    pub(super) fn put(&mut self, turn: Turn, mut lane: Lane<B>) {
        lane.taken = turn.until;
        lane.turn_over();
        if let Some(slot) = self.lanes.get_mut(turn.ring) {
            *slot = lane;
        }
    }
}

impl<B: Packets> Lane<B> {
    /// What the packets of a turn lie in, and they.
    pub(super) fn packets(&self, turn: Turn) -> Option<(&B, &[Record])> {
        Some((self.blocks.front()?, self.records.get(self.taken..turn.until)?))
    }

    fn head(&self) -> Option<Timestamp> {
        self.records.get(self.taken).map(|record| record.time)
    }

    /// Gives back what has been taken, and opens the next block.
    fn turn_over(&mut self) {
        while self.taken >= self.records.len() {
            if mem::take(&mut self.open) {
                self.blocks.pop_front();
                self.records.clear();
                self.taken = 0;
            }
            let Some(block) = self.blocks.front() else { return };
            block.fill(&mut self.records);
            self.open = true;
        }
    }
}

impl<B> Default for Lane<B> {
    fn default() -> Self {
        Self { blocks: VecDeque::new(), records: Vec::new(), open: false, taken: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Packets for &[u64] {
        fn fill(&self, records: &mut Vec<Record>) {
            records.extend(self.iter().map(|&ms| Record { time: Timestamp(ms * 1_000_000), ..record() }));
        }
    }

    fn record() -> Record {
        let link = wire::LinkType::Ethernet;
        Record { time: Timestamp(0), at: 0, captured: 0, wire_len: 0, interface: 0, link, vlan: None }
    }

    /// The times that come out at `now_ms`.
    fn taken(order: &mut Order<&[u64]>, now_ms: u64) -> Vec<u64> {
        let mut times = Vec::new();
        while let Some(turn) = order.next(Timestamp(now_ms * 1_000_000)) {
            let lane = order.take(turn);
            let (_, records) = lane.packets(turn).unwrap();
            times.extend(records.iter().map(|record| record.time.nanos() / 1_000_000));
            order.put(turn, lane);
        }
        times
    }

    #[test]
    fn one_ring_waits_for_nobody() {
        let mut order: Order<&[u64]> = Order::new(1, 32, 70);
        order.add(0, &[100, 101]);
        order.add(0, &[102]);
        assert_eq!(taken(&mut order, 100), [100, 101, 102]);
        assert!(order.is_empty());
    }

    #[test]
    fn rings_are_merged() {
        let mut order: Order<&[u64]> = Order::new(3, 32, 70);
        order.add(1, &[]);
        order.add(1, &[102, 104]);
        order.add(0, &[101, 103, 105]);
        order.add(0, &[106]);
        // The third has not shown its last 70 ms.
        assert_eq!(taken(&mut order, 172), [101, 102]);
        order.add(2, &[102, 107]);
        // Now it has, but what else does the second have after 104?
        assert_eq!(taken(&mut order, 172), [102, 103, 104]);
        assert_eq!(taken(&mut order, 176), [105, 106]);
        assert_eq!(taken(&mut order, 177), [107]);
        assert!(order.is_empty());
    }

    #[test]
    fn a_ring_that_fills_does_not_wait() {
        let mut order: Order<&[u64]> = Order::new(2, 8, 70);
        for block in [&[100][..], &[101], &[102]] {
            assert!(!order.is_full(0));
            order.add(0, block);
        }
        assert!(order.is_full(0));
        assert_eq!(taken(&mut order, 103), [100]);
        assert!(!order.is_full(0));
    }
}
