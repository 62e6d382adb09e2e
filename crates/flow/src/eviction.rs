//! Who has to go when the table is full.

use std::collections::VecDeque;

/// Flows that were opened while the table was nearly full, oldest first.
///
/// Whoever floods the table opens flows, and hardly ever goes on with one. So the first to go are
/// newcomers that nobody answered: a flood evicts itself, and an honest connection has the time that
/// it takes to open an eighth of the table to get its answer.
///
/// Bounded: at the bound the oldest is forgotten, which only means that it goes by its deadline.
#[derive(Debug, Default)]
pub(crate) struct Newcomers {
    places: VecDeque<u32>,
    bound: usize,
}

impl Newcomers {
    /// The table holds `max_flows` from now on.
    pub(crate) fn bound_by(&mut self, max_flows: usize) {
        const SMALLEST: usize = 16;
        self.bound = (max_flows / 8).max(SMALLEST);
        self.places.truncate(self.bound);
    }

    /// From this many flows on the table is nearly full.
    pub(crate) fn watch_from(&self, max_flows: usize) -> usize {
        max_flows.saturating_sub(self.bound)
    }

    /// Remembers a flow that was just opened.
    pub(crate) fn add(&mut self, place: u32) {
        if self.places.len() >= self.bound {
            self.places.pop_front();
        }
        self.places.push_back(place);
    }

    /// Forgets the oldest and says where it is, or was.
    pub(crate) fn pop(&mut self) -> Option<u32> {
        self.places.pop_front()
    }
}
