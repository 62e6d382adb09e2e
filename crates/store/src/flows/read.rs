use std::cell::RefCell;
use std::io;
use std::ops::{ControlFlow, Range, RangeInclusive};
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params};
use serde_json::{Map, Value};

use super::blocks;
use super::row::{FlowRow, SELECT, direction};
use super::texts::DayTexts;
use crate::database;
use crate::day::Day;
use crate::error::StoreError;

/// Some flows, newest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// The flows.
    pub rows: Vec<FlowRow>,
    /// Where the next page begins, if there may be one.
    pub before: Option<i64>,
}

/// One day's flows.
pub struct DayReader {
    day: Day,
    path: std::path::PathBuf,
    connection: Connection,
    /// The file says which names its blocks have.
    has_marks: bool,
    unpacker: RefCell<Option<blocks::Decompressor>>,
}

/// The version of the schema from which on blocks have marks.
const MARKED: i64 = 2;

/// Flows whose records are together.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) first: i64,
    pub(super) count: i64,
    /// `None` in files that do not have them.
    pub(super) mark: Option<Mark>,
}

/// What a block has.
#[derive(Debug)]
pub(super) struct Mark {
    /// When its flows began, in milliseconds since the day did.
    pub(super) start_ms: RangeInclusive<i64>,
    /// Names in its rows, packed.
    pub(super) in_rows: Vec<u8>,
    /// Names beside them.
    pub(super) beside: Vec<u8>,
}

