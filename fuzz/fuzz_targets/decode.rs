//! Frames of every link type, as they come.
#![no_main]

#[path = "../../crates/engine/tests/mutations/decode.rs"]
mod decode;
#[path = "../../crates/engine/tests/mutations/fields.rs"]
mod fields;

libfuzzer_sys::fuzz_target!(|data: &[u8]| decode::check(data));
