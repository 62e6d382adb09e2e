//! The command line from outside: what it prints where, and how it ends.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod accounts;
#[path = "../common/mod.rs"]
mod common;
mod damage;
mod files;
mod hostile;
mod mistakes;
mod prints;
mod recognition;
mod sample;
mod streams;
