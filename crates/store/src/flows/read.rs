use std::path::Path;

use model::Direction;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde::Serialize;
use serde_json::{Map, Value};

use super::blocks;
use crate::database;
use crate::day::Day;
use crate::error::StoreError;

/// A flow as a list shows it; the whole record is behind its id.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FlowRow {
    /// `20261122-1234`: names it for [`DayReader::record`].
    pub id: String,
    /// First packet, in milliseconds since 1970.
    pub start_ms: i64,
    /// From the first to the last packet.
    pub duration_ms: i64,
    /// Who opened it.
    pub src_ip: String,
    /// The device that it is.
    pub src_device: Option<String>,
    /// The other side.
    pub dst_ip: String,
    /// The device that it is.
    pub dst_device: Option<String>,
    /// Port of the opener.
    pub src_port: Option<u16>,
    /// Port of the other side.
    pub dst_port: Option<u16>,
    /// `tcp`, `udp` ...
    pub transport: String,
    /// The wire protocol.
    pub protocol: String,
    /// What runs on it.
    pub application: Option<String>,
    /// The name that was asked for.
    pub hostname: Option<String>,
    /// Country of the remote side.
    pub country: Option<String>,
    /// Bytes sent by the opener.
    pub src_bytes: i64,
    /// Bytes sent by the other side.
    pub dst_bytes: i64,
    /// Packets sent by the opener.
    pub src_packets: i64,
    /// Packets sent by the other side.
    pub dst_packets: i64,
    /// What its owner should know.
    pub risks: Vec<String>,
    #[serde(skip)]
    pub(super) direction: i64,
}

/// Some flows, newest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// The flows.
    pub rows: Vec<FlowRow>,
    /// Where the next page begins, if there may be one.
    pub before: Option<i64>,
}

/// One day's flows.
#[derive(Debug)]
pub struct DayReader {
    day: Day,
    path: std::path::PathBuf,
    connection: Connection,
}

const SELECT: &str = "
SELECT f.id, f.start_ms, f.duration_ms, s.address, s.device, d.address, d.device, f.src_port, f.dst_port,
    (SELECT text FROM name WHERE id = f.transport), (SELECT text FROM name WHERE id = f.protocol),
    (SELECT text FROM name WHERE id = f.application), (SELECT text FROM name WHERE id = f.host),
    (SELECT text FROM name WHERE id = f.country), f.src_bytes, f.dst_bytes, f.src_packets, f.dst_packets,
    (SELECT text FROM name WHERE id = f.risks), f.direction
FROM flow f JOIN party s ON s.id = f.src JOIN party d ON d.id = f.dst";

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
        Ok(Some(Self { day, connection: database::open_to_read(&path)?, path }))
    }

    /// Flows below the id `before`, newest first. `condition` is SQL over `f`, `s` and `d` with `values` in it: it
    /// must come from the program, never from outside.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn flows(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
        before: Option<i64>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let below = before.unwrap_or(i64::MAX);
        let sql = format!("{SELECT} WHERE f.id < {below} AND ({condition}) ORDER BY f.id DESC LIMIT {limit}");
        let rows: Vec<(i64, FlowRow)> = self.tell(|| {
            let mut query = self.connection.prepare_cached(&sql)?;
            let rows = query.query_map(values, |row| Ok((row.get(0)?, self.row(row)?)))?;
            rows.collect()
        })?;
        let before = if rows.len() < limit { None } else { rows.last().map(|(id, _)| *id) };
        Ok(Page { rows: rows.into_iter().map(|(_, row)| row).collect(), before })
    }

    /// Flows of a device, newest first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn flows_of(&self, device: &str, before: Option<i64>, limit: usize) -> Result<Page, StoreError> {
        // Each of its addresses has its flows in order; the union of a few is sorted quickly.
        let condition = "f.id IN (SELECT flow FROM by_party WHERE party IN \
            (SELECT id FROM party WHERE device = ?1 OR address = ?1))";
        self.flows(condition, &[&device], before, limit)
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
        let block = "SELECT first, data FROM block WHERE first <= ?1 ORDER BY first DESC LIMIT 1";
        let found: Option<(i64, Vec<u8>)> = self.tell(|| {
            let mut query = self.connection.prepare_cached(block)?;
            query.query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })?;
        let Some((first, data)) = found else { return Ok(None) };
        let place = usize::try_from(id - first).unwrap_or(usize::MAX);
        let mut record = blocks::unpack(&data, place)
            .map_err(|error| StoreError::Damaged { path: self.path.clone(), what: error.to_string() })?;
        // A flow of which there is no row is none.
        let Some(in_row) = self.in_row(id)? else { return Ok(None) };
        record.extend(in_row);
        Ok(serde_json::to_string(&record).ok())
    }

    /// Whole records of rows that come one after the other.
    pub(super) fn records(&self) -> Records<'_> {
        Records { reader: self, block: None }
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

    fn row(&self, row: &Row<'_>) -> rusqlite::Result<FlowRow> {
        let begin_ms = i64::from(self.day.0) * 86_400_000;
        let device = |text: String| Some(text).filter(|text| !text.is_empty());
        let risks: Option<String> = row.get(18)?;
        Ok(FlowRow {
            id: format!("{}-{}", self.day, row.get::<_, i64>(0)?),
            start_ms: begin_ms.saturating_add(row.get(1)?),
            duration_ms: row.get(2)?,
            src_ip: row.get(3)?,
            src_device: device(row.get(4)?),
            dst_ip: row.get(5)?,
            dst_device: device(row.get(6)?),
            src_port: row.get(7)?,
            dst_port: row.get(8)?,
            transport: row.get(9)?,
            protocol: row.get(10)?,
            application: row.get(11)?,
            hostname: row.get(12)?,
            country: row.get(13)?,
            src_bytes: row.get(14)?,
            dst_bytes: row.get(15)?,
            src_packets: row.get(16)?,
            dst_packets: row.get(17)?,
            risks: risks.map(|text| text.split(' ').map(str::to_owned).collect()).unwrap_or_default(),
            direction: row.get(19)?,
        })
    }

    fn tell<T>(&self, read: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, StoreError> {
        read().map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })
    }
}

