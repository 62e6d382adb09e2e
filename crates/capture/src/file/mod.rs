//! Capture files: pcap and pcapng, plain or compressed, from a file or a stream.
//!
//! A regular file is memory-mapped and its frames are looked at where they lie. Everything else
//! (standard input, a FIFO, compressed data) is read into buffers that are used again once nobody
//! looks at them any more. Both ways give the same records.

mod bytes;
mod compress;
mod error;
mod guess;
mod interface;
mod map;
mod pcap;
mod pcapng;
mod stream;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

pub use compress::Codec;
pub use error::{Damage, OpenError, Part, ReadError};
pub use interface::{Interface, Resolution};

use crate::block::{Block, Record};
use map::Map;
use stream::Stream;

/// At most this many records are handed over at once: so few that records and short packets are
/// still in the first cache when they are decoded.
pub const BATCH: usize = 64;

/// Reads a capture from its first packet to its last.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut reader = capture::file::Reader::open("office.pcapng".as_ref())?;
/// let mut records = Vec::new();
/// while let Some(block) = reader.next_batch(&mut records)? {
///     for record in &records {
///         println!("{} bytes", record.frame(&block).bytes.len());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Reader {
    input: Input,
    format: Format,
    /// Packets handed over so far.
    packets: u64,
    /// Size of the input, where it has one.
    len: Option<u64>,
    /// The clean end or an error was reached: nothing more comes.
    ended: bool,
}

impl Reader {
    /// Opens a capture file; `-` is standard input.
    ///
    /// The format and the compression are told by the content, never by the name.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is empty or is no capture. The message does not name the file.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if path == Path::new("-") {
            // A descriptor of our own: `Stdin` would copy everything through a small buffer.
            let stdin = File::from(io::stdin().as_fd().try_clone_to_owned()?);
            return Self::from_read(Box::new(stdin));
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(OpenError::Directory);
        }
        if !metadata.is_file() {
            return Self::from_read(Box::new(file));
        }
        let mut magic = [0; compress::MAGIC_LEN];
        let read = file.read_at(&mut magic, 0)?;
        let len = Some(metadata.len());
        if Codec::of(magic.get(..read).unwrap_or_default()) != Codec::None {
            return Self::start(Input::stream(Box::new(file))?, len);
        }
        // Some file systems cannot map; they can always be read.
        let input = match Map::new(&file, metadata.len()) {
            Some(map) => Input::Map(map),
            None => Input::stream(Box::new(file))?,
        };
        Self::start(input, len)
    }

    /// Reads a capture from a stream, compressed or not.
    ///
    /// # Errors
    ///
    /// If the stream cannot be read, is empty or holds no capture.
    pub fn from_read(source: Box<dyn Read + Send>) -> Result<Self, OpenError> {
        Self::start(Input::stream(source)?, None)
    }

    fn start(mut input: Input, len: Option<u64>) -> Result<Self, OpenError> {
        let codec = input.codec();
        input.refill(HEAD).map_err(|error| OpenError::read(codec, error))?;
        let (bytes, at) = input.view();
        let (format, header) = Format::of(bytes, codec)?;
        *at = header;
        Ok(Self { input, format, packets: 0, len, ended: false })
    }

    /// The next packets: clears `records`, fills in up to [`BATCH`] and returns the block that all
    /// of them lie in. `None` at the end of the capture.
    ///
    /// A stream is only waited for while there is not a single packet to return.
    ///
    /// # Errors
    ///
    /// If the capture is damaged or cannot be read further. All packets before the damage have
    /// been returned by then, and the reader is at its end.
    pub fn next_batch(&mut self, records: &mut Vec<Record>) -> Result<Option<Block>, ReadError> {
        records.clear();
        records.reserve(BATCH);
        while !self.ended {
            let (bytes, at) = self.input.view();
            let stop = self.format.walk(bytes, at, records);
            if !records.is_empty() {
                // What stopped the walk is found again by the next call, at the same place.
                self.packets += records.len() as u64;
                return Ok(Some(self.input.block()));
            }
            let cause = match stop {
                Stop::Full => continue,
                Stop::Damaged(damage) => damage,
                Stop::Short { need, part } => match self.input.refill(need) {
                    Ok(true) => continue,
                    Ok(false) => match self.input.rest() {
                        0 => break,
                        have => Damage::Truncated { part, need, have },
                    },
                    Err(error) => Damage::read(self.input.codec(), error),
                },
            };
            self.ended = true;
            return Err(ReadError {
                at: self.input.offset(),
                packet: self.packets + 1,
                codec: self.input.codec(),
                cause,
            });
        }
        self.ended = true;
        Ok(None)
    }

    /// The interfaces that packets were captured on, in the order of [`Record::interface`].
    ///
    /// A pcapng file may describe more of them between its packets: look again after each batch.
    pub fn interfaces(&self) -> &[Interface] {
        match &self.format {
            Format::Pcap(file) => std::slice::from_ref(file.interface()),
            Format::PcapNg(file) => file.interfaces(),
        }
    }

    /// Bytes of the input used so far; compressed bytes if it is compressed.
    pub fn position(&self) -> u64 {
        match &self.input {
            Input::Map(map) => map.offset(),
            Input::Stream(stream) => stream.position(),
        }
    }

    /// Size of the input in bytes, unless it is a stream.
    #[expect(clippy::len_without_is_empty, reason = "an empty file does not open")]
    pub fn len(&self) -> Option<u64> {
        self.len
    }
}

