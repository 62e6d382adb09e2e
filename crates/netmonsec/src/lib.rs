//! The command: its configuration, its checks of the machine, and what it prints.

#![forbid(unsafe_code)]

pub mod check;
pub mod config;
pub mod list;
pub mod print;
