//! Unreal Engine's stateless connect, as Epic's games use it (no public specification): challenge, answer, response.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "epic-games",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[9011, 15011],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Handshake flags in the fourth byte: the server speaks, and the step after the first.
const FROM_SERVER: u8 = 0x08;
const RESPONSE: u8 = 0x10;

/// A client that has no cookie yet sends zeros for it and for the time stamp.
const NO_COOKIE: std::ops::Range<usize> = 10..34;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if opens(look.bytes) {
        return Verdict::NeedMore;
    }
    let Some(first) = look.earlier.first() else { return Verdict::No };
    let Some([a, b, c, flags]) = first.start.first_chunk() else { return Verdict::No };
    let step = if look.from_src == first.from_src { RESPONSE } else { FROM_SERVER };
    if look.bytes.len() > 8 && look.bytes.starts_with(&[*a, *b, *c, *flags | step]) {
        return Verdict::proven(
            "challenge without a cookie, and the next step of its handshake",
            Want::Nothing,
        );
    }
    Verdict::No
}

fn opens(bytes: &[u8]) -> bool {
    let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    bytes.get(NO_COOKIE).is_some_and(zeros)
        && matches!(bytes, [a, b, c, flags, ..] if (*a, *b, *c) != (0, 0, 0) && flags & (FROM_SERVER | RESPONSE) == 0)
        // Between them are a count of retries, and what the process chose when it began.
        && bytes.get(4..NO_COOKIE.start).is_some_and(|rest| rest.iter().filter(|byte| **byte != 0).count() >= 3)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 15011, &[
        (SRC, b"\xc7\x1a\x20\0\x08\x98\x22\x65\x74\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0\xf7\xcd\x50"),
        (DST, b"\xc7\x1a\x20\x08\x08\x98\x22\x65\x74\x04\0\x08\0\0\x99\x94\xa9\xdd\x03\xd4\x74\x63\x88\xe1\x35"),
    ]),
    Sample::udp(50000, 15011, &[
        (SRC, b"\xc7\x1a\x20\0\x08\x98\x22\x65\x74\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0\xf7\xcd\x50"),
        (SRC, b"\xc7\x1a\x20\x10\x10\x98\x22\x65\x74\x04\0\x08\0\0\x99\x94\xa9\xdd\x03\xd4\x74\x63\x88\xe1\x35"),
    ]),],
    near_miss: &[Sample::udp(50000, 15011, &[
        (SRC, b"\xc7\x1a\x20\0\x08\x98\x22\x65\x74\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0\xf7\xcd\x50"),
        (DST, b"\xc7\x1a\x21\x08\x08\x98\x22\x65\x74\x04\0\x08\0\0\x99\x94\xa9\xdd\x03\xd4\x74\x63\x88\xe1\x35"),
    ]),],
};