/// Where the bytes come from.
#[derive(Debug)]
enum Input {
    Map(Map),
    Stream(Box<Stream>),
}

impl Input {
    fn stream(source: Box<dyn Read + Send>) -> Result<Self, OpenError> {
        Ok(Self::Stream(Box::new(Stream::new(source)?)))
    }

    /// The bytes at hand, and how far into them everything has been walked.
    fn view(&mut self) -> (&[u8], &mut usize) {
        match self {
            Self::Map(map) => map.view(),
            Self::Stream(stream) => stream.view(),
        }
    }

    /// The block that `view` shows.
    fn block(&self) -> Block {
        match self {
            Self::Map(map) => map.block(),
            Self::Stream(stream) => stream.block(),
        }
    }

    /// Sees to it that `need` bytes are at hand; false if the input ends before.
    fn refill(&mut self, need: usize) -> io::Result<bool> {
        match self {
            Self::Map(map) => Ok(map.rest() >= need),
            Self::Stream(stream) => stream.refill(need),
        }
    }

    /// Bytes at hand that have not been walked.
    fn rest(&self) -> usize {
        match self {
            Self::Map(map) => map.rest(),
            Self::Stream(stream) => stream.rest(),
        }
    }

    /// How far the capture has been walked, in (decompressed) bytes.
    fn offset(&self) -> u64 {
        match self {
            Self::Map(map) => map.offset(),
            Self::Stream(stream) => stream.offset(),
        }
    }

    fn codec(&self) -> Codec {
        match self {
            Self::Map(_) => Codec::None,
            Self::Stream(stream) => stream.codec(),
        }
    }
}

/// How the bytes are laid out.
#[derive(Debug)]
enum Format {
    Pcap(pcap::File),
    PcapNg(pcapng::File),
}

impl Format {
    /// From the first bytes of a capture; also says where the first record or block begins.
    fn of(bytes: &[u8], codec: Codec) -> Result<(Self, usize), OpenError> {
        if bytes.is_empty() {
            return Err(OpenError::Empty);
        }
        if pcapng::is_section(bytes) {
            return Ok((Self::PcapNg(pcapng::File::default()), 0));
        }
        if !pcap::is_file(bytes) {
            return Err(OpenError::foreign(bytes, codec));
        }
        match pcap::File::new(bytes) {
            Some(file) => Ok((Self::Pcap(file), pcap::HEADER_LEN)),
            None => Err(OpenError::HeaderCut { have: bytes.len() }),
        }
    }

    /// Adds the packets of `bytes` from `at` on to `records`, and moves `at` behind them.
    ///
    /// It stops before what it cannot read, so that walking again from `at` stops there again.
    fn walk(&mut self, bytes: &[u8], at: &mut usize, records: &mut Vec<Record>) -> Stop {
        match self {
            Self::Pcap(file) => file.walk(bytes, at, records),
            Self::PcapNg(file) => file.walk(bytes, at, records),
        }
    }
}

/// Why a walk stopped.
#[derive(Debug)]
enum Stop {
    /// There are [`BATCH`] records.
    Full,
    /// What comes next takes `need` bytes, and they are not at hand.
    Short { need: usize, part: Part },
    /// What comes next cannot be right.
    Damaged(Damage),
}

/// What tells the format: the header of a pcap file, less than the least of a pcapng file.
const HEAD: usize = pcap::HEADER_LEN;

/// No packet and no block takes more bytes than this; a length beyond is damage, and never makes
/// a stream's buffer grow further.
const MAX_LEN: u32 = 64 << 20;
