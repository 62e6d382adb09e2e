use std::collections::VecDeque;

use crate::merge::Output;

/// What the workers emit, sorted by the marks between which they do: some are ahead of others.
pub(super) struct Windows {
    /// Per worker, the windows it has left behind that are still open.
    ahead: Vec<usize>,
    open: VecDeque<Output>,
}

impl Windows {
    pub(super) fn new(workers: usize) -> Self {
        Self { ahead: vec![0; workers], open: VecDeque::new() }
    }

    /// Takes what a worker emitted after its last mark.
    pub(super) fn add(&mut self, worker: usize, output: Output) {
        let window = self.ahead.get(worker).copied().unwrap_or_default();
        if self.open.len() <= window {
            self.open.resize_with(window + 1, Output::default);
        }
        if let Some(slot) = self.open.get_mut(window) {
            slot.append(output);
        }
    }

    /// A worker has come to its next mark. If it was the last to come there, what all of them
    /// emitted before.
    pub(super) fn mark(&mut self, worker: usize) -> Option<Output> {
        if let Some(ahead) = self.ahead.get_mut(worker) {
            *ahead += 1;
        }
        if self.ahead.contains(&0) {
            return None;
        }
        self.ahead.iter_mut().for_each(|ahead| *ahead -= 1);
        Some(self.open.pop_front().unwrap_or_default())
    }

    /// What was emitted after the last mark.
    pub(super) fn rest(self) -> impl Iterator<Item = Output> {
        self.open.into_iter()
    }
}
