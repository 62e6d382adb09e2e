//! Streams: compression, buffers that go round, sources that fail.

use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::pcap::Pcap;
use super::*;
use crate::block::Block;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn compressed_captures_read_like_plain_ones() {
    let plain = Pcap::plain().with(&frames(4000));
    let (head, tail) = plain.split_at(plain.len() / 3);
    let skippable = b"\x50\x2a\x4d\x18\x04\0\0\0abcd".to_vec();
    let expected = read(&plain).packets;
    for packed in [
        gzip(&plain),
        zstd(&plain),
        [gzip(head), gzip(b""), gzip(tail)].concat(),
        [zstd(head), zstd(tail)].concat(),
        [skippable, zstd(&plain)].concat(),
    ] {
        let outcome = read(&packed);
        assert_eq!(outcome.error(), "");
        assert!(outcome.packets == expected);
    }
}

#[test]
fn a_cut_compressed_capture_gives_what_is_there() {
    let plain = Pcap::plain().with(&frames(4000));
    for (packed, codec) in [(gzip(&plain), "gzip"), (zstd(&plain), "zstd")] {
        let outcome = read(&packed[..packed.len() - 20]);
        assert!(outcome.packets.len() > 3700, "{} packets before the cut", outcome.packets.len());
        let error = outcome.error();
        assert!(error.contains(&format!("cannot decompress the {codec} data further")), "{error}");
        assert!(error.contains("of the decompressed data"), "{error}");
    }
}

#[test]
fn a_damaged_compressed_capture_gives_what_is_before() {
    let plain = Pcap::plain().with(&frames(4000));
    for mut packed in [gzip(&plain), zstd(&plain)] {
        let middle = packed.len() / 2;
        packed[middle..middle + 64].fill(0xff);
        let file = file_of(&packed);
        let outcome = drain(Reader::open(file.path()).unwrap());
        assert!(outcome.packets.len() > 1500, "{} packets before the damage", outcome.packets.len());
        assert_ne!(outcome.error(), "");
    }
}

#[test]
fn a_capture_cut_before_compression_is_told_from_a_cut_file() {
    let plain = Pcap::plain().with(&[vec![1; 60]]);
    let outcome = read(&gzip(&plain[..plain.len() - 5]));
    assert!(outcome.error().contains("byte 24 of the decompressed data: the file ends within a packet"));
}

/// Gives its bytes, then fails.
struct Failing(Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::Error::other("the disk is gone")),
            read => Ok(read),
        }
    }
}

#[test]
fn a_failing_source_is_told_after_its_packets() {
    let bytes = Pcap::plain().with(&frames(10));
    let outcome = drain(open_stream(Failing(Cursor::new(bytes.clone()))).unwrap());
    assert_eq!(outcome.packets.len(), 10);
    let said = format!("packet 11, at byte {}: cannot read further: the disk is gone", bytes.len());
    assert_eq!(outcome.error(), said);
}

/// The address of the bytes, which tells buffers apart.
fn address(block: &Block) -> usize {
    block.as_ptr() as usize
}

#[test]
fn a_buffer_nobody_looks_at_is_used_again() {
    let bytes = Pcap::plain().with(&frames(20_000));
    let mut reader = open_stream(Cursor::new(bytes)).unwrap();
    let mut records = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(block) = reader.next_batch(&mut records).unwrap() {
        seen.insert(address(&block));
    }
    assert_eq!(seen.len(), 1, "one buffer for 15 MB");
}

#[test]
fn a_buffer_somebody_looks_at_is_left_alone() {
    let frames = frames(20_000);
    let mut reader = open_stream(Cursor::new(Pcap::plain().with(&frames))).unwrap();
    let mut held = std::collections::VecDeque::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut expected = frames.iter();
    let mut check = |(block, records): (Block, Vec<crate::Record>)| {
        for record in &records {
            assert_eq!(record.frame(&block).bytes, expected.next().unwrap());
        }
    };
    loop {
        let mut records = Vec::new();
        let Some(block) = reader.next_batch(&mut records).unwrap() else { break };
        seen.insert(address(&block));
        held.push_back((block, records));
        if held.len() > 3 {
            check(held.pop_front().unwrap());
        }
    }
    held.into_iter().for_each(&mut check);
    assert!(seen.len() <= 5, "{} buffers for 4 blocks held", seen.len());
    assert_eq!(expected.next(), None);
}

#[test]
fn a_large_record_does_not_keep_its_buffer() {
    let large = vec![9; 5 << 20];
    let frames = [vec![1; 100], large.clone(), vec![2; 100], large, vec![3; 100]];
    let bytes = Pcap::new(Order::Little, 0xa1b2_c3d4, 8 << 20, 1).with(&frames);
    let mut reader = open_stream(Pieces::of(&bytes, usize::MAX)).unwrap();
    let mut records = Vec::new();
    let mut lens = Vec::new();
    while let Some(block) = reader.next_batch(&mut records).unwrap() {
        if let Block::Buffer(buffer) = &block {
            lens.push(buffer.len());
            assert!(Arc::strong_count(buffer) == 2);
        }
    }
    assert!(lens.iter().max().is_some_and(|len| *len > 5 << 20));
    assert!(lens.iter().all(|len| *len <= (5 << 20) + 16));
    assert_eq!(lens.first(), Some(&(1 << 20)));
}
