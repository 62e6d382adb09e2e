//! Networks to test in: namespaces, wires between them, a switch with a mirror port, frames to
//! send there, and programs that are watched while they run. For tests only.
//!
//! Whatever is made here is gone when it is dropped, also when a test fails.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "test code: a panic is a failure with a place in it"
)]

pub mod frames;

mod lab;
mod namespace;
mod process;
mod sender;
mod span;

use std::io::Write;

pub use lab::{FAR, Lab, NEAR};
pub use namespace::Namespace;
pub use process::{Finished, Process, until};
pub use sender::Sender;
pub use span::{MONITOR, PORT, Span};

/// Says that a test cannot run here. Around the capture of a passing test's output, so that it is
/// seen.
pub fn skipped(test: &str, why: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "SKIPPED {test}: {why}");
}

/// Whether `program` is there to be run.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
