//! A capture to read: conversations in every wrapping.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use testlab::frames::{KINDS, conversation};

use crate::common::capture_file::pcap;

/// A folder with captures in it, gone when dropped.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file; its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = PathBuf::from(self.path(name));
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// Frames, a millisecond apart.
pub(crate) fn frames() -> Vec<(u64, Vec<u8>)> {
    let mut frames = Vec::new();
    for back in [false, true] {
        for (number, kind) in (0..).zip(KINDS) {
            (number * 4..number * 4 + 4).for_each(|flow| frames.extend(conversation(kind, flow, back)));
        }
    }
    (0..).zip(frames).map(|(n, frame)| (START_NS + n * 1_000_000, frame)).collect()
}

const START_NS: u64 = 1_700_000_000_000_000_000;

/// As a pcap file.
pub(crate) fn capture(frames: &[(u64, Vec<u8>)]) -> Vec<u8> {
    pcap(frames.iter().map(|(time, frame)| (*time, &frame[..])))
}

/// Where the record of each frame begins in [`capture`], and where the last ends.
pub(crate) fn places(frames: &[(u64, Vec<u8>)]) -> Vec<usize> {
    let mut at = 24;
    let ends = frames.iter().map(|(_, frame)| {
        at += 16 + frame.len();
        at
    });
    [24].into_iter().chain(ends).collect()
}
