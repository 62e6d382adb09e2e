//! `netmonsec.db`: devices, alerts, roll-ups, and what people did.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::database::{self, Migrations};
use crate::error::StoreError;
use crate::rollup::{Kind, Resolution};

/// The schema.
pub(crate) const SCHEMA: Migrations = &["
CREATE TABLE device(id TEXT PRIMARY KEY, name TEXT, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
    record TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- Each address and name of each device, with the time it had it.
CREATE TABLE device_address(device TEXT NOT NULL, address TEXT NOT NULL, first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL, PRIMARY KEY(device, address)) STRICT, WITHOUT ROWID;
CREATE INDEX device_address_address ON device_address(address);
CREATE TABLE device_name(device TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL, PRIMARY KEY(device, name, source)) STRICT, WITHOUT ROWID;
CREATE TABLE alert(id TEXT PRIMARY KEY, time TEXT NOT NULL, last_seen TEXT NOT NULL, detector TEXT NOT NULL,
    severity INTEGER NOT NULL, device TEXT, incident TEXT NOT NULL, record TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', comment TEXT NOT NULL DEFAULT '', changed_by TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX alert_time ON alert(time);
CREATE TABLE key(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name)) STRICT;
CREATE TABLE by_minute(kind INTEGER NOT NULL, second INTEGER NOT NULL, key INTEGER NOT NULL, in_bytes INTEGER NOT NULL,
    out_bytes INTEGER NOT NULL, packets INTEGER NOT NULL, flows INTEGER NOT NULL,
    PRIMARY KEY(kind, second, key)) STRICT, WITHOUT ROWID;
CREATE TABLE by_hour(kind INTEGER NOT NULL, second INTEGER NOT NULL, key INTEGER NOT NULL, in_bytes INTEGER NOT NULL,
    out_bytes INTEGER NOT NULL, packets INTEGER NOT NULL, flows INTEGER NOT NULL,
    PRIMARY KEY(kind, second, key)) STRICT, WITHOUT ROWID;
CREATE INDEX by_hour_key ON by_hour(key, second);
CREATE TABLE by_day(kind INTEGER NOT NULL, second INTEGER NOT NULL, key INTEGER NOT NULL, in_bytes INTEGER NOT NULL,
    out_bytes INTEGER NOT NULL, packets INTEGER NOT NULL, flows INTEGER NOT NULL,
    PRIMARY KEY(kind, second, key)) STRICT, WITHOUT ROWID;
CREATE TABLE audit(id INTEGER PRIMARY KEY, time TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL) STRICT;
"];

/// Writes a device as it stands.
pub(crate) fn put_device(connection: &Connection, device: &model::Device) -> rusqlite::Result<()> {
    let record = serde_json::to_string(device).unwrap_or_default();
    connection
        .prepare_cached(
            "INSERT INTO device VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET name = excluded.name, \
             last_seen = excluded.last_seen, record = excluded.record",
        )?
        .execute(params![device.id, device.name, device.first_seen, device.last_seen, record])?;
    let mut address = connection.prepare_cached(
        "INSERT INTO device_address VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen",
    )?;
    for ip in &device.ips {
        address.execute(params![device.id, ip.ip.to_string(), ip.first_seen, ip.last_seen])?;
    }
    for hardware in &device.hardware {
        address.execute(params![device.id, hardware.mac, hardware.first_seen, hardware.last_seen])?;
    }
    let mut name = connection.prepare_cached(
        "INSERT INTO device_name VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen",
    )?;
    for host in &device.hostnames {
        name.execute(params![device.id, host.name, host.source, host.first_seen, host.last_seen])?;
    }
    Ok(())
}

/// Writes an alert as it stands; what people did with it stays.
pub(crate) fn put_alert(connection: &Connection, alert: &model::Alert) -> rusqlite::Result<()> {
    let record = serde_json::to_string(alert).unwrap_or_default();
    connection
        .prepare_cached(
            "INSERT INTO alert(id, time, last_seen, detector, severity, device, incident, record) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen, \
             severity = excluded.severity, device = excluded.device, record = excluded.record",
        )?
        .execute(params![
            alert.id,
            alert.time,
            alert.last_seen,
            alert.detector,
            alert.severity as i64,
            alert.device,
            alert.incident,
            record
        ])?;
    Ok(())
}

/// Writes down what somebody did with an alert.
pub(crate) fn put_verdict(
    connection: &Connection,
    [alert, state, comment, who, time]: [&str; 5],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE alert SET state = ?2, comment = ?3, changed_by = ?4 WHERE id = ?1")?
        .execute(params![alert, state, comment, who])?;
    connection.prepare_cached("INSERT INTO audit(time, who, what) VALUES (?1, ?2, ?3)")?.execute(params![
        time,
        who,
        format!("alert {alert}: {state}; {comment}")
    ])?;
    Ok(())
}

/// A device that is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct DeviceRow {
    /// Its id.
    pub id: String,
    /// Its record, as JSON.
    pub record: String,
}

/// An alert that is kept, and what people did with it.
#[derive(Clone, PartialEq, Debug)]
pub struct AlertRow {
    /// Its id.
    pub id: String,
    /// Its record, as JSON.
    pub record: String,
    /// `open`, `acknowledged`, `muted`.
    pub state: String,
    /// What somebody wrote.
    pub comment: String,
}

/// One step of a series.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Point {
    /// When the step begins, in seconds since 1970.
    pub second: i64,
    /// Bytes to it.
    pub in_bytes: i64,
    /// Bytes from it.
    pub out_bytes: i64,
    /// Packets.
    pub packets: i64,
    /// Flows that ended.
    pub flows: i64,
}

