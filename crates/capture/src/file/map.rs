//! A capture file in memory, without copying it.
//!
//! The one file here with unsafe code: a map is only as constant as the file under it.
#![allow(unsafe_code)]

use std::fs::File;
use std::hint::black_box;
use std::sync::Arc;

use memmap2::{Advice, Mmap, UncheckedAdvice};

use crate::block::Block;

/// A mapped file and how far it has been walked.
#[derive(Debug)]
pub(super) struct Map {
    map: Arc<Mmap>,
    at: usize,
    /// Pages before this offset have been asked for.
    populated: usize,
    /// Pages before this offset have been given back.
    released: usize,
    /// Where the last view began.
    viewed: usize,
    /// Bytes before this offset are in the cache, or have been.
    fetched: usize,
}

impl Map {
    /// Maps a regular file of `len` bytes; `None` if that cannot be done.
    pub(super) fn new(file: &File, len: u64) -> Option<Self> {
        if len == 0 {
            return None;
        }
        // SAFETY: the map is read-only, of a regular file that the caller has looked at, and every
        // access is bounds-checked against the length it had when it was mapped. What remains is
        // what memmap2 asks its caller to accept: whoever may write the file may change bytes
        // while they are read, which parsers of hostile bytes bear, or cut it, after which
        // touching the lost pages ends the process with SIGBUS. Writers of captures append; a
        // user who expects otherwise reads the file through standard input, which copies.
        let map = unsafe { Mmap::map(file) }.ok()?;
        // Reading further ahead is a matter of speed only.
        let _ = map.advise(Advice::Sequential);
        Some(Self { map: Arc::new(map), at: 0, populated: 0, released: 0, viewed: 0, fetched: 0 })
    }

    pub(super) fn view(&mut self) -> (&[u8], &mut usize) {
        self.prepare();
        self.fetch();
        (&self.map, &mut self.at)
    }

    pub(super) fn block(&self) -> Block {
        Block::Map(Arc::clone(&self.map))
    }

    pub(super) fn rest(&self) -> usize {
        self.map.len().saturating_sub(self.at)
    }

    pub(super) fn offset(&self) -> u64 {
        self.at as u64
    }

    /// Asks for the pages ahead in one go rather than by a fault for every few of them, and gives
    /// back those far behind: else the whole capture would count as this process's memory.
    fn prepare(&mut self) {
        if self.at + WINDOW / 2 < self.populated || self.populated >= self.map.len() {
            return;
        }
        let from = self.populated.max(self.at - self.at % WINDOW);
        let len = WINDOW.min(self.map.len() - from);
        // Kernels before 5.14 do not know it; the pages then come by faults.
        let _ = self.map.advise_range(Advice::PopulateRead, from, len);
        self.populated = from + len;

        let keep = self.at.saturating_sub(BEHIND);
        let len = (keep - keep % WINDOW).saturating_sub(self.released);
        if len > 0 {
            // SAFETY: pages of a shared file map come back from the file when they are touched
            // again, with the same bytes as far as `new` can promise that. Nothing is lost.
            let _ = unsafe { self.map.unchecked_advise_range(UncheckedAdvice::DontNeed, self.released, len) };
            self.released += len;
        }
    }

    /// Brings the bytes that will be walked next into the cache, if the last packets were short.
    ///
    /// Whoever walks records waits for memory at each, for it says where the next one is, and then
    /// for its packet. Read from first to last, which the processor foresees, these bytes are there
    /// in a fraction of that time. Long packets do better without: most of their lines are never
    /// looked at.
    fn fetch(&mut self) {
        let walked = self.at - self.viewed;
        self.viewed = self.at;
        if walked > SHORT_PACKETS {
            return;
        }
        let from = self.fetched.max(self.at);
        let to = (self.at + AHEAD).min(self.map.len());
        let ahead = self.map.get(from..to).unwrap_or_default();
        black_box(ahead.iter().step_by(CACHE_LINE).fold(0, |all, byte| all ^ byte));
        self.fetched = from.max(to);
    }
}

/// Bytes that are asked for at once; a multiple of every page size.
const WINDOW: usize = 4 << 20;

/// Bytes behind the walk that stay mapped, for workers that have not seen their packets yet. They
/// may lag further: it costs them a page fault.
const BEHIND: usize = 32 << 20;

/// Bytes that are brought into the cache before they are walked: two batches of short packets.
const AHEAD: usize = 64 << 10;

/// A view of this many bytes at most has packets that are short on the average.
const SHORT_PACKETS: usize = super::BATCH * 768;

/// Bytes that come into the cache together, or half of them.
const CACHE_LINE: usize = 64;
