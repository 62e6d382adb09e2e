//! What a running instance answers over HTTP and WebSocket, to friends and to others.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod analyses;
mod answers;
mod client;
mod document;
mod events;
mod hostile;
mod instance;
#[cfg(feature = "tui")]
mod terminal;
mod tls;
