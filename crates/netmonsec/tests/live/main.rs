//! The program on real interfaces, in networks that the tests make. Needs root and ip(8).

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod alerts;
#[path = "../serve/client.rs"]
#[allow(dead_code, reason = "that of other tests")]
mod client;
#[path = "../common/mod.rs"]
mod common;
mod compare;
mod full_disk;
mod hostile;
mod load;
mod mirror;
mod monitor;
mod outputs;
mod ports;
mod privileges;
mod reload;
mod restart;
mod traffic;
