//! Sequences of frames that devices speak of themselves in.
#![no_main]

#[path = "../../crates/engine/tests/mutations/devices.rs"]
mod devices;

libfuzzer_sys::fuzz_target!(|data: &[u8]| devices::check(data));
