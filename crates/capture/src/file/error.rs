//! What can go wrong, told to people.

use std::fmt;
use std::io;

use thiserror::Error;

use super::compress::Codec;

/// Why a capture could not be opened. No message names the file: the caller knows what it opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path leads nowhere.
    #[error("no such file; check the path")]
    NotFound,
    /// The user may not read it.
    #[error("permission denied; change the file's mode or owner, or run as a user who may read it")]
    PermissionDenied,
    /// Not a file.
    #[error("is a directory; name the capture files in it")]
    Directory,
    /// Not a single byte.
    #[error("is empty; nothing was captured into it, or its writer has not flushed yet")]
    Empty,
    /// A pcap magic number, and then too little.
    #[error("ends within its file header, after {have} of 24 bytes; it was cut short and holds no packet")]
    HeaderCut {
        /// Bytes that are there.
        have: usize,
    },
    /// A known format, which is not read.
    #[error("is {what}, which netmonsec does not read; {remedy}")]
    Foreign {
        /// The format's name, with article.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// No known format.
    #[error(
        "not a capture file: {content} {start}; netmonsec reads pcap, pcapng, and these compressed \
         with gzip or zstd"
    )]
    NotCapture {
        /// What starts so: "starts with", or what is inside a compressed file.
        content: &'static str,
        /// The first bytes.
        start: Start,
    },
    /// Compressed data that cannot be decompressed from the start.
    #[error("cannot decompress its {codec} data: {source}; it may be cut short, fetch it again")]
    Decompress {
        /// The compression.
        codec: Codec,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The system could not read it.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
}

impl OpenError {
    /// For bytes that do not start a capture.
    pub(super) fn foreign(bytes: &[u8], codec: Codec) -> Self {
        for (magic, what, remedy) in FOREIGN {
            if bytes.starts_with(magic) {
                return Self::Foreign { what, remedy };
            }
        }
        let content = match codec {
            Codec::None => "starts with",
            Codec::Gzip => "gzip data whose content starts with",
            Codec::Zstd => "zstd data whose content starts with",
        };
        Self::NotCapture { content, start: Start(bytes.iter().take(4).copied().collect()) }
    }

    pub(super) fn read(codec: Codec, source: io::Error) -> Self {
        match codec {
            Codec::None => source.into(),
            Codec::Gzip | Codec::Zstd => Self::Decompress { codec, source },
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::PermissionDenied,
            io::ErrorKind::IsADirectory => Self::Directory,
            _ => Self::Io(error),
        }
    }
}

/// The first bytes of something, shown in hexadecimal.
#[derive(Debug)]
pub struct Start(Vec<u8>);

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{byte:02x}")?;
        }
        Ok(())
    }
}

/// Why reading stopped before the end of a capture, and where.
#[derive(Debug, Error)]
#[error("packet {packet}, at byte {at}{}: {cause}", of(.codec))]
pub struct ReadError {
    /// Where the record or block that cannot be read begins: bytes from the start of the
    /// (decompressed) capture.
    pub at: u64,
    /// Number of the packet that cannot be read, counted from 1.
    pub packet: u64,
    /// How the capture is compressed.
    pub codec: Codec,
    /// What is wrong there.
    pub cause: Damage,
}

fn of(codec: &Codec) -> &'static str {
    match codec {
        Codec::None => "",
        Codec::Gzip | Codec::Zstd => " of the decompressed data",
    }
}

