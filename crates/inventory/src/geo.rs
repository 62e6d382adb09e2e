//! Where an address is, and whose network it is in.
//!
//! A table comes with the program; databases of the user's go before it, and fill in field by field.
//! Nothing is asked over the network.

mod database;
mod embedded;
mod special;

use std::fmt;
use std::net::IpAddr;

pub use database::{Database, DatabaseError};

/// What knows places.
#[derive(Clone, Debug)]
pub struct Geo {
    databases: Vec<Database>,
    embedded: bool,
}

/// What is known of an address.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Place<'a> {
    /// The country.
    pub country: Option<Country>,
    /// Number of the autonomous system.
    pub asn: Option<u32>,
    /// The organisation behind that number.
    pub org: Option<&'a str>,
}

/// Two capital letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Geo {
    /// Of these databases, the first that knows wins, and then of the embedded table if it is wanted.
    pub fn new(databases: Vec<Database>, embedded: bool) -> Self {
        Self { databases, embedded }
    }

    /// What is known of an address; nothing of one that is in no place (RFC 6890).
    pub fn lookup(&self, address: IpAddr) -> Place<'_> {
        let Some(address) = special::placed(address) else { return Place::default() };
        let mut place = Place::default();
        for database in &self.databases {
            place.fill(database.look(address));
        }
        if self.embedded
            && !place.is_complete()
            && let Some(table) = embedded::table()
        {
            place.fill(table.look(address));
        }
        place
    }

    /// The day of the embedded table.
    pub fn date() -> Option<&'static str> {
        embedded::table().map(embedded::Table::date)
    }

    /// The user's databases.
    pub fn databases(&self) -> &[Database] {
        &self.databases
    }

    /// The embedded table is used.
    pub fn uses_embedded(&self) -> bool {
        self.embedded
    }
}

impl Default for Geo {
    fn default() -> Self {
        Self::new(Vec::new(), true)
    }
}

impl<'a> Place<'a> {
    fn is_complete(&self) -> bool {
        self.country.is_some() && self.asn.is_some() && self.org.is_some()
    }

    /// What is not known yet. A name goes with its number: that of another source may be of another.
    fn fill(&mut self, other: Self) {
        self.country = self.country.or(other.country);
        if self.asn.is_none() {
            self.asn = other.asn;
            self.org = self.org.or(other.org);
        } else if self.asn == other.asn {
            self.org = self.org.or(other.org);
        }
    }
}

impl Country {
    /// The letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn of_text(text: &str) -> Option<Self> {
        Self::of_letters(text.as_bytes().try_into().ok()?)
    }

    fn of_number(number: u64) -> Option<Self> {
        Self::of_letters(u16::try_from(number).ok()?.to_be_bytes())
    }

    fn of_letters(letters: [u8; 2]) -> Option<Self> {
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
