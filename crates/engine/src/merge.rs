use flow::{Ended, Notice};
use wire::Timestamp;

use crate::FlowSink;

/// Puts flows that are over, and what flows said about others, in packet-time order, whichever
/// worker they come from.
///
/// What was decided before a whole second is complete once every worker has advanced to that
/// second; then it is sorted and handed on.
#[derive(Debug, Default)]
pub struct Merge {
    pending: Vec<Box<Ended>>,
    notices: Vec<Notice>,
}

impl Merge {
    /// Takes what a worker emitted.
    pub fn add(&mut self, ended: impl IntoIterator<Item = Box<Ended>>) {
        self.pending.extend(ended);
    }

    /// Takes what flows of a worker said about others.
    pub fn add_notices(&mut self, notices: impl IntoIterator<Item = Notice>) {
        self.notices.extend(notices);
    }

    /// Hands on everything that was decided before `second`: no worker will emit more of it.
    pub fn release(&mut self, second: u64, sink: &mut dyn FlowSink) {
        let before = Timestamp::new(second, 0);
        let mut said = 0;
        if self.notices.iter().any(|notice| notice.time < before) {
            self.sort_notices();
            said = self.notices.partition_point(|notice| notice.time < before);
        }
        let mut ready = 0;
        if self.pending.iter().any(|ended| ended.decided_at < before) {
            self.sort();
            ready = self.pending.partition_point(|ended| ended.decided_at < before);
        }
        self.hand_on(ready, said, sink);
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
        self.sort_notices();
        self.hand_on(self.pending.len().saturating_sub(most), self.notices.len(), sink);
    }

    /// Hands on what is left.
    pub fn finish(&mut self, sink: &mut dyn FlowSink) {
        self.shrink(0, sink);
    }

    /// Hands on so many flows and notices, both sorted, each notice before the flows that end
    /// after it.
    fn hand_on(&mut self, flows: usize, notices: usize, sink: &mut dyn FlowSink) {
        let mut notices = self.notices.drain(..notices).peekable();
        for ended in self.pending.drain(..flows) {
            while let Some(notice) = notices.next_if(|notice| notice.time <= ended.decided_at) {
                sink.notice(&notice);
            }
            sink.flow(&ended);
        }
        notices.for_each(|notice| sink.notice(&notice));
    }

    fn sort(&mut self) {
        // Stable: equal keys come from one shard, and in its order.
        self.pending.sort_by_key(|ended| order(ended));
    }

    fn sort_notices(&mut self) {
        self.notices.sort_by_key(|notice| (notice.time, notice.key));
    }
}

/// What records are ordered by.
fn order(ended: &Ended) -> (Timestamp, Timestamp, flow::FlowKey) {
    (ended.decided_at, ended.entry.start(), *ended.entry.key())
}
