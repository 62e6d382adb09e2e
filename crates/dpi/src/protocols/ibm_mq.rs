//! IBM MQ channels (IBM, formats and protocols): the transmission segment header, queue manager and channel.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ibm-mq",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'T'..=b'T', 0xe3..=0xe3])],
    ports: &[1414, 1415],
    bound: false,
    fields: &["channel", "queue_manager"],
    head: SHALLOW,
    inspect,
};

/// "TSH" and its kinds, in ASCII and in EBCDIC.
const MARKS: [[u8; 4]; 6] = [
    *b"TSH ",
    *b"TSHC",
    *b"TSHM",
    [0xe3, 0xe2, 0xc8, 0x40],
    [0xe3, 0xe2, 0xc8, 0xc3],
    [0xe3, 0xe2, 0xc8, 0xd4],
];

const LENGTHS: std::ops::RangeInclusive<u32> = 28..=0x20_0000;

/// The initial data that opens a channel, and where its names are.
const INITIAL: [u8; 3] = *b"ID ";
const CHANNEL: std::ops::Range<usize> = 24..44;
const MANAGER: std::ops::Range<usize> = 48..96;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some(mark) = reader.array() else {
        let begun = MARKS.iter().any(|mark| mark.starts_with(look.bytes));
        return if begun { more } else { Verdict::No };
    };
    if !MARKS.contains(&mark) {
        return Verdict::No;
    }
    let Some(len) = reader.array().map(u32::from_be_bytes) else { return more };
    // Multiplexed headers carry conversation and request before the rest.
    let multiplexed = matches!(mark, [.., b'M' | 0xd4]);
    let skipped = if multiplexed { reader.take(8) } else { Some(&[][..]) };
    let (Some(_), Some([order, kind])) = (skipped, reader.array()) else { return more };
    if !LENGTHS.contains(&len) || !matches!(order, 1 | 2) || kind == 0 {
        return Verdict::No;
    }
    // The rest of the header, then the segment's own.
    reader.up_to(18);
    let segment = reader.rest();
    if let Some(at) = segment.windows(INITIAL.len()).take(4).position(|window| window == INITIAL)
        && let Some(data) = segment.get(at..)
    {
        if data.len() < MANAGER.end && !look.cut {
            return Verdict::proven("transmission segment header", Want::Rest);
        }
        for (field, place) in [("channel", CHANNEL), ("queue_manager", MANAGER)] {
            let name = data.get(place).unwrap_or_default().trim_ascii_end();
            if !name.is_empty() && name.iter().all(u8::is_ascii_graphic) {
                findings.note(field, lossy(name, NAME_MAX));
            }
        }
    }
    Verdict::proven("transmission segment header", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        1414,
        &[(SRC, b"TSH \0\0\0\x1c\x02\x05\x31\0\0\0\0\0\0\0\0\0\x11\x01\0\0\x04\xb8\0\0")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        1414,
        &[(SRC, b"TSH \0\0\0\x0c\x02\x05\x31\0\0\0\0\0\0\0\0\0\x11\x01\0\0\x04\xb8\0\0")],
    )],
};
