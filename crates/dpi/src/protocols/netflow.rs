//! NetFlow versions 1, 5, 7, 8 and 9 (RFC 3954) and IPFIX (RFC 7011): which exporter sends what.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "netflow",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[2055, 2056, 4432, 4739, 6343, 9555, 9995, 9996],
    bound: false,
    fields: &["version", "records", "source", "sampling"],
    head: SHALLOW,
    inspect,
};

/// Clocks of exporters that are set: not before 2000.
const YEAR_2000: u32 = 946_684_800;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(version), Some(count)) = (reader.u16(), reader.u16()) else { return Verdict::No };
    let is_it = match version {
        1 => is_fixed(look, count, 16, 52, reader),
        5 => is_fixed(look, count, 24, 48, reader),
        7 => is_fixed(look, count, 24, 52, reader),
        8 => is_aggregated(look, count, reader),
        9 => is_version_9(look, count, reader),
        10 => is_ipfix(look, count, reader),
        _ => false,
    };
    if !is_it {
        return Verdict::No;
    }
    findings.note("version", version);
    if version != 10 {
        findings.note("records", count);
    }
    // Engine type and number, source or observation domain.
    let at = |at: usize| look.bytes.get(at..).and_then(|bytes| Reader::new(bytes).u32());
    match version {
        5 => {
            if let Some([_, _, high, low]) = at(20).map(u32::to_be_bytes) {
                findings.note("sampling", u16::from_be_bytes([high & 0x3f, low]));
            }
        }
        9 | 10 => {
            if let Some(source) = at(if version == 9 { 16 } else { 12 }) {
                findings.note("source", source);
            }
        }
        _ => {}
    }
    Verdict::proven("NetFlow header and as much as it announces", Want::Nothing)
}

/// Versions 1, 5 and 7: records of one size. Behind count and uptime there is the time.
fn is_fixed(look: &Look<'_>, count: u16, header: usize, record: usize, mut reader: Reader<'_>) -> bool {
    let len = header + usize::from(count) * record;
    let (_uptime, seconds, nanoseconds) = (reader.u32(), reader.u32(), reader.u32());
    (1..=30).contains(&count)
        && (look.bytes.len() == len || look.cut && look.bytes.len() < len)
        && is_time(seconds)
        && nanoseconds.is_some_and(|nanoseconds| nanoseconds < 1_000_000_000)
}

/// Version 8: records of one of 14 kinds.
fn is_aggregated(look: &Look<'_>, count: u16, mut reader: Reader<'_>) -> bool {
    const SIZES: [usize; 14] = [28, 28, 32, 32, 40, 32, 40, 40, 32, 40, 40, 20, 28, 36];
    let (_uptime, seconds, _nanoseconds, _sequence) =
        (reader.u32(), reader.u32(), reader.u32(), reader.u32());
    let (_engine, kind) = (reader.u16(), reader.u8());
    let Some(size) = kind.and_then(|kind| SIZES.get(usize::from(kind).checked_sub(1)?)) else { return false };
    (1..=51).contains(&count) && look.bytes.len() == 28 + usize::from(count) * size && is_time(seconds)
}

/// RFC 3954 s5: sets of templates (0, 1) or data (above 255), until the end.
fn is_version_9(look: &Look<'_>, count: u16, mut reader: Reader<'_>) -> bool {
    let (_uptime, seconds, _sequence, _source) = (reader.u32(), reader.u32(), reader.u32(), reader.u32());
    count > 0 && is_time(seconds) && are_sets(reader, look.cut, |id| id <= 1 || id > 255)
}

/// RFC 7011 s3: the length of all, and sets of templates (2, 3) or data.
fn is_ipfix(look: &Look<'_>, len: u16, mut reader: Reader<'_>) -> bool {
    let len = usize::from(len);
    let (seconds, _sequence, _domain) = (reader.u32(), reader.u32(), reader.u32());
    (len == look.bytes.len() || look.cut && len > look.bytes.len())
        && is_time(seconds)
        && are_sets(reader, look.cut, |id| matches!(id, 2 | 3) || id > 255)
}

fn is_time(seconds: Option<u32>) -> bool {
    seconds.is_some_and(|seconds| seconds >= YEAR_2000)
}

fn are_sets(mut reader: Reader<'_>, cut: bool, known: fn(u16) -> bool) -> bool {
    let mut sets = 0;
    while !reader.is_empty() {
        let (Some(id), Some(len)) = (reader.u16(), reader.u16()) else { return cut && sets > 0 };
        if !known(id) || len < 4 {
            return false;
        }
        if reader.take(usize::from(len - 4)).is_none() {
            return cut;
        }
        sets += 1;
    }
    sets > 0
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            2055,
            &[(SRC, b"\0\x05\0\x01\0\x01\0\0\x65\x53\xf1\0\0\0\0\x10\0\0\0\x07\0\0\x40\x64\xc0\0\x02\x01\xc0\0\x02\x02\0\0\0\0\0\x01\0\x02\0\0\0\x05\0\0\x01\0\0\0\x10\0\0\0\x20\0\xc3\x50\x01\xbb\0\x18\x06\0\0\0\0\0\x18\x18\0\0")],
        ),
        Sample::udp(
            50000,
            9995,
            &[(SRC, b"\0\x09\0\x01\0\x01\0\0\x65\x53\xf1\0\0\0\0\x07\0\0\0\x01\0\0\0\x10\x01\0\0\x02\0\x08\0\x04\0\x0c\0\x04")],
        ),
        Sample::udp(
            50000,
            4739,
            &[(SRC, b"\0\x0a\0\x20\x65\x53\xf1\0\0\0\0\x07\0\0\0\x01\0\x02\0\x10\x01\0\0\x02\0\x08\0\x04\0\x0c\0\x04")],
        ),
    ],
    near_miss: &[
        // A set beyond the end, a clock in 1970.
        Sample::udp(
            50000,
            9995,
            &[(SRC, b"\0\x09\0\x01\0\x01\0\0\x65\x53\xf1\0\0\0\0\x07\0\0\0\x01\0\0\0\x11\x01\0\0\x02\0\x08\0\x04\0\x0c\0\x04")],
        ),
        Sample::udp(
            50000,
            4739,
            &[(SRC, b"\0\x0a\0\x20\0\x53\xf1\0\0\0\0\x07\0\0\0\x01\0\x02\0\x10\x01\0\0\x02\0\x08\0\x04\0\x0c\0\x04")],
        ),
    ],
};
