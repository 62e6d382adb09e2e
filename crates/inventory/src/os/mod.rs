//! The operating system by what its SYNs and SYN+ACKs look like.

mod matching;
mod read;
mod table;

pub use read::ReadError;
pub use table::{OsMatch, Table};
