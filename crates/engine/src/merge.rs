use flow::Ended;
use wire::Timestamp;

use crate::FlowSink;

/// Puts flows that are over in packet-time order, whichever worker they come from.
///
/// Flows whose end was decided before a whole second are complete once every worker has advanced
/// to that second; then they are sorted and handed on.
#[derive(Debug, Default)]
pub struct Merge {
    pending: Vec<Box<Ended>>,
}

impl Merge {
    /// Takes what a worker emitted.
    pub fn add(&mut self, ended: impl IntoIterator<Item = Box<Ended>>) {
        self.pending.extend(ended);
    }

    /// Hands on every flow that was decided before `second`: no worker will emit another.
    pub fn release(&mut self, second: u64, sink: &mut dyn FlowSink) {
        let before = Timestamp::new(second, 0);
        if self.pending.iter().any(|ended| ended.decided_at < before) {
            self.sort();
            let ready = self.pending.partition_point(|ended| ended.decided_at < before);
            self.pending.drain(..ready).for_each(|ended| sink.flow(&ended));
        }
    }

    /// Records that wait.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Hands on the earliest, complete or not, until no more than `most` are left.
    pub fn shrink(&mut self, most: usize, sink: &mut dyn FlowSink) {
        self.sort();
        let excess = self.pending.len().saturating_sub(most);
        self.pending.drain(..excess).for_each(|ended| sink.flow(&ended));
    }

    /// Hands on what is left.
    pub fn finish(&mut self, sink: &mut dyn FlowSink) {
        self.sort();
        self.pending.drain(..).for_each(|ended| sink.flow(&ended));
    }

    fn sort(&mut self) {
        // Stable: equal keys come from one shard, and in its order.
        self.pending.sort_by_key(|ended| order(ended));
    }
}

/// What records are ordered by.
fn order(ended: &Ended) -> (Timestamp, Timestamp, flow::FlowKey) {
    (ended.decided_at, ended.entry.start(), *ended.entry.key())
}
