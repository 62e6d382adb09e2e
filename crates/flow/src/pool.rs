//! What only some flows need, borrowed while they need it.

use dpi::{Facts, Inspection};

use crate::pair::Pair;

/// Trouble on a flow; most flows have none. Pairs are by who sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quality {
    /// Segments sent again.
    pub retransmits: Pair<u32>,
    /// Those of them that had been acknowledged already.
    pub spurious_retransmits: Pair<u32>,
    /// Segments that came later than their successors.
    pub out_of_order: Pair<u32>,
    /// Duplicate acknowledgements.
    pub duplicate_acks: Pair<u32>,
    /// Closed windows announced.
    pub zero_windows: Pair<u32>,
    /// Keep-alives, both sides.
    pub keep_alives: u32,
    /// Probes of a closed window, both sides.
    pub window_probes: u32,
    /// Gaps in the sequence numbers.
    pub lost: u32,
    /// Packets that the mirror showed a second time.
    pub duplicates: u32,
    /// Packets that were IP fragments.
    pub fragments: u32,
    /// Which part of a long flow this is, from 0.
    pub part: u32,
    /// Start of the flow, if this is a later part.
    pub first_start: u64,
}

/// No place in a pool.
pub(crate) const NONE: u32 = u32::MAX;

/// Values at places that stay put until they are taken back.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    values: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { values: Vec::new(), free: Vec::new() }
    }
}

impl<T> Pool<T> {
    pub(crate) fn put(&mut self, value: T) -> u32 {
        if let Some(place) = self.free.pop()
            && let Some(slot) = self.values.get_mut(place as usize)
        {
            *slot = Some(value);
            return place;
        }
        self.values.push(Some(value));
        u32::try_from(self.values.len() - 1).unwrap_or(NONE)
    }

    pub(crate) fn get(&self, place: u32) -> Option<&T> {
        self.values.get(place as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.values.get_mut(place as usize)?.as_mut()
    }

    pub(crate) fn take(&mut self, place: u32) -> Option<T> {
        let value = self.values.get_mut(place as usize)?.take();
        if value.is_some() {
            self.free.push(place);
        }
        value
    }
}

/// The quality counters of a flow, made when the first of them is needed.
pub(crate) fn quality<'a>(pool: &'a mut Pool<Quality>, place: &mut u32) -> &'a mut Quality {
    if pool.get(*place).is_none() {
        *place = pool.put(Quality::default());
    }
    #[allow(clippy::expect_used, reason = "it was put there a line above")]
    pool.get_mut(*place).expect("a quality at the place just made")
}

/// What a flow has in the pool while it is looked at, and after.
#[derive(Debug)]
pub(crate) enum Extra {
    Inspecting(Box<Inspection>),
    Facts(Box<Facts>),
}
