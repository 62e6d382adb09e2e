//! The command: its configuration, its checks of the machine, and what it prints.

#![forbid(unsafe_code)]

pub mod config;
pub mod print;
