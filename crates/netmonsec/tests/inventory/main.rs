//! The inventory against networks whose hosts are known: one of real programs, and one that
//! somebody floods with made-up addresses.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

#[path = "../common/mod.rs"]
mod common;
mod daemons;
mod flood;
mod known;
mod live;
mod office;
