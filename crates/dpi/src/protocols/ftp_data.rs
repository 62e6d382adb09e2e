//! FTP's data connections (RFC 959 s3.2): listings, and files at port 20.

use crate::dialogue::{is_text, line};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ftp-data",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, STARTS)],
    ports: &[20],
    bound: false,
    fields: &["content"],
    head: SHALLOW,
    inspect,
};

/// First bytes of listings and of the files below.
const STARTS: Starts = &[
    0..=0,
    0x1a..=0x1f,
    b'!'..=b'-',
    b'7'..=b'7',
    b'<'..=b'<',
    b'B'..=b'R',
    b'd'..=b'f',
    b'l'..=b't',
    0x7f..=0x7f,
    0x89..=0x89,
    0xd0..=0xd0,
    0xed..=0xff,
];

/// What files begin with: at least three bytes that noise would have to guess.
const FILES: [(&[u8], &str); 24] = [
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "rar"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"RIFF", "riff"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"\0\0\x01\xba", "mpeg"),
    (b"\x7fELF", "elf"),
    (b"MZ\x90\0", "exe"),
    (b"!<arch>", "ar"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"#!/", "script"),
    (b"<?xml", "xml"),
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if matches!(look.bytes.first(), Some(b'-' | b'd' | b'l' | b't'))
        && (look.bytes.len() < 10 || is_mode(look.bytes))
    {
        return match line(look.bytes) {
            Some((first, _)) if is_entry(first) || is_total(first) => {
                findings.note("content", "listing");
                Verdict::proven("listing of a directory", Want::Nothing)
            }
            None if !look.cut && look.bytes.len() < 256 && is_text(look.bytes) => Verdict::NeedMore,
            _ => Verdict::No,
        };
    }
    if !look.hinted {
        return Verdict::No;
    }
    match FILES.iter().find(|(start, _)| look.bytes.starts_with(start)) {
        Some((_, name)) => {
            findings.note("content", *name);
            Verdict::likely("beginning of a file at FTP's data port", Want::Nothing)
        }
        None if look.bytes.len() < 8 && !look.cut => Verdict::NeedMore,
        None => Verdict::No,
    }
}

/// `-rwxr-x---` and its kin.
fn is_mode(line: &[u8]) -> bool {
    let Some([_, mode @ ..]) = line.get(..10) else { return false };
    mode.chunks(3)
        .all(|bits| matches!(bits, [b'r' | b'-', b'w' | b'-', b'x' | b'-' | b's' | b'S' | b't' | b'T']))
}

/// Mode, links, owner, group, size, date, name.
fn is_entry(line: &[u8]) -> bool {
    is_mode(line)
        && is_text(line)
        && line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count() >= 6
}

fn is_total(line: &[u8]) -> bool {
    line.strip_prefix(b"total ").is_some_and(|blocks| crate::dialogue::number(blocks).is_some())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 25685, &[(DST, b"-rw-r--r--    1 0        0        1024 Feb 19  2016 a.zip\r\n")]),
        Sample::tcp(20, 50000, &[(SRC, b"PK\x03\x04\x14\0\0\0\x08\0abcdefgh")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 25685, &[(DST, b"-rw-r--q--    1 0        0        1024 Feb 19  2016 a.zip\r\n")]),
        Sample::tcp(50000, 21000, &[(DST, b"PK\x03\x04\x14\0\0\0\x08\0abcdefgh")]),
    ],
};
