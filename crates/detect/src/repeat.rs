use wire::Timestamp;

/// Says when what goes on is worth reporting again: at once, then at most once a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Repeat {
    reported: Option<Timestamp>,
    pending: bool,
}

impl Repeat {
    /// Something more of it was seen at `now`; true if it is to be reported now.
    pub(crate) fn more(&mut self, now: Timestamp) -> bool {
        let due = self.reported.is_none_or(|last| now.since(last) >= SECOND_NS);
        self.pending = !due;
        if due {
            self.reported = Some(now);
        }
        due
    }

    /// Something more of it was seen, to be reported when a second has passed.
    pub(crate) fn later(&mut self) {
        self.pending = true;
    }

    /// Something was put off; true once, when asked after the event that was put off.
    pub(crate) fn take_pending(&mut self, now: Timestamp) -> bool {
        let pending = std::mem::take(&mut self.pending);
        if pending {
            self.reported = Some(now);
        }
        pending
    }

    /// It has been reported.
    pub(crate) fn has_spoken(&self) -> bool {
        self.reported.is_some()
    }
}

const SECOND_NS: u64 = 1_000_000_000;
