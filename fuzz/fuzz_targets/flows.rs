//! Sequences of packets through a small flow table.
#![no_main]
#![allow(dead_code, reason = "some names are for those who write scripts")]

#[path = "../../crates/engine/tests/mutations/flows.rs"]
mod flows;

libfuzzer_sys::fuzz_target!(|data: &[u8]| flows::check(data));
