//! One day of a search.

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::time::Instant;

use filter::Pattern;
use foldhash::HashMap;
use rusqlite::ToSql;
use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use super::condition::Condition;
use super::read::{Block, DayReader};
use super::row::FlowRow;
use super::search::{Found, Search};
use super::sets::{self, Beside, BlockNames, Set, Shared, Wanted};
use super::{Texts, blocks, marks, records};
use crate::clock::now;
use crate::day::Day;
use crate::error::StoreError;

/// How a day is searched.
pub(super) struct Walk<'a> {
    search: &'a Search,
    condition: Condition,
    sets: Vec<Set>,
    /// Block by block, those that may have what is asked for, and not along lists of parties' flows.
    by_block: bool,
    /// Flows that began then, in milliseconds since the day did.
    start_ms: Range<i64>,
}

/// Rows that are fetched at once when records have to be looked at.
const CHUNK: usize = 512;

impl<'a> Walk<'a> {
    /// `None` if the day has nothing of what is asked for.
    pub(super) fn plan(
        search: &'a Search,
        folder: &Path,
        day: Day,
        texts: &Texts,
    ) -> Result<Option<Self>, StoreError> {
        let begin_ms = i64::try_from(day.begin().nanos() / 1_000_000).unwrap_or(i64::MAX);
        let mut wanted = Vec::new();
        let mut condition = Condition::of(search.filter.expr(), begin_ms, &mut wanted);
        let sets: Vec<_> = if wanted.is_empty() {
            Vec::new()
        } else {
            let Some(texts) = texts.of(folder, day)? else { return Ok(None) };
            wanted.iter().map(|wanted: &Wanted| Set::of(wanted, &texts)).collect()
        };
        if !condition.need.may_be(&sets) {
            return Ok(None);
        }
        let by_block = !condition.is_of_party && search.device.is_none();
        if !by_block {
            condition = condition.without_words();
        }
        let bound = |seconds: i64| seconds.saturating_mul(1000).saturating_sub(begin_ms);
        let start_ms = bound(search.from)..bound(search.to);
        condition.sql = format!("({}) AND f.start_ms >= ? AND f.start_ms < ?", condition.sql);
        condition.values.extend([SqlValue::from(start_ms.start), SqlValue::from(start_ms.end)]);
        if let Some(device) = &search.device {
            let of = "SELECT flow FROM by_party WHERE party IN (SELECT id FROM party WHERE device = ?)";
            condition.sql = format!("{} AND f.id IN ({of})", condition.sql);
            condition.values.push(device.clone().into());
        }
        Ok(Some(Self { search, condition, sets, by_block, start_ms }))
    }

    /// Adds what is found; below which flow to go on, if it is not through.
    pub(super) fn run(
        self,
        reader: &DayReader,
        before: Option<i64>,
        until: Option<Instant>,
        found: &mut Found,
    ) -> Result<Option<i64>, StoreError> {
        // The writer may move records while this reads.
        let _held = reader.hold()?;
        let parties = self.sets.iter().map(|set| sets::flows_of(reader.connection(), &set.parties));
        let parties: rusqlite::Result<Vec<_>> =
            if self.by_block { parties.collect() } else { Ok(Vec::new()) };
        let parties = reader.tell(|| parties)?;
        let Self { search, condition, sets, by_block, start_ms } = self;
        let shared = reader.tell(|| Shared::register(sets, reader.connection()))?;
        let day = OfDay { search, condition, reader, shared, parties, start_ms, until };
        let below = before.unwrap_or(i64::MAX);
        if by_block { day.blocks(below, found) } else { day.chunks(0..below, found) }
    }
}

struct OfDay<'a> {
    search: &'a Search,
    condition: Condition,
    reader: &'a DayReader,
    shared: Shared,
    /// For each set the flows of its parties, sorted; `None` if they are too many to list.
    parties: Vec<Option<Vec<i64>>>,
    start_ms: Range<i64>,
    until: Option<Instant>,
}

