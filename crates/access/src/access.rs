use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use wire::Timestamp;

use crate::database;
use crate::error::AccessError;
use crate::login::Hashing;
use crate::throttle::Throttle;

/// Users, sessions and tokens.
///
/// What the file says is what counts, at every request: a user whom the command line removes is gone
/// for a running instance at once.
#[derive(Debug)]
pub struct Access {
    path: PathBuf,
    connection: Mutex<Connection>,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) hashing: Hashing,
}

impl Access {
    /// The file in the data folder.
    pub const FILE: &str = "access.db";

    /// Opens what is in the data folder, or begins anew.
    ///
    /// # Errors
    /// A folder or file that cannot be made, opened or closed to others.
    pub fn open(folder: &Path) -> Result<Self, AccessError> {
        fs::create_dir_all(folder)
            .map_err(|source| AccessError::Io { path: folder.to_path_buf(), source })?;
        let path = folder.join(Self::FILE);
        let connection = Mutex::new(database::open(&path)?);
        Ok(Self { path, connection, throttle: Mutex::default(), hashing: Hashing::default() })
    }

    pub(crate) fn told(&self, source: rusqlite::Error) -> AccessError {
        AccessError::Sqlite { path: self.path.clone(), source }
    }

    /// Reads.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, AccessError> {
        read(&locked(&self.connection)).map_err(|source| self.told(source))
    }

    /// Changes all or nothing, while nobody else does, not even another process.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Changing>,
    ) -> Result<T, AccessError> {
        let mut connection = locked(&self.connection);
        let told = |source| self.told(source);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
        let done = change(&transaction).map_err(|error| match error {
            Changing::Refused(error) => error,
            Changing::Sqlite(source) => self.told(source),
        })?;
        transaction.commit().map_err(told)?;
        Ok(done)
    }
}

/// Why a change is not made.
pub(crate) enum Changing {
    Refused(AccessError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Changing {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite(source)
    }
}

impl From<AccessError> for Changing {
    fn from(error: AccessError) -> Self {
        Self::Refused(error)
    }
}

/// What a thread that panicked left is still whole: tables change by transactions, the throttle by
/// single steps.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A time as the tables have it.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.secs()).unwrap_or(i64::MAX)
}

/// A time that a table has.
pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::new(u64::try_from(seconds).unwrap_or_default(), 0)
}

/// What somebody or something may be called.
pub(crate) fn check_name(name: &str) -> Result<(), AccessError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b'-');
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if first && name.len() <= 64 && name.bytes().all(allowed) {
        return Ok(());
    }
    let told: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    Err(AccessError::BadName(told))
}
