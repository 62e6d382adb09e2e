use std::path::{Path, PathBuf};

use rusqlite::{Connection, Result, params};
use serde_json::{Map, Value};

use super::names::Names;
use super::{SCHEMA, blocks, marks};
use crate::database;
use crate::day::Day;
use crate::error::StoreError;
use crate::item::SeenFlow;

/// The file of one day's flows, open to write.
#[derive(Debug)]
pub(crate) struct DayFile {
    day: Day,
    path: PathBuf,
    connection: Connection,
    names: Names,
    /// The number that the next flow gets.
    next: i64,
    /// Records in `recent`.
    recent: usize,
}

impl DayFile {
    /// The name of a day's file.
    pub(crate) fn path(folder: &Path, day: Day) -> PathBuf {
        folder.join(format!("{day}.db"))
    }

    /// Opens or makes the file of a day.
    pub(crate) fn open(folder: &Path, day: Day) -> std::result::Result<Self, StoreError> {
        let path = Self::path(folder, day);
        let connection = database::open(&path, SCHEMA)?;
        let told = |source| StoreError::Sqlite { path: path.clone(), source };
        let last: Option<i64> =
            connection.query_row("SELECT max(id) FROM flow", [], |row| row.get(0)).map_err(told)?;
        let recent: i64 =
            connection.query_row("SELECT count(*) FROM recent", [], |row| row.get(0)).map_err(told)?;
        let recent = usize::try_from(recent).unwrap_or_default();
        Ok(Self { day, path, connection, names: Names::default(), next: last.unwrap_or(0) + 1, recent })
    }

    /// Writes flows in one transaction: all of them or none.
    pub(crate) fn write(&mut self, flows: &[&SeenFlow]) -> std::result::Result<(), StoreError> {
        let (next, recent) = (self.next, self.recent);
        let result = self.connection.execute_batch("BEGIN IMMEDIATE").and_then(|()| self.insert(flows));
        let result = result.and_then(|()| self.connection.execute_batch("COMMIT"));
        result.map_err(|source| {
            let _ = self.connection.execute_batch("ROLLBACK");
            (self.next, self.recent) = (next, recent);
            self.names.forget();
            StoreError::Sqlite { path: self.path.clone(), source }
        })
    }

    fn insert(&mut self, flows: &[&SeenFlow]) -> Result<()> {
        let first = self.next;
        for flow in flows {
            self.insert_row(flow)?;
            self.next += 1;
        }
        if flows.len() >= blocks::RECORDS {
            // Under load records go into blocks at once.
            self.pack_recent()?;
            let mut at = first;
            for flows in flows.chunks(blocks::RECORDS) {
                let records: Vec<_> = flows.iter().map(|flow| fields(&flow.record)).collect();
                self.put_block(at, &records)?;
                at += i64::try_from(records.len()).unwrap_or_default();
            }
            return Ok(());
        }
        let mut put = self.connection.prepare_cached("INSERT INTO recent(flow, record) VALUES (?1, ?2)")?;
        for (at, flow) in (first..).zip(flows) {
            put.execute(params![at, serde_json::to_string(&flow.record).unwrap_or_default()])?;
        }
        drop(put);
        self.recent += flows.len();
        if self.recent >= blocks::RECORDS { self.pack_recent() } else { Ok(()) }
    }

    fn insert_row(&mut self, flow: &SeenFlow) -> Result<()> {
        let Self { connection, names, next, day, .. } = self;
        let record = &flow.record;
        let device = |device: &Option<String>| device.clone().unwrap_or_default();
        let src = names.party(connection, &record.src_ip.to_string(), &device(&flow.src_device))?;
        let dst = names.party(connection, &record.dst_ip.to_string(), &device(&flow.dst_device))?;
        let country = record.dst_country.as_deref().or(record.src_country.as_deref());
        let risks = (!record.risks.is_empty()).then(|| record.risks.join(RISKS));
        let begin = day.begin();
        let start_ms = if flow.start >= begin {
            signed(flow.start.since(begin) / 1_000_000)
        } else {
            -signed(begin.since(flow.start).div_ceil(1_000_000))
        };
        let row = params![
            *next,
            start_ms,
            signed(flow.end.since(flow.start) / 1_000_000),
            src,
            dst,
            record.src_port,
            record.dst_port,
            names.text(connection, &record.transport)?,
            names.text(connection, record.protocol)?,
            names.optional(connection, record.application)?,
            names.optional(connection, record.hostname.as_deref())?,
            names.optional(connection, country)?,
            record.direction as i64,
            signed(record.src_bytes),
            signed(record.dst_bytes),
            signed(record.src_packets),
            signed(record.dst_packets),
            names.optional(connection, risks.as_deref())?,
        ];
        connection
            .prepare_cached(
                "INSERT INTO flow VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
            )?
            .execute(row)?;
        let mut by_party = connection.prepare_cached("INSERT OR IGNORE INTO by_party VALUES (?1, ?2)")?;
        by_party.execute([src, *next])?;
        by_party.execute([dst, *next])?;
        Ok(())
    }

    /// Puts the records of `recent`, which are those of consecutive flows, into a block.
    fn pack_recent(&mut self) -> Result<()> {
        if self.recent == 0 {
            return Ok(());
        }
        let (mut first, mut records) = (None, Vec::new());
        {
            let mut all = self.connection.prepare_cached("SELECT flow, record FROM recent ORDER BY flow")?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                first.get_or_insert(row.get::<_, i64>(0)?);
                let text: String = row.get(1)?;
                records.push(serde_json::from_str(&text).unwrap_or_default());
            }
        }
        if let Some(first) = first {
            self.put_block(first, &records)?;
        }
        self.connection.execute("DELETE FROM recent", [])?;
        self.recent = 0;
        Ok(())
    }

    fn put_block(&mut self, first: i64, records: &[Map<String, Value>]) -> Result<()> {
        marks::put(&self.connection, &mut self.names, first, records)?;
        let data = blocks::pack(records)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let mut put = self.connection.prepare_cached("INSERT INTO block VALUES (?1, ?2, ?3)")?;
        put.execute(params![first, i64::try_from(records.len()).unwrap_or(i64::MAX), data])?;
        Ok(())
    }
}

/// A record as its fields.
fn fields(record: &model::Flow) -> Map<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Stands between risks in a row.
const RISKS: &str = " ";

/// The risks of a record, as its row has them.
pub(super) fn risks(record: &Map<String, Value>) -> Option<String> {
    let risks = record.get("risks")?.as_array()?;
    let risks: Vec<_> = risks.iter().filter_map(Value::as_str).collect();
    (!risks.is_empty()).then(|| risks.join(RISKS))
}

/// SQLite's integers have a sign.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
