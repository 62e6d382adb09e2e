//! Tencent's games (no public specification): the four framings of their servers.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tencent-games",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0, 0x33..=0x33, 0x42..=0x42, 0x43..=0x43, 0xaa..=0xaa])],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Shorter messages do not open a connection.
const MIN: usize = 50;

/// TGCP: magic, and the same version twice.
const TGCP: [u8; 6] = [0x33, 0x66, 0x00, 0x0b, 0x00, 0x0b];

/// Magic, where the identifier is, and the identifier.
const MARKED: [([u8; 4], usize); 2] = [([0x43, 0x66, 0xaa, 0x00], 12), ([0xaa, 0x00, 0x00, 0x00], 10)];
const MARK: [u8; 4] = [0x10, 0xe6, 0x86, 0x01];

/// Magic of another framing; commands are around 1000.
const NUMBERED: [u8; 5] = [0x42, 0x15, 0xf7, 0x87, 0x03];

/// zlib without a preset dictionary, at its fastest (RFC 1950 s2.2).
const ZLIB: [u8; 2] = [0x78, 0x01];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    if bytes.len() <= MIN {
        return if look.cut || !begins(bytes) { Verdict::No } else { Verdict::NeedMore };
    }
    if bytes.starts_with(&TGCP) {
        return Verdict::proven("TGCP header", Want::Nothing);
    }
    let marked = |(magic, at): &([u8; 4], usize)| {
        bytes.starts_with(magic) && bytes.get(*at..).is_some_and(|rest| rest.starts_with(&MARK))
    };
    if MARKED.iter().any(marked) {
        return Verdict::proven("header with its identifier", Want::Nothing);
    }
    if bytes.starts_with(&NUMBERED) && bytes.get(6..8) == Some(&[0, 0][..]) {
        return Verdict::proven("header with a command's number", Want::Nothing);
    }
    compressed(look)
}

/// What there is of them is right.
fn begins(bytes: &[u8]) -> bool {
    let [tgcp, first, second, numbered]: [&[u8]; 4] = [&TGCP, &MARKED[0].0, &MARKED[1].0, &NUMBERED];
    let alike = |magic: &[u8]| bytes.iter().zip(magic).all(|(a, b)| a == b);
    [tgcp, first, second, numbered, &[0, 0]].into_iter().any(alike)
}

/// A length of 32 bits and a zlib stream of that length.
fn compressed(look: &Look<'_>) -> Verdict {
    let [0, 0, high, low, 0x78, 0x01, ..] = look.bytes else { return Verdict::No };
    let end = usize::from(u16::from_be_bytes([*high, *low])).saturating_add(4);
    match look.bytes.get(end..) {
        Some([]) => Verdict::likely("one zlib stream of the length before it", Want::Rest),
        Some([0, 0, _, _, next @ ..]) if next.starts_with(&ZLIB) => {
            Verdict::proven("zlib streams with their lengths", Want::Nothing)
        }
        Some(_) => Verdict::No,
        None if look.cut => Verdict::No,
        None => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 65010, &[(SRC, b"\x33\x66\0\x0b\0\x0b\x10\x01\0\0\0\0\x01\0\0\0\x4c\0\0\0\0\x02\x03\0\0\x27\x10\0\0\0\x65\0\x03\x03\0\0\0\x141234567890123456789\0\0")]),
    Sample::tcp(50000, 8085, &[(SRC, b"\x43\x66\xaa\0\0\0\0\x94\x15\0\0\0\x10\xe6\x86\x01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),
    Sample::tcp(50000, 20731, &[(SRC, b"\0\0\0\x32\x78\x01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),],
    near_miss: &[Sample::tcp(50000, 65010, &[(SRC, b"\x33\x66\0\x0b\0\x0c\x10\x01\0\0\0\0\x01\0\0\0\x4c\0\0\0\0\x02\x03\0\0\x27\x10\0\0\0\x65\0\x03\x03\0\0\0\x141234567890123456789\0\0")]),
    Sample::tcp(50000, 20731, &[(SRC, b"\0\0\0\x31\x78\x01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),],
};
