use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError};

use crate::item::Item;
use crate::status::Shared;

/// The way to the writer. It never makes anybody wait: what there is no room for is counted.
#[derive(Clone, Debug)]
pub struct Queue {
    pub(crate) items: Sender<Vec<Item>>,
    pub(crate) shared: Arc<Shared>,
}

impl Queue {
    /// Hands items over.
    pub fn offer(&self, items: Vec<Item>) {
        if items.is_empty() {
            return;
        }
        count(&self.shared.given, items.len());
        if let Err(TrySendError::Full(lost) | TrySendError::Disconnected(lost)) = self.items.try_send(items) {
            self.lose(lost.len());
        }
    }

    /// The same, but waits for room: for those who read a file and have time.
    pub fn give(&self, items: Vec<Item>) {
        count(&self.shared.given, items.len());
        if let Err(error) = self.items.send(items) {
            self.lose(error.0.len());
        }
    }

    fn lose(&self, items: usize) {
        count(&self.shared.shed, items);
    }
}

pub(crate) fn count(counter: &AtomicU64, items: usize) {
    counter.fetch_add(items as u64, Ordering::Relaxed);
}
