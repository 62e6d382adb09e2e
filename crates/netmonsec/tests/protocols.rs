//! What real servers and clients said to each other is recognised: `captures/protocols/`, recorded
//! here, each file named after its protocol.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod common;

use std::path::Path;

use common::{captures, flows_of, number};

const FOLDER: &str = "tests/captures/protocols";

#[test]
fn flows_have_the_protocol_of_the_file() {
    let wrong: Vec<String> = captures("protocols::flows_have_the_protocol_of_the_file", FOLDER)
        .iter()
        .flat_map(|file| {
            let expected = stem(file);
            flows_of(file.to_str().unwrap())
                .into_iter()
                .filter(move |flow| number(flow, "src_payload_bytes") + number(flow, "dst_payload_bytes") > 0)
                .filter(move |flow| flow["protocol"] != expected)
                .map(move |flow| format!("{expected}: {flow}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn stem(file: &Path) -> &str {
    file.file_stem().unwrap().to_str().unwrap()
}

/// A label is no good without saying how sure it is.
#[test]
fn their_labels_are_proven() {
    for file in captures("protocols::their_labels_are_proven", FOLDER) {
        let flows = flows_of(file.to_str().unwrap());
        assert!(flows.iter().any(|flow| flow["confidence"] == "proven"), "{}", file.display());
    }
}
