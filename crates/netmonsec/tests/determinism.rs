//! The same packets give the same records, byte for byte, whatever the number of workers.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod common;

use std::path::{Path, PathBuf};

use common::{captures, netmonsec, stdout_of};
use testlab::Process;
use testlab::frames::{KINDS, UDP, conversation, ethernet, ip, udp};

/// What `read --json` says with so many workers, and its exit status. Workers that wait for one
/// another for ever fail the test.
fn records(file: &Path, workers: u8, more: &[&str]) -> (Vec<String>, Option<i32>) {
    let (file, workers) = (file.to_str().unwrap(), workers.to_string());
    let arguments = [&["read", "--json", file, "--workers", &workers], more].concat();
    let finished = Process::start(&mut netmonsec(&arguments)).finish();
    (finished.stdout, finished.status.code())
}

/// Fails where more workers say something else than one.
fn compare(files: &[PathBuf], workers: &[u8], more: &[&str]) {
    for file in files {
        let alone = records(file, 1, more);
        for &workers in workers {
            // Not assert_eq: nobody wants to read all that.
            assert!(records(file, workers, more) == alone, "{}: {workers} workers, {more:?}", file.display());
        }
    }
}

/// A table so small that most flows have to go before their time.
const CROWDED: [&str; 2] = ["--set", "limits.max_flows=50"];

/// What is said of devices comes another way than the flows.
const DEVICES: [&str; 2] = ["--print", "devices"];

/// And what is wrong follows from events of all workers.
const ALERTS: [&str; 2] = ["--print", "alerts"];

#[test]
fn the_captures_of_the_tests() {
    let files = captures("determinism::the_captures_of_the_tests", "tests/captures");
    compare(&files, &[2, 4, 8, 16], &[]);
    compare(&files, &[2, 8], &CROWDED);
    compare(&files, &[2, 8], &DEVICES);
    let attacks = captures("determinism::the_captures_of_the_tests", "tests/captures/attacks");
    compare(&attacks, &[2, 4, 8], &ALERTS);
}

#[test]
fn the_captures_of_the_demonstration() {
    let files = captures("determinism::the_captures_of_the_demonstration", "../../assets");
    compare(&files, &[2, 4, 8, 16], &[]);
    compare(&files, &[4], &CROWDED);
}

#[test]
fn the_corpus() {
    let files = captures("determinism::the_corpus", "../../../shared/corpus/pcap");
    compare(&files, &[2, 4, 8], &[]);
    let largest: Vec<_> = files.into_iter().filter(|f| f.metadata().unwrap().len() > 100_000).collect();
    compare(&largest, &[16], &[]);
    compare(&largest, &[4], &DEVICES);
    compare(&largest, &[4], &ALERTS);
    compare(&largest, &[3, 8], &CROWDED);
}

#[test]
fn the_attacks() {
    let files = captures("determinism::the_attacks", "../../../shared/attacks/pcap");
    compare(&files, &[2, 4, 8, 16], &[]);
    compare(&files, &[4], &CROWDED);
    compare(&files, &[2, 8], &DEVICES);
    compare(&files, &[2, 4, 8], &ALERTS);
}

#[test]
fn many_interfaces_in_one_file() {
    // More than any queue has room for, before the first packet.
    let frames = conversation("plain", 1, false);
    let bytes = common::capture_file::pcapng(5000, frames.iter().map(|frame| (1_000_000_000, &frame[..])));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.pcapng");
    std::fs::write(&file, bytes).unwrap();
    let (text, _) = records(&file, 4, &[]);
    assert!(text[0].contains("\"interface\":\"eth04999\""));
    compare(&[file], &[2, 8], &[]);
}

#[test]
fn time_that_jumps() {
    // Hours forth, seconds and an hour back, as clocks that are set do.
    let times = [1_000_u64, 1_001, 90_000, 89_999, 90_030, 86_400, 90_031, 1_000_000, 1_000_050, 1_000_049];
    let mut frames = Vec::new();
    for (n, seconds) in (0..).zip(times) {
        for (kind, flow) in KINDS.into_iter().zip(0..) {
            for frame in conversation(kind, flow, n % 2 == 1) {
                frames.push((seconds * 1_000_000_000 + u64::from(flow), frame));
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jumps.pcap");
    let bytes = common::capture_file::pcap(frames.iter().map(|(time, frame)| (*time, &frame[..])));
    std::fs::write(&file, bytes).unwrap();
    assert!(stdout_of(&["read", "--json", file.to_str().unwrap()]).len() > 10_000);
    compare(std::slice::from_ref(&file), &[2, 4, 8, 16], &[]);
    compare(&[file], &[2, 8], &DEVICES);
}

#[test]
fn a_flood_within_one_second() {
    // Each packet opens a flow and most of them evict one, with no second to order them by.
    let frame = |n: u32| {
        let from = std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).into();
        ethernet(false, &[0x0800], &ip(from, [10, 9, 9, 9].into(), UDP, &udp(5000, 6000, b"hello")))
    };
    let frames: Vec<_> = (0..100_000).map(|n| (1_000_000_000 + u64::from(n), frame(n))).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flood.pcap");
    let bytes = common::capture_file::pcap(frames.iter().map(|(time, frame)| (*time, &frame[..])));
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(records(&file, 1, &CROWDED).0.len(), 100_000);
    compare(&[file], &[2, 8], &CROWDED);
}
