//! One capture, in many ways.

use std::fs::File;
use std::io::Write;

use flate2::write::GzEncoder;

use crate::common::capture_file::pcapng;
use crate::common::{flows_of, json_lines, netmonsec, stdout_of, text};
use crate::sample::{Folder, capture, frames};

#[test]
fn compressed_or_not_from_a_file_or_from_standard_input() {
    let folder = Folder::new();
    let bytes = capture(&frames());
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&bytes).unwrap();
    let plain = folder.file("plain", &bytes);
    let files = [
        plain.clone(),
        folder.file("gzip", gzip.finish().unwrap()),
        folder.file("zstd", zstd::encode_all(&bytes[..], 1).unwrap()),
    ];
    for print in ["flows", "packets", "summary"] {
        let expected = stdout_of(&["read", "--json", &plain, "--print", print]);
        for file in &files {
            assert_eq!(stdout_of(&["read", "--json", file, "--print", print]), expected, "{file}");
            let mut command = netmonsec(&["read", "--json", "-", "--print", print]);
            let output = command.stdin(File::open(file).unwrap()).output().unwrap();
            assert!(output.status.success() && output.stdout == expected, "{file}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn captures_that_follow_one_another_are_one() {
    let (folder, frames) = (Folder::new(), frames());
    let whole = flows_of(&folder.file("whole.pcap", capture(&frames)));
    let (early, late) = frames.split_at(frames.len() / 2);
    let [early, late] =
        [("1.pcap", early), ("2.pcap", late)].map(|(name, part)| folder.file(name, capture(part)));
    for workers in ["1", "4"] {
        let output = stdout_of(&["read", "--json", &early, &late, "--workers", workers]);
        assert_eq!(json_lines(&text(&output)), whole);
    }
    // So short a step back is one of the clock.
    let output = stdout_of(&["read", "--json", &late, &early]);
    assert_eq!(json_lines(&text(&output)).len(), whole.len());
}

#[test]
fn one_that_goes_back_in_time_starts_afresh() {
    let (folder, frames) = (Folder::new(), frames());
    let later: Vec<_> =
        frames.iter().map(|(time, frame)| (time + 3_600_000_000_000, frame.clone())).collect();
    let [first, second] =
        [("1.pcap", &frames), ("2.pcap", &later)].map(|(name, part)| folder.file(name, capture(part)));
    let each = [&second, &first].map(|file| flows_of(file));
    for workers in ["1", "4"] {
        let output = stdout_of(&["read", "--json", &second, &first, "--workers", workers]);
        assert_eq!(json_lines(&text(&output)), each.concat());
    }
}

#[test]
fn pcapng_names_the_interface() {
    let (folder, frames) = (Folder::new(), frames());
    // It has microseconds.
    let frames = frames.iter().map(|(time, frame)| (*time, &frame[..]));
    let file = folder.file("a.pcapng", pcapng(3, frames));
    let flows = flows_of(&file);
    assert!(!flows.is_empty() && flows.iter().all(|flow| flow["interface"] == "eth00002"));
    let output = stdout_of(&["read", "--json", &file, &folder.file("b.pcap", capture(&[]))]);
    assert_eq!(json_lines(&text(&output)), flows);
}
