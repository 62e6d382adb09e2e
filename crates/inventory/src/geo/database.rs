//! Databases that the user brings, in MaxMind's format.
//!
//! The fields of several makers are known: MaxMind and DB-IP (`country.iso_code`,
//! `autonomous_system_number`, `autonomous_system_organization`), IPinfo (`country_code` or a bare
//! `country`, `asn` as `AS64500`, `as_name`). A database has whatever of it it has.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs, io};

use maxminddb::{LookupResult, PathElement, Reader};

use super::{Country, Place};

/// One file, read whole: what replaces or cuts it later does no harm.
#[derive(Clone)]
pub struct Database {
    path: PathBuf,
    reader: Arc<Reader<Vec<u8>>>,
}

/// Why a database cannot be used.
#[derive(Debug)]
pub enum DatabaseError {
    /// It cannot be read.
    Unreadable(PathBuf, io::Error),
    /// It is none, or it is damaged.
    Invalid(PathBuf, String),
}

/// Larger files are a mistake: the largest on offer are below a gigabyte.
const MOST_BYTES: u64 = 2 << 30;

impl Database {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read or is no database.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let unreadable = |error| DatabaseError::Unreadable(path.to_path_buf(), error);
        let about = fs::metadata(path).map_err(unreadable)?;
        // A pipe or a device would be read for ever.
        if !about.is_file() {
            return Err(unreadable(io::Error::other("is not a file")));
        }
        if about.len() > MOST_BYTES {
            return Err(unreadable(io::Error::other("is larger than any such database")));
        }
        Self::of_bytes(path, fs::read(path).map_err(unreadable)?)
    }

    fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, DatabaseError> {
        let invalid = |what: String| DatabaseError::Invalid(path.to_path_buf(), what);
        let reader = Reader::from_source(bytes).map_err(|e| invalid(e.to_string()))?;
        Ok(Self { path: path.to_path_buf(), reader: Arc::new(reader) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it calls itself: `GeoLite2-City`.
    pub fn kind(&self) -> &str {
        &self.reader.metadata().database_type
    }

    /// When it was made, in seconds since 1970.
    pub fn built(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    /// What it knows of an address. A record that is damaged is one that is not there.
    pub(super) fn look(&self, address: IpAddr) -> Place<'_> {
        let Some(found) = self.reader.lookup(address).ok().filter(LookupResult::has_data) else {
            return Place::default();
        };
        let text = |path: &[PathElement<'_>]| found.decode_path::<&str>(path).ok().flatten();
        let country = COUNTRY.iter().find_map(|path| Country::of_text(text(path)?));
        let number =
            || found.decode_path::<u32>(&[PathElement::Key("autonomous_system_number")]).ok().flatten();
        let asn = number().or_else(|| system_number(text(&[PathElement::Key("asn")])?));
        let org = ORGANISATION.iter().find_map(|path| text(path).filter(|name| !name.is_empty()));
        Place { country, asn: asn.filter(|number| *number > 0), org }
    }
}

const COUNTRY: [&[PathElement<'_>]; 4] = [
    &[PathElement::Key("country"), PathElement::Key("iso_code")],
    &[PathElement::Key("country_code")],
    &[PathElement::Key("country")],
    // Where the block is registered, which is better than nothing.
    &[PathElement::Key("registered_country"), PathElement::Key("iso_code")],
];

const ORGANISATION: [&[PathElement<'_>]; 2] =
    [&[PathElement::Key("autonomous_system_organization")], &[PathElement::Key("as_name")]];

/// `AS64500` or `64500`.
fn system_number(text: &str) -> Option<u32> {
    text.strip_prefix("AS").unwrap_or(text).parse().ok()
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.path).finish()
    }
}

impl std::error::Error for DatabaseError {}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Invalid(path, what) => write!(
                f,
                "{}: no database in MaxMind's format (.mmdb), or a damaged one: {what}",
                path.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests;
