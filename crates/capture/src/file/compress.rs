//! Compressed streams, told by their magic and decompressed as they are read.

use std::fmt;
use std::io::{self, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

/// How a capture is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// Not at all.
    None,
    /// gzip (RFC 1952), one member or several.
    Gzip,
    /// Zstandard (RFC 8878), one frame or several.
    Zstd,
}

impl Codec {
    /// From the first [`MAGIC_LEN`] bytes, or fewer if there are fewer.
    pub(super) fn of(start: &[u8]) -> Self {
        match start {
            // RFC 1952 s2.3.1: ID1, ID2.
            [0x1f, 0x8b, ..] => Self::Gzip,
            // RFC 8878 s3.1.1: magic number.
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // RFC 8878 s3.1.2: a skippable frame, which parallel compressors write first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// A source of bytes with its compression taken off.
pub(super) enum Decoder {
    Plain(Raw),
    Gzip(MultiGzDecoder<Raw>),
    Zstd(ZstdDecoder<'static, Raw>),
}

impl Decoder {
    /// Looks at the first bytes to see whether the source is compressed.
    pub(super) fn new(mut source: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut start = Vec::with_capacity(MAGIC_LEN);
        source.by_ref().take(MAGIC_LEN as u64).read_to_end(&mut start)?;
        let codec = Codec::of(&start);
        let raw =
            BufReader::with_capacity(RAW_BUFFER, Cursor::new(start).chain(Counted { source, bytes: 0 }));
        Ok(match codec {
            Codec::None => Self::Plain(raw),
            Codec::Gzip => Self::Gzip(MultiGzDecoder::new(raw)),
            Codec::Zstd => Self::Zstd(ZstdDecoder::with_buffer(raw)?),
        })
    }

    pub(super) fn codec(&self) -> Codec {
        match self {
            Self::Plain(_) => Codec::None,
            Self::Gzip(_) => Codec::Gzip,
            Self::Zstd(_) => Codec::Zstd,
        }
    }

    /// Bytes of the source used so far, before decompression.
    pub(super) fn used(&self) -> u64 {
        let raw = match self {
            Self::Plain(raw) => raw,
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Zstd(decoder) => decoder.get_ref(),
        };
        let (start, source) = raw.get_ref().get_ref();
        (start.position() + source.bytes).saturating_sub(raw.buffer().len() as u64)
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(raw) => raw.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decoder({}, {} bytes used)", self.codec(), self.used())
    }
}

/// The source as it is: the bytes that were looked at, then the others. Reads larger than its
/// buffer go past it, so that plain streams are not copied twice.
pub(super) type Raw = BufReader<Chain<Cursor<Vec<u8>>, Counted>>;

/// Counts what is read.
pub(super) struct Counted {
    source: Box<dyn Read + Send>,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Bytes that tell the compression.
pub(super) const MAGIC_LEN: usize = 4;

/// Compressed bytes read at once.
const RAW_BUFFER: usize = 128 << 10;