impl OfDay<'_> {
    /// Goes through flows from the newest, some at a time.
    fn chunks(&self, range: Range<i64>, found: &mut Found) -> Result<Option<i64>, StoreError> {
        let mut below = range.end;
        loop {
            let rest = self.search.limit.saturating_sub(found.records.len());
            if rest == 0 {
                return Ok(Some(below));
            }
            let chunk = if self.condition.is_exact { rest } else { CHUNK };
            let rows = self.rows(range.start..below, chunk)?;
            let is_last = rows.len() < chunk;
            let Some(oldest) = rows.last().map(|row| row.number) else { return Ok(None) };
            below = oldest;
            if self.condition.is_exact {
                self.add(rows, found)?;
            } else if let Some(next) = self.add_matching(rows, found)? {
                return Ok(Some(next));
            }
            if is_last {
                return Ok(None);
            }
            if self.is_late() {
                found.is_cut = true;
                return Ok(Some(below));
            }
        }
    }

    fn add(&self, rows: Vec<FlowRow>, found: &mut Found) -> Result<(), StoreError> {
        if self.search.brief {
            found.records.extend(rows.iter().map(records::brief));
        } else {
            found.records.extend(records::of(self.reader, rows)?.into_iter().map(|(_, record)| record));
        }
        Ok(())
    }

    /// Adds those whose records the filter takes; below which flow to go on, if there are enough.
    fn add_matching(&self, rows: Vec<FlowRow>, found: &mut Found) -> Result<Option<i64>, StoreError> {
        for (row, record) in records::of(self.reader, rows)? {
            if !self.search.filter.matches(&record) {
                continue;
            }
            found.records.push(if self.search.brief { records::brief(&row) } else { record });
            if found.records.len() >= self.search.limit {
                return Ok(Some(row.number));
            }
        }
        Ok(None)
    }

    /// Goes through the blocks that may have what is asked for.
    fn blocks(&self, below: i64, found: &mut Found) -> Result<Option<i64>, StoreError> {
        let listed = self.shared.with(|sets| self.condition.need.of_parties(sets));
        if let Some(Some(listed)) = listed.and_then(|set| self.parties.get(set)) {
            return self.listed(listed, below, found);
        }
        let first_recent = self.reader.first_recent()?.unwrap_or(i64::MAX);
        if first_recent < below {
            self.look_into_recent(first_recent)?;
            if let Some(next) = self.chunks(first_recent..below, found)? {
                return Ok(Some(next));
            }
        }
        let mut next = None;
        self.reader.blocks(below.min(first_recent), |block| {
            if self.may_have(&block) {
                self.look_into(&block)?;
                let end = block.first.saturating_add(block.count).min(below);
                next = self.chunks(block.first..end, found)?;
            }
            if next.is_none() && self.is_late() {
                found.is_cut = true;
                next = Some(block.first);
            }
            Ok(if next.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(next)
    }

    /// Goes through flows of parties, which are sorted: a day may have many blocks and few of these.
    fn listed(&self, flows: &[i64], below: i64, found: &mut Found) -> Result<Option<i64>, StoreError> {
        for flow in flows.iter().rev().filter(|flow| **flow < below) {
            let next = self.chunks(*flow..flow.saturating_add(1), found)?;
            if next.is_some() {
                return Ok(next);
            }
            if found.records.len() >= self.search.limit {
                return Ok(Some(*flow));
            }
            if self.is_late() {
                found.is_cut = true;
                return Ok(Some(*flow));
            }
        }
        Ok(None)
    }

    fn may_have(&self, block: &Block) -> bool {
        let Some(mark) = &block.mark else { return true };
        if *mark.start_ms.end() < self.start_ms.start || *mark.start_ms.start() >= self.start_ms.end {
            return false;
        }
        let flows = block.first..block.first.saturating_add(block.count);
        let has_party = |listed: &Option<Vec<i64>>| match listed {
            None => true,
            Some(listed) => {
                let place = listed.partition_point(|flow| *flow < flows.start);
                listed.get(place).is_some_and(|flow| *flow < flows.end)
            }
        };
        let has_party = self.parties.iter().map(has_party).collect();
        let names = BlockNames { in_rows: &mark.in_rows, beside: &mark.beside, has_party };
        self.shared.with(|sets| self.condition.need.may_be_in(&names, sets))
    }

    /// Finds the flows of a block whose records have words that their rows have not.
    fn look_into(&self, block: &Block) -> Result<(), StoreError> {
        let count = usize::try_from(block.count).unwrap_or_default().min(blocks::RECORDS);
        let wanted: Vec<_> = self.shared.with(|sets| {
            let marked =
                |set: &Set| block.mark.as_ref().is_none_or(|mark| sets::has(&mark.beside, &set.names));
            sets.iter().map(|set| set.pattern.clone().filter(|_| marked(set))).collect()
        });
        let mut has = vec![Vec::new(); wanted.len()];
        if wanted.iter().any(Option::is_some)
            && let Some((_, data)) = self.reader.block_of(block.first)?
        {
            has.fill(vec![false; count]);
            // The same few texts stand in many records.
            let mut known: HashMap<String, Vec<bool>> = HashMap::default();
            let each = |place: usize, text: &str| {
                let taken = |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|p| p.takes(text));
                if !known.contains_key(text) {
                    known.insert(text.to_owned(), wanted.iter().map(taken).collect());
                }
                for (has, taken) in has.iter_mut().zip(known.get(text).into_iter().flatten()) {
                    if let Some(has) = has.get_mut(place) {
                        *has = *has || *taken;
                    }
                }
            };
            self.reader.unpack(|with| blocks::texts(&data, &marks::BESIDE, with, each))?;
        }
        self.shared.put_beside(Beside { first: block.first, has });
        Ok(())
    }

    /// The same for flows that are not in a block yet.
    fn look_into_recent(&self, first: i64) -> Result<(), StoreError> {
        let patterns: Vec<_> = self.shared.with(|sets| sets.iter().map(|set| set.pattern.clone()).collect());
        let mut has = vec![Vec::new(); patterns.len()];
        for text in self.reader.recent()? {
            let record: Value = serde_json::from_str(&text).unwrap_or_default();
            let texts = || marks::BESIDE.iter().filter_map(|name| record.get(*name)?.as_str());
            for (has, pattern) in has.iter_mut().zip(&patterns) {
                has.push(pattern.as_ref().is_some_and(|pattern| texts().any(|text| pattern.takes(text))));
            }
        }
        self.shared.put_beside(Beside { first, has });
        Ok(())
    }

    fn rows(&self, range: Range<i64>, limit: usize) -> Result<Vec<FlowRow>, StoreError> {
        let values: Vec<&dyn ToSql> = self.condition.values.iter().map(|value| value as &dyn ToSql).collect();
        self.reader.flows(&self.condition.sql, &values, range, limit)
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| now() >= until)
    }
}
