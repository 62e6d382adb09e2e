//! Captures made here byte by byte, read every way there is.
#![allow(clippy::cast_possible_truncation)]

mod corpus;
mod damage;
mod open;
mod pcap;
mod pcapng;
mod stream;

use std::io::{self, Cursor, Read, Write};

use tempfile::NamedTempFile;
use wire::LinkType;

use super::bytes::Order;
use super::{Interface, OpenError, ReadError, Reader};

/// What a record says, with its frame copied out of the block.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Packet {
    nanos: u64,
    interface: u16,
    link: LinkType,
    wire_len: u32,
    bytes: Vec<u8>,
}

/// All that a reader gave.
struct Outcome {
    packets: Vec<Packet>,
    interfaces: Vec<Interface>,
    error: Option<ReadError>,
}

impl Outcome {
    fn nanos(&self) -> Vec<u64> {
        self.packets.iter().map(|packet| packet.nanos).collect()
    }

    fn error(&self) -> String {
        self.error.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

fn drain(mut reader: Reader) -> Outcome {
    let mut packets = Vec::new();
    let mut records = Vec::new();
    let error = loop {
        match reader.next_batch(&mut records) {
            Ok(None) => break None,
            Err(error) => break Some(error),
            Ok(Some(block)) => {
                assert!(!records.is_empty() && records.len() <= super::BATCH);
                for record in &records {
                    let bytes = record.frame(&block).bytes.to_vec();
                    assert_eq!(bytes.len(), record.captured as usize);
                    assert!(record.wire_len >= record.captured);
                    packets.push(Packet {
                        nanos: record.time.nanos(),
                        interface: record.interface,
                        link: record.link,
                        wire_len: record.wire_len,
                        bytes,
                    });
                }
            }
        }
    };
    assert!(matches!(reader.next_batch(&mut records), Ok(None)), "the end is the end");
    Outcome { packets, interfaces: reader.interfaces().to_vec(), error }
}

fn file_of(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn open_stream(source: impl Read + Send + 'static) -> Result<Reader, OpenError> {
    Reader::from_read(Box::new(source))
}

/// Reads a capture as a file, as a stream and as a stream in small pieces; all must agree.
fn read(bytes: &[u8]) -> Outcome {
    let file = file_of(bytes);
    let outcome = drain(Reader::open(file.path()).unwrap());
    for piece in [usize::MAX, 1000, 1] {
        let other = drain(open_stream(Pieces::of(bytes, piece)).unwrap());
        assert!(outcome.packets == other.packets, "packets differ with pieces of {piece}");
        assert_eq!(outcome.interfaces, other.interfaces);
        assert_eq!(outcome.error(), other.error());
    }
    outcome
}

/// Hands out 1 to `most` bytes at a time, with interruptions, as a pipe may.
struct Pieces {
    source: Cursor<Vec<u8>>,
    most: usize,
    turn: usize,
}

impl Pieces {
    fn of(bytes: &[u8], most: usize) -> Self {
        Self { source: Cursor::new(bytes.to_vec()), most, turn: 0 }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(7) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = buffer.len().min(self.turn % self.most + 1);
        self.source.read(&mut buffer[..len])
    }
}

/// Bytes of a capture in the making.
struct Out {
    order: Order,
    bytes: Vec<u8>,
}

impl Out {
    fn new(order: Order) -> Self {
        Self { order, bytes: Vec::new() }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn u16(&mut self, value: u16) {
        let order = self.order;
        self.put(&if order == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    fn u32(&mut self, value: u32) {
        let order = self.order;
        self.put(&if order == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    fn i64(&mut self, value: i64) {
        let order = self.order;
        self.put(&if order == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

/// Frames of many sizes, the empty one among them.
fn frames(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| (0..n * 37 % 1515).map(|byte| (byte * 7 + n) as u8).collect()).collect()
}
