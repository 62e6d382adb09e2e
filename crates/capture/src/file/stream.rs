//! A capture that arrives as a stream, in buffers that are used again.

use std::io::{self, Read};
use std::mem;
use std::sync::Arc;

use super::compress::{Codec, Decoder};
use super::error::OpenError;
use crate::block::Block;

/// A stream and the buffer that its last bytes are in.
///
/// A buffer that somebody looks at is never written to. It goes to a pool and is used again when
/// all its blocks have been dropped, so a stream takes as many buffers as its users hold, plus
/// one. A reader that nobody holds blocks of stays in a single buffer.
#[derive(Debug)]
pub(super) struct Stream {
    source: Decoder,
    buffer: Arc<Vec<u8>>,
    /// Bytes of `buffer` that have been walked.
    at: usize,
    /// Bytes of `buffer` that have been read; behind them is what was there before.
    filled: usize,
    /// Where `buffer` begins in the (decompressed) stream.
    base: u64,
    /// Buffers that were being looked at when they were replaced.
    pool: Vec<Arc<Vec<u8>>>,
    ended: bool,
    /// An error that came with bytes before it, kept until they have been walked.
    failed: Option<io::Error>,
}

impl Stream {
    pub(super) fn new(source: Box<dyn Read + Send>) -> Result<Self, OpenError> {
        Ok(Self {
            source: Decoder::new(source)?,
            buffer: Arc::default(),
            at: 0,
            filled: 0,
            base: 0,
            pool: Vec::new(),
            ended: false,
            failed: None,
        })
    }

    pub(super) fn view(&mut self) -> (&[u8], &mut usize) {
        (self.buffer.get(..self.filled).unwrap_or_default(), &mut self.at)
    }

    pub(super) fn block(&self) -> Block {
        Block::Buffer(Arc::clone(&self.buffer))
    }

    pub(super) fn rest(&self) -> usize {
        self.filled.saturating_sub(self.at)
    }

    pub(super) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Bytes used of the source, before decompression. What was read ahead does not count.
    pub(super) fn position(&self) -> u64 {
        match self.codec() {
            Codec::None => self.offset(),
            Codec::Gzip | Codec::Zstd => self.source.used(),
        }
    }

    pub(super) fn codec(&self) -> Codec {
        self.source.codec()
    }

    /// Moves what has not been walked to the front of a buffer and reads until `need` bytes are
    /// there; false if the stream ends before.
    ///
    /// A plain stream is not read further than one read brings, for it may be a live one.
    /// Decompressors hand out small pieces, of which a buffer takes many.
    pub(super) fn refill(&mut self, need: usize) -> io::Result<bool> {
        let mut buffer = self.turn_over(need.max(CHUNK));
        let compressed = self.codec() != Codec::None;
        while !self.ended && self.failed.is_none() && (self.filled < need || compressed) {
            let most = if compressed { PIECE } else { usize::MAX };
            let end = buffer.len().min(self.filled.saturating_add(most));
            let room = buffer.get_mut(self.filled..end).unwrap_or_default();
            if room.is_empty() {
                break;
            }
            match self.source.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error),
            }
        }
        self.buffer = Arc::new(buffer);
        match self.failed.take_if(|_| self.filled < need) {
            Some(error) => Err(error),
            None => Ok(self.filled >= need),
        }
    }

    /// A buffer of `len` bytes that nobody looks at, which starts with what has not been walked.
    fn turn_over(&mut self, len: usize) -> Vec<u8> {
        let rest = self.at..self.filled;
        self.base += self.at as u64;
        self.at = 0;
        self.filled = rest.len();
        match Arc::try_unwrap(mem::take(&mut self.buffer)) {
            Ok(mut own) => {
                own.copy_within(rest, 0);
                resize(&mut own, len);
                own
            }
            Err(shared) => {
                let mut other = self.unused();
                resize(&mut other, len);
                if let (Some(to), Some(from)) = (other.get_mut(..rest.len()), shared.get(rest)) {
                    to.copy_from_slice(from);
                }
                if self.pool.len() < POOL && shared.len() == CHUNK {
                    self.pool.push(shared);
                }
                other
            }
        }
    }

    /// A buffer of the pool that nobody looks at any more, the last used first for it may still be
    /// in a cache; else a new one.
    fn unused(&mut self) -> Vec<u8> {
        let free = self.pool.iter_mut().rposition(|buffer| Arc::get_mut(buffer).is_some());
        free.map(|index| self.pool.remove(index)).and_then(Arc::into_inner).unwrap_or_default()
    }
}

/// Gives memory back after a record that needed a larger buffer.
fn resize(buffer: &mut Vec<u8>, len: usize) {
    if buffer.is_empty() {
        // Zeroed by the system page by page when they are touched, not here.
        *buffer = vec![0; len];
    } else if buffer.len() != len {
        buffer.resize(len, 0);
        buffer.shrink_to_fit();
    }
}

/// Size of a buffer in bytes, unless a record is larger.
const CHUNK: usize = 1 << 20;

/// Bytes that a decompressor is asked for at once. Where it meets damage, what it had made of the
/// same piece is lost.
const PIECE: usize = 32 << 10;

/// The most buffers kept to be used again. More may be in use; they are freed by their last user.
const POOL: usize = 64;
