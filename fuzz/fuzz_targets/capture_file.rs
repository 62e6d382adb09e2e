//! Capture files: mapped, read in one go, and byte by byte.
#![no_main]

#[path = "../../crates/engine/tests/mutations/capture_file.rs"]
mod capture_file;

libfuzzer_sys::fuzz_target!(|data: &[u8]| capture_file::check(data));
