use std::hash::Hash;

use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension, Result, params};

/// Texts that are known by number, and the numbers of those used lately.
#[derive(Debug, Default)]
pub(super) struct Names {
    texts: Cache<Box<str>>,
    parties: Cache<(Box<str>, Box<str>)>,
}

/// Numbers of what was looked up lately. Made-up host names fill it; then it begins anew.
#[derive(Debug)]
struct Cache<K>(HashMap<K, i64>);

const MOST: usize = 65_536;

impl<K> Default for Cache<K> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Hash + Eq> Cache<K> {
    fn put(&mut self, key: K, number: i64) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(key, number);
    }
}

impl Names {
    /// The number of a text.
    pub(super) fn text(&mut self, connection: &Connection, text: &str) -> Result<i64> {
        if let Some(number) = self.texts.0.get(text) {
            return Ok(*number);
        }
        let mut find = connection.prepare_cached("SELECT id FROM name WHERE text = ?1")?;
        let number = match find.query_row([text], |row| row.get(0)).optional()? {
            Some(number) => number,
            None => {
                connection.prepare_cached("INSERT INTO name(text) VALUES (?1)")?.execute([text])?;
                connection.last_insert_rowid()
            }
        };
        self.texts.put(text.into(), number);
        Ok(number)
    }

    /// The number of a text that may be absent.
    pub(super) fn optional(&mut self, connection: &Connection, text: Option<&str>) -> Result<Option<i64>> {
        text.map(|text| self.text(connection, text)).transpose()
    }

    /// The number of an end: its address and the device that has it.
    pub(super) fn party(&mut self, connection: &Connection, address: &str, device: &str) -> Result<i64> {
        let key = (address.into(), device.into());
        if let Some(number) = self.parties.0.get(&key) {
            return Ok(*number);
        }
        let mut find =
            connection.prepare_cached("SELECT id FROM party WHERE address = ?1 AND device = ?2")?;
        let number = match find.query_row(params![address, device], |row| row.get(0)).optional()? {
            Some(number) => number,
            None => {
                let mut insert =
                    connection.prepare_cached("INSERT INTO party(address, device) VALUES (?1, ?2)")?;
                insert.execute(params![address, device])?;
                connection.last_insert_rowid()
            }
        };
        self.parties.put(key, number);
        Ok(number)
    }

    /// Forgets all: what was looked up in a transaction that failed may not be there.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
