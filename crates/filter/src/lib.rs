//! One language to say which flows, devices and alerts are meant, wherever that is said: in a URL, in
//! the dashboard, on the command line.
//!
//! `protocol = tls and hostname ~ "*.example.com" and src_bytes > 10M`. Text becomes an [`Expr`] whose
//! literals have the types of their fields, or an error that points at a column.

#![forbid(unsafe_code)]

mod error;
mod expr;
mod field;
mod literal;
mod matching;
mod parse;
mod pattern;
mod token;

use serde_json::Value;

pub use error::FilterError;
pub use expr::{Atom, Expr, Operator, Path};
pub use field::{Field, Kind, Subject};
pub use literal::{Literal, is_in};
pub use pattern::Pattern;

/// A filter that can be asked.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    expr: Expr,
}

/// Bytes of a filter.
pub const MOST_BYTES: usize = 4096;

impl Filter {
    /// Reads a filter about records of one kind. An empty one takes everything.
    ///
    /// # Errors
    /// Text that is no filter, and where.
    pub fn parse(subject: Subject, text: &str) -> Result<Self, FilterError> {
        Ok(Self { expr: parse::parse(subject, text)? })
    }

    /// Whether a record, as JSON, is meant.
    pub fn matches(&self, record: &Value) -> bool {
        matching::matches(&self.expr, record)
    }

    /// What it says.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// It takes everything.
    pub fn takes_all(&self) -> bool {
        matches!(&self.expr, Expr::And(parts) if parts.is_empty())
    }
}
