//! Payloads of a flow, both directions, through every protocol.
#![no_main]

#[path = "../../crates/engine/tests/mutations/dpi.rs"]
mod payloads;

libfuzzer_sys::fuzz_target!(|data: &[u8]| payloads::check(data));
