//! Flows that a filter takes, over all days.

use std::path::Path;
use std::time::Duration;

use filter::Filter;
use serde_json::Value;

use super::Texts;
use super::read::DayReader;
use super::walk::Walk;
use crate::clock::now;
use crate::day::Day;
use crate::error::StoreError;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Search {
    /// Which flows.
    pub filter: Filter,
    /// Began at or after this, in seconds since 1970.
    pub from: i64,
    /// Began before this.
    pub to: i64,
    /// Only of this device.
    pub device: Option<String>,
    /// Goes on behind this flow.
    pub before: Option<Place>,
    /// At most so many.
    pub limit: usize,
    /// What a list shows of each, and not the whole record: ten times as fast.
    pub brief: bool,
    /// After this time what was found is returned, however little it is.
    pub patience: Duration,
}

/// A flow of a day: what comes before it in time is older.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The day.
    pub day: Day,
    /// Its number in the day's file.
    pub id: i64,
}

/// What was found, newest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    /// Whole records, with `ref`, `src_device` and `dst_device`.
    pub records: Vec<Value>,
    /// Where to go on, if there may be more.
    pub next: Option<Place>,
    /// Time ran out before there were as many as were asked for.
    pub is_cut: bool,
}

/// A flow is in the file of the day on which it ended, and lasts an hour at most, or its part does.
const LATE_S: i64 = 7200;

impl Place {
    /// From a flow's `ref`: `20261122-1234`.
    pub fn parse(text: &str) -> Option<Self> {
        let (day, id) = text.split_once('-')?;
        Some(Self { day: Day::parse(day)?, id: id.parse().ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.day, self.id)
    }
}

impl Search {
    /// Searches the files in a folder of days.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn run(&self, folder: &Path, texts: &Texts) -> Result<Found, StoreError> {
        let until = now().checked_add(self.patience);
        let mut found = Found::default();
        let last = self.before.map_or_else(|| day_of(self.to.saturating_add(LATE_S)), |place| place.day);
        let first = day_of(self.from);
        let mut days = crate::retention::days(folder);
        days.retain(|(day, _)| (first.0..=last.0).contains(&day.0));
        for (day, _) in days.into_iter().rev() {
            let Some(walk) = Walk::plan(self, folder, day, texts)? else { continue };
            let Some(reader) = DayReader::open(folder, day)? else { continue };
            let before = self.before.filter(|place| place.day == day).map(|place| place.id);
            let next = walk.run(&reader, before, until, &mut found)?;
            found.next = next.map(|id| Place { day, id });
            if found.next.is_some() {
                break;
            }
        }
        Ok(found)
    }
}

fn day_of(seconds: i64) -> Day {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    Day::of(wire::Timestamp(seconds.saturating_mul(1_000_000_000)))
}
