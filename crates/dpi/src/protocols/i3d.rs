//! i3D.net's game servers (no public specification): session messages and media with the sources that they fix.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "i3d",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0, 0x90..=0x90])],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const MIN: usize = 74;

/// Session messages: direction, length that follows, and the source that they speak for.
const SESSION: [u8; 8] = [0, 1, 0, 0x46, 0, 3, 0xcf, 0xa8];
const ANSWER: [u8; 8] = [0, 2, 0, 0x46, 0, 3, 0xcf, 0xa8];

/// RTP's source, then an extension of one-byte elements (RFC 8285 s4.2) of three words.
const MEDIA: [u8; 8] = [0, 3, 0xcf, 0xa9, 0xbe, 0xde, 0, 3];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    if bytes.len() < MIN {
        return Verdict::No;
    }
    if bytes.starts_with(&SESSION) || bytes.starts_with(&ANSWER) {
        return Verdict::proven("session message", Want::Nothing);
    }
    if matches!(bytes, [0x90, 0x78 | 0x67, ..]) && bytes.get(8..16) == Some(&MEDIA[..]) {
        return Verdict::proven("media of the fixed source", Want::Nothing);
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 10000, &[(SRC, b"\0\x01\0\x46\0\x03\xcf\xa8aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),
    Sample::udp(50000, 10000, &[(SRC, b"\x90\x78\0\x01\0\0\0\x02\0\x03\xcf\xa9\xbe\xde\0\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),],
    near_miss: &[Sample::udp(50000, 10000, &[(SRC, b"\0\x01\0\x46\0\x03\xcf\xa7aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),],
};