/// Whole records: a block is taken apart once for all of its flows that are asked for in a row.
pub(super) struct Records<'a> {
    reader: &'a DayReader,
    block: Option<(i64, Vec<Map<String, Value>>)>,
}

impl Records<'_> {
    /// The record of a row; `None` if it is lost.
    pub(super) fn get(&mut self, row: &FlowRow, id: i64) -> Result<Option<Map<String, Value>>, StoreError> {
        let reader = self.reader;
        let place = |first: i64| usize::try_from(id - first).unwrap_or(usize::MAX);
        let holds = |(first, records): &(i64, Vec<_>)| *first <= id && place(*first) < records.len();
        if !self.block.as_ref().is_some_and(holds) {
            self.block = None;
            let block = "SELECT first, data FROM block WHERE first <= ?1 AND first + count > ?1 ORDER BY first DESC LIMIT 1";
            let found: Option<(i64, Vec<u8>)> = reader.tell(|| {
                let mut query = reader.connection.prepare_cached(block)?;
                query.query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })?;
            if let Some((first, data)) = found {
                let records = blocks::unpack_all(&data).map_err(|error| StoreError::Damaged {
                    path: reader.path.clone(),
                    what: error.to_string(),
                })?;
                self.block = Some((first, records));
            }
        }
        if let Some((first, records)) = &self.block
            && let Some(record) = records.get(place(*first))
        {
            let mut record = record.clone();
            record.extend(row.fields());
            return Ok(Some(record));
        }
        let text = reader.record(id)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

impl FlowRow {
    /// The fields of a record that are kept in the row.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("transport", self.transport.clone().into());
        put("src_ip", self.src_ip.clone().into());
        put("dst_ip", self.dst_ip.clone().into());
        put("protocol", self.protocol.clone().into());
        put("direction", direction(self.direction));
        put("src_bytes", self.src_bytes.into());
        put("dst_bytes", self.dst_bytes.into());
        put("src_packets", self.src_packets.into());
        put("dst_packets", self.dst_packets.into());
        for (name, port) in [("src_port", self.src_port), ("dst_port", self.dst_port)] {
            if let Some(port) = port {
                put(name, port.into());
            }
        }
        for (name, text) in [("application", &self.application), ("hostname", &self.hostname)] {
            if let Some(text) = text {
                put(name, text.clone().into());
            }
        }
        fields
    }
}

/// As the row has it, back to the name.
fn direction(number: i64) -> Value {
    use Direction::{External, Inbound, Lateral, Multicast, Outbound};
    let all = [Inbound, Outbound, Lateral, External, Multicast];
    let found = all.into_iter().find(|direction| *direction as i64 == number);
    serde_json::to_value(found).unwrap_or_default()
}
