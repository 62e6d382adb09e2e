//! Flows that a filter takes, over all days.

use std::path::Path;
use std::time::Duration;

use filter::Filter;
use rusqlite::ToSql;
use rusqlite::types::Value as SqlValue;
use serde_json::{Map, Value};

use super::condition::Condition;
use super::read::{DayReader, FlowRow};
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

/// Rows that are fetched at once when records have to be looked at.
const CHUNK: usize = 512;
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
    pub fn run(&self, folder: &Path) -> Result<Found, StoreError> {
        let begun = now();
        let mut found = Found::default();
        let last = self.before.map_or_else(|| day_of(self.to.saturating_add(LATE_S)), |place| place.day);
        let first = day_of(self.from);
        let mut days = crate::retention::days(folder);
        days.retain(|(day, _)| (first.0..=last.0).contains(&day.0));
        for (day, _) in days.into_iter().rev() {
            let Some(reader) = DayReader::open(folder, day)? else { continue };
            let before = self.before.filter(|place| place.day == day).map(|place| place.id);
            found.next = self.search_day(&reader, day, before, &mut found, begun)?;
            if found.next.is_some() {
                break;
            }
        }
        Ok(found)
    }

    /// Adds a day's; where to go on, if it is not through.
    fn search_day(
        &self,
        reader: &DayReader,
        day: Day,
        mut before: Option<i64>,
        found: &mut Found,
        begun: std::time::Instant,
    ) -> Result<Option<Place>, StoreError> {
        let begin_ms = i64::try_from(day.begin().nanos() / 1_000_000).unwrap_or(i64::MAX);
        let mut condition = Condition::of(self.filter.expr(), begin_ms);
        let bound = |seconds: i64| SqlValue::from(seconds.saturating_mul(1000).saturating_sub(begin_ms));
        condition.sql = format!("({}) AND f.start_ms >= ? AND f.start_ms < ?", condition.sql);
        condition.values.extend([bound(self.from), bound(self.to)]);
        if let Some(device) = &self.device {
            let of = "SELECT flow FROM by_party WHERE party IN (SELECT id FROM party WHERE device = ?)";
            condition.sql = format!("{} AND f.id IN ({of})", condition.sql);
            condition.values.push(device.clone().into());
        }
        let values: Vec<&dyn ToSql> = condition.values.iter().map(|value| value as &dyn ToSql).collect();
        let mut records = reader.records();
        loop {
            let rest = self.limit.saturating_sub(found.records.len());
            if rest == 0 {
                return Ok(before.map(|id| Place { day, id }));
            }
            let chunk = if condition.is_exact { rest.min(CHUNK) } else { CHUNK };
            let page = reader.flows(&condition.sql, &values, before, chunk)?;
            for row in page.rows {
                let Some(id) = Place::parse(&row.id).map(|place| place.id) else { continue };
                before = Some(id);
                let Some(record) = records.get(&row, id)? else { continue };
                let record = complete(record, row);
                if condition.is_exact || self.filter.matches(&record) {
                    found.records.push(record);
                    if found.records.len() >= self.limit {
                        break;
                    }
                }
            }
            if found.records.len() >= self.limit {
                return Ok(before.map(|id| Place { day, id }));
            }
            if page.before.is_none() {
                return Ok(None);
            }
            if begun.elapsed() >= self.patience {
                found.is_cut = true;
                return Ok(before.map(|id| Place { day, id }));
            }
        }
    }
}

/// With what is beside the record.
fn complete(mut record: Map<String, Value>, row: FlowRow) -> Value {
    record.insert("ref".into(), row.id.into());
    for (name, device) in [("src_device", row.src_device), ("dst_device", row.dst_device)] {
        if let Some(device) = device {
            record.insert(name.into(), device.into());
        }
    }
    Value::Object(record)
}

fn day_of(seconds: i64) -> Day {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    Day::of(wire::Timestamp(seconds.saturating_mul(1_000_000_000)))
}