/// What is wrong with a capture.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Damage {
    /// The file ends where it should go on.
    #[error(
        "the file ends within {part}: {have} of {need} bytes; it was cut short or is still being written"
    )]
    Truncated {
        /// What it ends within.
        part: Part,
        /// Bytes that it takes, as far as is known.
        need: usize,
        /// Bytes that are there.
        have: usize,
    },
    /// pcap: nobody captures packets of this size.
    #[error("its header claims {captured} captured bytes, beyond {limit}; the file is damaged here")]
    TooLong {
        /// Captured bytes by its header.
        captured: u32,
        /// The most that is believed in this file.
        limit: u32,
    },
    /// pcap: a record header of zero bytes only.
    #[error("its header is all zeros; the file was not written completely, as after a power failure")]
    Zeros,
    /// pcapng: a block length that cannot be.
    #[error(
        "a block of type {kind:#x} claims {length} bytes, which is not a multiple of 4 from {least} to {most}; \
         the file is damaged here"
    )]
    BlockLength {
        /// Block type.
        kind: u32,
        /// Bytes by its header.
        length: u32,
        /// The least for this type, bytes.
        least: u32,
        /// The most that is read, bytes.
        most: u32,
    },
    /// pcapng: the length at a block's end is another than at its start.
    #[error(
        "a block of type {kind:#x} claims {length} bytes at its start and {trailing} at its end; \
         the file is damaged here"
    )]
    BlockTrailer {
        /// Block type.
        kind: u32,
        /// Bytes by its header.
        length: u32,
        /// Bytes by its trailer.
        trailing: u32,
    },
    /// pcapng: a packet larger than its block.
    #[error("{captured} captured bytes in a block that has room for {room}; the file is damaged here")]
    TooLongForBlock {
        /// Captured bytes by its header.
        captured: u32,
        /// Bytes of packet data that fit the block.
        room: u32,
    },
    /// pcapng: a packet of an interface that was not described before.
    #[error("it names interface {interface}, but its section describes {known}; the file is damaged here")]
    UnknownInterface {
        /// The interface's index in its section.
        interface: u32,
        /// Interfaces described so far.
        known: usize,
    },
    /// pcapng: more interfaces than anybody has.
    #[error("a section with more than {limit} interfaces; the file is damaged here")]
    TooManyInterfaces {
        /// The most that is read.
        limit: usize,
    },
    /// pcapng: neither byte order.
    #[error("a section header whose byte-order magic is {magic:#010x}; the file is damaged here")]
    ByteOrder {
        /// The magic as a little-endian number.
        magic: u32,
    },
    /// pcapng: a section in a later format.
    #[error("a section of format version {major}; netmonsec reads version 1, save it in that version")]
    Version {
        /// Major version.
        major: u16,
    },
    /// Compressed data that cannot be decompressed further.
    #[error("cannot decompress the {codec} data further: {source}; it was cut short or is damaged")]
    Decompress {
        /// The compression.
        codec: Codec,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The system could not read further.
    #[error("cannot read further: {0}")]
    Io(#[source] io::Error),
}

impl Damage {
    pub(super) fn read(codec: Codec, source: io::Error) -> Self {
        match codec {
            Codec::None => Self::Io(source),
            Codec::Gzip | Codec::Zstd => Self::Decompress { codec, source },
        }
    }
}

/// A part of a capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What stands before each packet in a pcap file.
    RecordHeader,
    /// A packet of a pcap file, with its header.
    Record,
    /// Type and length of a pcapng block.
    BlockHeader,
    /// A pcapng block.
    Block,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RecordHeader => "a packet's header",
            Self::Record => "a packet",
            Self::BlockHeader => "a block's header",
            Self::Block => "a block",
        })
    }
}

/// Formats that people mistake for a capture, and the way out: magic, name, remedy.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (b"\xfd7zXZ\0", "xz data", "decompress it: xz -dc FILE | netmonsec read -"),
    (b"BZh", "bzip2 data", "decompress it: bzip2 -dc FILE | netmonsec read -"),
    (b"\x04\x22\x4d\x18", "lz4 data", "decompress it: lz4 -dc FILE | netmonsec read -"),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"snoop\0\0\0", "a snoop capture", "convert it: editcap -F pcapng FILE NEW"),
    (b"GMBU", "a Network Monitor capture", "convert it: editcap -F pcapng FILE NEW"),
    (b"RTSS", "a Network Monitor capture", "convert it: editcap -F pcapng FILE NEW"),
];
