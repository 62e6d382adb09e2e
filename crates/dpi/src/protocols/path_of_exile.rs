//! Path of Exile (no public specification): the first message of a client, with its character's name.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "path-of-exile",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[6112, 20481],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// The message's number and a ticket's first byte; the ticket ends before the second of these.
const OPENS: [u8; 3] = [0, 3, 0];
const SECOND: [u8; 2] = [2, 0];

const END_2: [u8; 4] = [0, 0, 0, 0x40];
const END_1: [u8; 8] = [0, 0, 0, 0, 0x40, 0, 0, 1];

/// What is around the name.
const LENGTHS: std::ops::RangeInclusive<usize> = 26..=49;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    if !bytes.iter().zip(&OPENS).all(|(a, b)| a == b) {
        return Verdict::No;
    }
    if bytes.len() < 19 {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    if bytes.get(7..9) != Some(&SECOND[..]) {
        return Verdict::No;
    }
    if bytes.len() == 19 && bytes.get(14..18) == Some(&END_2[..]) {
        return Verdict::proven("first message of Path of Exile 2", Want::Nothing);
    }
    if bytes.get(6) == Some(&0) && LENGTHS.contains(&bytes.len()) && bytes.ends_with(&END_1) {
        return Verdict::proven("first message with a name", Want::Nothing);
    }
    if bytes.len() < *LENGTHS.end() && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            6112,
            &[(SRC, b"\0\x03\0\x11\x22\x33\0\x02\0\x05Witch\0\0\0\0\0\0\0\0\0\x40\0\0\x01")],
        ),
        Sample::tcp(50000, 6112, &[(SRC, b"\0\x03\0\x11\x22\x33\0\x02\0\x05\x01\x02\x03\x04\0\0\0\x40\x07")]),
    ],
    near_miss: &[Sample::tcp(
        50000,
        6112,
        &[(SRC, b"\0\x03\0\x11\x22\x33\0\x02\0\x05Witch\0\0\0\0\0\0\0\0\0\x40\0\0\x02")],
    )],
};
