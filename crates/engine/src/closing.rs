use std::collections::VecDeque;

use crossbeam_channel::{Receiver, Sender, bounded};
use flow::Ended;

use crate::FlowSink;

/// The way of the flows that were open at the end. They are as many as the table holds, so they go
/// one by one, and whoever is ahead waits.
#[derive(Debug)]
pub(crate) struct Closing {
    out: Sender<Vec<Box<Ended>>>,
    batch: Vec<Box<Ended>>,
}

/// Where they come out.
#[derive(Debug)]
pub(crate) struct Last(Vec<Receiver<Vec<Box<Ended>>>>);

/// Flows in one message.
const BATCH: usize = 64;
/// Messages that may wait.
const QUEUE: usize = 16;

/// Ways for so many workers.
pub(crate) fn connect(workers: usize) -> (Vec<Closing>, Last) {
    let way = || {
        let (out, incoming) = bounded(QUEUE);
        (Closing { out, batch: Vec::new() }, incoming)
    };
    let (closing, last) = (0..workers).map(|_| way()).unzip();
    (closing, Last(last))
}

impl Closing {
    /// Hands a flow over; they must come in the order they began.
    pub(crate) fn push(&mut self, ended: Ended) {
        self.batch.push(Box::new(ended));
        if self.batch.len() == BATCH {
            let full = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
            let _ = self.out.send(full); // Nobody is there only after a defect elsewhere.
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        if !self.batch.is_empty() {
            let _ = self.out.send(std::mem::take(&mut self.batch));
        }
    }
}

impl Last {
    /// Hands on the flows of all workers in the order they began, until the workers hang up.
    pub(crate) fn hand_on(self, sink: &mut dyn FlowSink) {
        let mut queues: Vec<VecDeque<Box<Ended>>> = self.0.iter().map(|_| VecDeque::new()).collect();
        loop {
            for (queue, worker) in queues.iter_mut().zip(&self.0) {
                if queue.is_empty() {
                    queue.extend(worker.recv().unwrap_or_default());
                }
            }
            let began = |ended: &Ended| (ended.entry.start(), *ended.entry.key());
            let least =
                queues.iter_mut().filter(|q| !q.is_empty()).min_by_key(|q| q.front().map(|e| began(e)));
            let Some(ended) = least.and_then(VecDeque::pop_front) else { return };
            sink.flow(&ended);
        }
    }
}
