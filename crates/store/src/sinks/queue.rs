use std::collections::VecDeque;

/// What waits to be sent, oldest first; what comes when it is full is counted instead.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    items: VecDeque<T>,
    most: usize,
    lost: u64,
}

impl<T> Waiting<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { items: VecDeque::new(), most, lost: 0 }
    }

    pub(super) fn add(&mut self, item: T) {
        if self.items.len() < self.most {
            self.items.push_back(item);
        } else {
            self.lose();
        }
    }

    pub(super) fn first(&self) -> Option<&T> {
        self.items.front()
    }

    /// The first has arrived.
    pub(super) fn sent(&mut self) {
        self.items.pop_front();
    }

    /// The first never will.
    pub(super) fn give_up(&mut self) {
        if self.items.pop_front().is_some() {
            self.lose();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn len(&self) -> u64 {
        self.items.len() as u64
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    fn lose(&mut self) {
        self.lost = self.lost.saturating_add(1);
    }
}
