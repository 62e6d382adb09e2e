//! Opening SQLite files the way all of them are opened here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

/// Steps from one version of a schema to the next; the number of steps is the newest version.
pub(crate) type Migrations = &'static [&'static str];

/// A reader waits this long for a checkpoint, the writer for a backup.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a file to write, makes it if it is not there, and brings its schema up to date. Before an
/// older one is changed, a copy is put beside it.
pub(crate) fn open(path: &Path, migrations: Migrations) -> Result<Connection, StoreError> {
    let told = |source| StoreError::Sqlite { path: path.to_path_buf(), source };
    let mut connection = Connection::open(path).map_err(told)?;
    connection.busy_timeout(PATIENCE).map_err(told)?;
    // WAL: readers never wait. NORMAL: a killed process loses nothing, a power cut at most the last
    // transactions, and neither leaves a damaged file (sqlite.org/wal.html, s2.2).
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;").map_err(told)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(told)?;
    let newest = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if version > newest {
        return Err(StoreError::TooNew { path: path.to_path_buf(), found: version, known: newest });
    }
    if version > 0 && version < newest {
        back_up(&connection, path, version)?;
    }
    let done = usize::try_from(version).unwrap_or_default();
    for (step, sql) in migrations.iter().enumerate().skip(done) {
        let transaction = connection.transaction().map_err(told)?;
        transaction.execute_batch(sql).map_err(told)?;
        transaction
            .pragma_update(None, "user_version", i64::try_from(step + 1).unwrap_or(i64::MAX))
            .map_err(told)?;
        transaction.commit().map_err(told)?;
    }
    Ok(connection)
}

/// Opens a file to read only.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let told = |source| StoreError::Sqlite { path: path.to_path_buf(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(told)?;
    connection.busy_timeout(PATIENCE).map_err(told)?;
    // 16 MiB of pages, and what the system caches besides.
    connection.execute_batch("PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456;").map_err(told)?;
    Ok(connection)
}

fn back_up(connection: &Connection, path: &Path, version: i64) -> Result<(), StoreError> {
    let copy = beside(path, &format!("before-{version}"));
    let told = |source| StoreError::Sqlite { path: copy.clone(), source };
    let _ = std::fs::remove_file(&copy);
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).map_err(told)?;
    Ok(())
}

/// `netmonsec.db` and `damaged` make `netmonsec.db.damaged`.
pub(crate) fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_copied_and_brought_up_to_date_and_a_newer_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        const ONE: Migrations = &["CREATE TABLE a(x); INSERT INTO a VALUES (7);"];
        const TWO: Migrations = &["CREATE TABLE a(x);", "ALTER TABLE a ADD COLUMN y;"];
        drop(open(&path, ONE).unwrap());
        let connection = open(&path, TWO).unwrap();
        let x: i64 = connection.query_row("SELECT x FROM a WHERE y IS NULL", [], |row| row.get(0)).unwrap();
        assert_eq!(x, 7);
        let copy = open_to_read(&beside(&path, "before-1")).unwrap();
        assert!(copy.prepare("SELECT y FROM a").is_err());
        drop(connection);
        assert!(matches!(open(&path, ONE), Err(StoreError::TooNew { found: 2, known: 1, .. })));
    }
}