impl DayReader {
    /// Opens the file of a day; `None` if there is none.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(folder: &Path, day: Day) -> Result<Option<Self>, StoreError> {
        let path = super::DayFile::path(folder, day);
        if !path.exists() {
            return Ok(None);
        }
        let connection = database::open_to_read(&path)?;
        let told = |source| StoreError::Sqlite { path: path.clone(), source };
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(told)?;
        if version == 0 {
            // It is being made just now.
            return Ok(None);
        }
        let has_marks = version >= MARKED;
        Ok(Some(Self { day, connection, path, has_marks, unpacker: RefCell::default() }))
    }

    /// Flows with numbers in `range`, newest first. `condition` is SQL over `f`, `s` and `d` with `values` in it: it
    /// must come from the program, never from outside.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn flows(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
        range: Range<i64>,
        limit: usize,
    ) -> Result<Vec<FlowRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql =
            format!("{SELECT} WHERE ({condition}) AND f.id >= ? AND f.id < ? ORDER BY f.id DESC LIMIT ?");
        let mut values = values.to_vec();
        values.extend([&range.start as &dyn ToSql, &range.end, &limit]);
        self.tell(|| {
            let mut query = self.connection.prepare_cached(&sql)?;
            let rows = query.query_map(&*values, |row| FlowRow::read(self.day, row))?;
            rows.collect()
        })
    }

    /// Flows of a device, newest first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn flows_of(&self, device: &str, before: Option<i64>, limit: usize) -> Result<Page, StoreError> {
        // Each of its addresses has its flows in order; the union of a few is sorted quickly.
        let condition = "f.id IN (SELECT flow FROM by_party WHERE party IN \
            (SELECT id FROM party WHERE device = ?1 OR address = ?1))";
        let rows = self.flows(condition, &[&device], 0..before.unwrap_or(i64::MAX), limit)?;
        let before = rows.last().filter(|_| rows.len() >= limit).map(|row| row.number);
        Ok(Page { rows, before })
    }

    /// The whole record of a flow, as JSON.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn record(&self, id: i64) -> Result<Option<String>, StoreError> {
        let recent = "SELECT record FROM recent WHERE flow = ?1";
        let recent: Option<String> =
            self.tell(|| self.connection.prepare_cached(recent)?.query_row([id], |r| r.get(0)).optional())?;
        if recent.is_some() {
            return Ok(recent);
        }
        let Some((first, data)) = self.block_of(id)? else { return Ok(None) };
        let place = usize::try_from(id - first).unwrap_or(usize::MAX);
        let record = self.unpack(|with| blocks::unpack(&data, &[place], with))?;
        let Some(mut record) = record.into_iter().next() else { return Ok(None) };
        // A flow of which there is no row is none.
        let Some(in_row) = self.in_row(id)? else { return Ok(None) };
        record.extend(in_row);
        Ok(serde_json::to_string(&record).ok())
    }

    /// From here on the file stays as it is, for this reader.
    pub(super) fn hold(&self) -> Result<Transaction<'_>, StoreError> {
        self.tell(|| self.connection.unchecked_transaction())
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Adds the texts that are not there yet.
    pub(super) fn add_texts(&self, texts: &mut DayTexts) -> Result<(), StoreError> {
        self.tell(|| {
            let mut query = self.connection.prepare("SELECT id, text FROM name WHERE id > ?1 ORDER BY id")?;
            let mut rows = query.query([texts.names.last()])?;
            while let Some(row) = rows.next()? {
                texts.names.push(row.get(0)?, row.get_ref(1)?.as_str()?);
            }
            let sql = "SELECT id, address, device FROM party WHERE id > ?1 ORDER BY id";
            let mut query = self.connection.prepare(sql)?;
            let mut rows = query.query([texts.last_party])?;
            while let Some(row) = rows.next()? {
                texts.last_party = row.get(0)?;
                texts.addresses.push(texts.last_party, row.get_ref(1)?.as_str()?);
                let device = row.get_ref(2)?.as_str()?;
                if !device.is_empty() {
                    texts.devices.push(texts.last_party, device);
                }
            }
            Ok(())
        })
    }

    /// Calls `each` with the blocks that begin below `before`, newest first, until it breaks off.
    pub(super) fn blocks(
        &self,
        before: i64,
        mut each: impl FnMut(Block) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let sql = if self.has_marks {
            "SELECT b.first, b.count, m.earliest_ms, m.latest_ms, m.in_rows, m.beside FROM block b \
             LEFT JOIN mark m ON m.first = b.first WHERE b.first < ?1 ORDER BY b.first DESC"
        } else {
            "SELECT first, count, NULL, NULL, NULL, NULL FROM block WHERE first < ?1 ORDER BY first DESC"
        };
        let mut query = self.tell(|| self.connection.prepare_cached(sql))?;
        let mut rows = self.tell(|| query.query([before]))?;
        while let Some(row) = self.tell(|| rows.next())? {
            let block = self.tell(|| {
                let earliest_ms: Option<i64> = row.get(2)?;
                let mark = earliest_ms.map(|earliest_ms| {
                    let start_ms = earliest_ms..=row.get(3)?;
                    Ok::<_, rusqlite::Error>(Mark { start_ms, in_rows: row.get(4)?, beside: row.get(5)? })
                });
                Ok(Block { first: row.get(0)?, count: row.get(1)?, mark: mark.transpose()? })
            })?;
            if each(block)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The flow from which on records are not in blocks yet, if there is one.
    pub(super) fn first_recent(&self) -> Result<Option<i64>, StoreError> {
        self.tell(|| self.connection.query_row("SELECT min(flow) FROM recent", [], |row| row.get(0)))
    }

    /// Records that are not in blocks yet, in order.
    pub(super) fn recent(&self) -> Result<Vec<String>, StoreError> {
        self.tell(|| {
            let mut query = self.connection.prepare_cached("SELECT record FROM recent ORDER BY flow")?;
            query.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The records of a block, compressed.
    pub(super) fn block_of(&self, id: i64) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        let block = "SELECT first, data FROM block WHERE first <= ?1 AND first + count > ?1 ORDER BY first DESC LIMIT 1";
        self.tell(|| {
            let mut query = self.connection.prepare_cached(block)?;
            query.query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
    }

    /// Takes a block apart.
    pub(super) fn unpack<T>(
        &self,
        unpack: impl FnOnce(&mut blocks::Decompressor) -> io::Result<T>,
    ) -> Result<T, StoreError> {
        let mut with = self.unpacker.borrow_mut();
        let result = match &mut *with {
            Some(with) => unpack(with),
            none => blocks::Decompressor::new().and_then(|new| unpack(none.insert(new))),
        };
        result.map_err(|error| StoreError::Damaged { path: self.path.clone(), what: error.to_string() })
    }

    /// The fields of a record that its row has.
    fn in_row(&self, id: i64) -> Result<Option<Map<String, Value>>, StoreError> {
        let sql = "SELECT (SELECT text FROM name WHERE id = f.transport), s.address, d.address, f.src_port, f.dst_port, \
            (SELECT text FROM name WHERE id = f.protocol), (SELECT text FROM name WHERE id = f.application), \
            (SELECT text FROM name WHERE id = f.host), f.direction, f.src_bytes, f.dst_bytes, f.src_packets, f.dst_packets \
            FROM flow f JOIN party s ON s.id = f.src JOIN party d ON d.id = f.dst WHERE f.id = ?1";
        self.tell(|| {
            let mut query = self.connection.prepare_cached(sql)?;
            let fields = |row: &Row<'_>| {
                let mut fields = Map::new();
                for (place, name) in blocks::IN_ROW.into_iter().enumerate() {
                    let value = match row.get_ref(place)? {
                        ValueRef::Integer(n) if name == "direction" => direction(n),
                        ValueRef::Integer(n) => n.into(),
                        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
                        _ => continue,
                    };
                    fields.insert(name.to_owned(), value);
                }
                Ok(fields)
            };
            query.query_row([id], fields).optional()
        })
    }

    /// Flows there are.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn count(&self) -> Result<i64, StoreError> {
        self.tell(|| self.connection.query_row("SELECT coalesce(max(id), 0) FROM flow", [], |row| row.get(0)))
    }

    pub(super) fn tell<T>(&self, read: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, StoreError> {
        read().map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })
    }
}
