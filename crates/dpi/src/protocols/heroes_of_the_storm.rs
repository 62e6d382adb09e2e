//! Heroes of the Storm (no public specification): the short messages of its game connection.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "heroes-of-the-storm",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[3724],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const LENGTHS: std::ops::RangeInclusive<usize> = 20..=122;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if !LENGTHS.contains(&look.bytes.len()) || look.bytes.get(14..16) != Some(&[0x40, 0][..]) {
        return Verdict::No;
    }
    if look.bytes.iter().take(14).all(|byte| *byte == 0) {
        return Verdict::proven("empty message header at its port", Want::Nothing);
    }
    if !has_kind(look.bytes) {
        return Verdict::No;
    }
    // 32 bits: enough for a start, and beyond doubt when the next datagram has them as well.
    match look.earlier.iter().any(|glimpse| has_kind(&glimpse.start)) {
        true => Verdict::proven("two message headers at its port", Want::Nothing),
        false => Verdict::likely("message header at its port", Want::Rest),
    }
}

fn has_kind(bytes: &[u8]) -> bool {
    matches!(bytes.get(2..4), Some([0x03 | 0x34, 0]))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            3724,
            &[(SRC, b"\x11\x22\x03\0\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\x40\0\x01\x02\x03\x04")],
        ),
        Sample::udp(50000, 3724, &[(SRC, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\x01\x02\x03\x04\x05\x06")]),
    ],
    near_miss: &[
        Sample::udp(
            50000,
            3724,
            &[(SRC, b"\x11\x22\x04\0\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\x40\0\x01\x02\x03\x04")],
        ),
        Sample::udp(
            50000,
            3725,
            &[(SRC, b"\x11\x22\x03\0\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\x40\0\x01\x02\x03\x04")],
        ),
    ],
};
