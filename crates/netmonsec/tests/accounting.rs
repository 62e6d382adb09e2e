//! Every packet is accounted for, once.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod common;

use std::path::Path;

use common::totals::Totals;
use common::{captures, json_lines, number, outer_packets, packets, run, text};
use serde_json::Value;

/// The records of one kind; the capture may be a damaged one.
fn read(file: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = run(&[&["read", "--json", file.to_str().unwrap()], arguments].concat());
    assert!(matches!(output.status.code(), Some(0 | 2)), "{}: {}", file.display(), text(&output.stderr));
    json_lines(&text(&output.stdout))
}

fn summary(file: &Path, more: &[&str]) -> Value {
    let [summary] = &read(file, &[&["--print", "summary"], more].concat())[..] else { panic!() };
    summary.clone()
}

/// Sums that hold for every capture.
fn check(file: &Path) {
    let name = file.display();
    let summary = summary(file, &[]);
    let totals = Totals::of_summary(&summary);
    totals.check();
    assert_eq!((totals.filtered, totals.shed, totals.kernel), (0, 0, 0), "{name}");
    assert_eq!(totals.received, number(&summary, "packets"), "{name}");
    let causes: u64 = summary["undecodable"].as_array().unwrap().iter().map(|c| number(c, "packets")).sum();
    assert_eq!(causes, totals.undecodable, "{name}");

    // Each packet that is IP belongs to one flow (and those in its tunnels to more).
    let flows = read(file, &[]);
    assert_eq!(outer_packets(&flows) + number(&summary, "not_ip"), totals.processed, "{name}");
    // Long flows come in parts, of which only the first is a flow.
    let opened = flows.iter().filter(|flow| number(flow, "part") <= 1).count();
    assert_eq!(opened as u64, totals.flows, "{name}");
    for list in ["protocols", "talkers"] {
        let shares = summary[list].as_array().unwrap();
        let sum: u64 = shares.iter().map(|share| number(share, "packets")).sum();
        let each = if list == "talkers" { 2 } else { 1 };
        let expected = each * flows.iter().map(packets).sum::<u64>();
        assert!(sum == expected || shares.len() >= 1000, "{name}: {list} has {sum} of {expected}");
    }
}

/// Sums of a capture, some of which is to be left out.
fn check_ignored(file: &Path, ignore: &str) -> u64 {
    let whole = Totals::of_summary(&summary(file, &[]));
    let set = format!("capture.ignore=[\"{ignore}\"]");
    let rest = Totals::of_summary(&summary(file, &["--set", &set]));
    rest.check();
    assert_eq!((rest.received, rest.undecodable), (whole.received, whole.undecodable));
    let flows = read(file, &["--set", &set]);
    let not_ip = number(&summary(file, &[]), "not_ip");
    assert_eq!(outer_packets(&flows) + not_ip, rest.processed);
    rest.filtered
}

#[test]
fn the_captures_of_the_tests() {
    captures("accounting::the_captures_of_the_tests", "tests/captures").iter().for_each(|file| check(file));
}

#[test]
fn the_corpus() {
    captures("accounting::the_corpus", "../../../shared/corpus/pcap").iter().for_each(|file| check(file));
}

#[test]
fn the_attacks() {
    captures("accounting::the_attacks", "../../../shared/attacks/pcap").iter().for_each(|file| check(file));
}

#[test]
fn what_is_ignored_is_counted() {
    use testlab::frames::{KINDS, conversation};
    let mut frames = vec![testlab::frames::ethernet(false, &[0x0806], &[0; 28])];
    for (flow, kind) in (0..).zip(KINDS) {
        frames.extend(conversation(kind, flow, false));
        frames.extend(conversation(kind, flow, true));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrapped.pcap");
    let timed = (0..).zip(&frames).map(|(n, frame)| (n * 1_000_000, &frame[..]));
    std::fs::write(&file, common::capture_file::pcap(timed)).unwrap();
    check(&file);
    let [four, six, one, none] =
        ["10.0.0.0/8", "fd77::/16", "10.77.0.3", "192.0.2.0/24"].map(|network| check_ignored(&file, network));
    assert_eq!(four + six + 1, frames.len() as u64);
    assert!(one > 0 && one < four && none == 0);
    let all = "capture.ignore=[\"0.0.0.0/0\", \"::/0\"]";
    let rest = Totals::of_summary(&summary(&file, &["--set", all]));
    assert_eq!((rest.processed, rest.filtered, rest.flows), (1, frames.len() as u64 - 1, 0));
}