/// One of those that had most.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Top {
    /// Its name.
    pub name: String,
    /// Bytes to it.
    pub in_bytes: i64,
    /// Bytes from it.
    pub out_bytes: i64,
    /// Packets.
    pub packets: i64,
    /// Flows that ended.
    pub flows: i64,
}

/// Reads `netmonsec.db`.
#[derive(Debug)]
pub struct MainReader {
    path: PathBuf,
    connection: Connection,
}

impl MainReader {
    /// The name of the file in its folder.
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("netmonsec.db")
    }

    /// Opens it.
    ///
    /// # Errors
    /// A file that is not there or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = Self::path(folder);
        Ok(Self { connection: database::open_to_read(&path)?, path })
    }

    /// A device by its id or an address of it; the one that had the address last.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn device(&self, id_or_address: &str) -> Result<Option<DeviceRow>, StoreError> {
        let sql = "SELECT id, record FROM device WHERE id = ?1 OR id = (SELECT device FROM device_address \
            WHERE address = ?1 ORDER BY last_seen DESC LIMIT 1) ORDER BY id = ?1 DESC LIMIT 1";
        self.tell(|| {
            let mut query = self.connection.prepare_cached(sql)?;
            query
                .query_row([id_or_address], |row| Ok(DeviceRow { id: row.get(0)?, record: row.get(1)? }))
                .optional()
        })
    }

    /// All devices, last seen first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn devices(&self, limit: u32) -> Result<Vec<DeviceRow>, StoreError> {
        let sql = "SELECT id, record FROM device ORDER BY last_seen DESC, id LIMIT ?1";
        self.tell(|| {
            let mut query = self.connection.prepare_cached(sql)?;
            let rows =
                query.query_map([limit], |row| Ok(DeviceRow { id: row.get(0)?, record: row.get(1)? }))?;
            rows.collect()
        })
    }

    /// Alerts, newest first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn alerts(&self, limit: u32) -> Result<Vec<AlertRow>, StoreError> {
        let sql = "SELECT id, record, state, comment FROM alert ORDER BY time DESC, id LIMIT ?1";
        self.tell(|| {
            let mut query = self.connection.prepare_cached(sql)?;
            let rows = query.query_map([limit], |row| {
                Ok(AlertRow {
                    id: row.get(0)?,
                    record: row.get(1)?,
                    state: row.get(2)?,
                    comment: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }

    /// An alert by its id.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn alert(&self, id: &str) -> Result<Option<AlertRow>, StoreError> {
        let sql = "SELECT id, record, state, comment FROM alert WHERE id = ?1";
        self.tell(|| {
            let mut query = self.connection.prepare_cached(sql)?;
            let row = |row: &rusqlite::Row<'_>| {
                Ok(AlertRow {
                    id: row.get(0)?,
                    record: row.get(1)?,
                    state: row.get(2)?,
                    comment: row.get(3)?,
                })
            };
            query.query_row([id], row).optional()
        })
    }

    /// The series of one name from `from` to before `to`, in seconds since 1970. Steps in which there was
    /// nothing are absent.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn series(
        &self,
        resolution: Resolution,
        kind: Kind,
        name: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<Point>, StoreError> {
        let sql = format!(
            "SELECT second, in_bytes, out_bytes, packets, flows FROM {} WHERE kind = ?1 AND second >= ?2 AND second < ?3 \
             AND key = (SELECT id FROM key WHERE kind = ?1 AND name = ?4) ORDER BY second",
            resolution.table()
        );
        self.tell(|| {
            let mut query = self.connection.prepare_cached(&sql)?;
            let rows = query.query_map(params![kind as i64, from, to, name], |row| {
                Ok(Point {
                    second: row.get(0)?,
                    in_bytes: row.get(1)?,
                    out_bytes: row.get(2)?,
                    packets: row.get(3)?,
                    flows: row.get(4)?,
                })
            })?;
            rows.collect()
        })
    }

    /// Those with most bytes from `from` to before `to`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn top(
        &self,
        resolution: Resolution,
        kind: Kind,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Top>, StoreError> {
        let sql = format!(
            "SELECT (SELECT name FROM key WHERE id = key), i, o, p, f FROM (SELECT key, sum(in_bytes) i, sum(out_bytes) o, \
             sum(packets) p, sum(flows) f FROM {} WHERE kind = ?1 AND second >= ?2 AND second < ?3 GROUP BY key) \
             ORDER BY i + o DESC, key LIMIT ?4",
            resolution.table()
        );
        self.tell(|| {
            let mut query = self.connection.prepare_cached(&sql)?;
            let rows = query.query_map(params![kind as i64, from, to, limit], |row| {
                Ok(Top {
                    name: row.get(0)?,
                    in_bytes: row.get(1)?,
                    out_bytes: row.get(2)?,
                    packets: row.get(3)?,
                    flows: row.get(4)?,
                })
            })?;
            rows.collect()
        })
    }

    fn tell<T>(&self, read: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, StoreError> {
        read().map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })
    }
}
