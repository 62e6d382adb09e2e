use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rustix::fs::OFlags;

use crate::error::AccessError;

/// Steps from one version of the schema to the next; their number is the newest version.
///
/// A session or token is known by the SHA-256 of its secret. Times are seconds since 1970.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE users(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
        password TEXT NOT NULL,
        created INTEGER NOT NULL,
        changed INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE sessions(
        digest BLOB NOT NULL PRIMARY KEY,
        user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        created INTEGER NOT NULL,
        seen INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sessions_of_user ON sessions(user, created);
    CREATE TABLE tokens(
        digest BLOB NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
        created INTEGER NOT NULL,
        expires INTEGER,
        used INTEGER
    ) STRICT, WITHOUT ROWID;
"];

/// The command line and a running instance may both write.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the file, makes it if it is not there, for its owner only.
pub(crate) fn open(path: &Path) -> Result<Connection, AccessError> {
    private_file(path).map_err(|source| AccessError::Io { path: path.to_path_buf(), source })?;
    let told = |source| AccessError::Sqlite { path: path.to_path_buf(), source };
    let mut connection = Connection::open(path).map_err(told)?;
    connection.busy_timeout(PATIENCE).map_err(told)?;
    // FULL: what was revoked stays so after a power cut (sqlite.org/pragma.html, synchronous). The
    // files beside it get its owner and mode from SQLite.
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;",
        )
        .map_err(told)?;
    let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    // Two that start together: the second waits here, and finds it done.
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(told)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(told)?;
    if found > newest {
        return Err(AccessError::TooNew { path: path.to_path_buf(), found, known: newest });
    }
    for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        transaction.execute_batch(sql).map_err(told)?;
    }
    transaction.pragma_update(None, "user_version", newest).map_err(told)?;
    transaction.commit().map_err(told)?;
    Ok(connection)
}

/// Makes the file before SQLite would, which asks for no mode; one that others may read is closed to
/// them.
fn private_file(path: &Path) -> io::Result<()> {
    let is_new = !path.exists();
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(no_link);
    let file = options.open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    if is_new {
        give_to_owner_of_folder(&file, path)?;
    }
    Ok(())
}

/// What root makes in the folder of a service belongs to the service, which could not open it else.
pub(crate) fn give_to_owner_of_folder(file: &File, path: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let of = fs::metadata(folder)?;
    std::os::unix::fs::fchown(file, Some(of.uid()), Some(of.gid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_is_its_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.db");
        let connection = open(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("access.db-wal")), 0o600);
        drop(connection);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        drop(open(&path).unwrap());
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn links_and_later_versions_and_other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.db");
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(open(&link), Err(AccessError::Io { .. })));
        open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(open(&path), Err(AccessError::TooNew { found: 99, known: 1, .. })));
        fs::write(&path, "no database, but long enough to be looked at as one".repeat(40)).unwrap();
        assert!(matches!(open(&path), Err(AccessError::Sqlite { .. })));
    }

    #[test]
    fn what_root_makes_belongs_to_the_owner_of_the_folder() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("SKIPPED what_root_makes_belongs_to_the_owner_of_the_folder: not root");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(folder.path(), Some(12_345), Some(54_321)).unwrap();
        let path = folder.path().join("access.db");
        let _open = open(&path).unwrap();
        for name in ["access.db", "access.db-wal", "access.db-shm"] {
            let of = fs::metadata(folder.path().join(name)).unwrap();
            assert_eq!((of.uid(), of.gid()), (12_345, 54_321), "{name}");
        }
    }
}
