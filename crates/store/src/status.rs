use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// How the store is.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Status {
    /// What is wrong, if anything is; writing goes on by itself once it is mended.
    pub trouble: Option<Trouble>,
    /// Records that are on disk.
    pub written: u64,
    /// Records for which there was no room on the way to the writer.
    pub shed: u64,
    /// Records that could not be written.
    pub lost: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Bytes that are free on the disk.
    pub free_bytes: u64,
    /// Bytes that a day takes, over the last days.
    pub bytes_per_day: u64,
    /// The oldest day of flows that is kept, `20261122`.
    pub oldest_day: Option<String>,
}

/// Why nothing can be written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Trouble {
    /// What happened, where.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// Since when, in seconds since 1970 of the packet time.
    pub since: String,
}

/// What the writer tells others.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) shed: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) written: AtomicU64,
    pub(crate) given: AtomicU64,
    pub(crate) said: Mutex<Status>,
}

impl Shared {
    /// Nothing is on its way.
    pub(crate) fn is_settled(&self) -> bool {
        let given = self.given.load(Ordering::Acquire);
        let done = [&self.written, &self.shed, &self.lost].map(|count| count.load(Ordering::Acquire));
        done.iter().sum::<u64>() >= given
    }

    pub(crate) fn status(&self) -> Status {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Status {
            written: self.written.load(Ordering::Relaxed),
            shed: self.shed.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            ..said
        }
    }

    pub(crate) fn say(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
