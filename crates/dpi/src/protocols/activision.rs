//! Activision's peer-to-peer session probes (no public specification): how Call of Duty measures its servers.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "activision",
    category: "game",
    encrypted: false,
    over: &[(
        Transport::Udp,
        &[0x0c..=0x0c, 0x0d..=0x0d, 0x28..=0x28, 0x29..=0x29, 0x46..=0x46, 0x47..=0x47],
    )],
    ports: &[3074],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// The first probe and its echo; what follows begins with these and a counter.
const PROBE: [u8; 2] = [0x0d, 0x02];
const ECHO: [u8; 2] = [0x0c, 0x02];

/// Shortest message.
const MIN: usize = 18;

/// Messages that look alike before the flow is believed without an echo.
const ENOUGH: usize = 4;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if look.bytes.len() < MIN || !fits(look.bytes) || is_ptp(look.bytes) {
        return Verdict::No;
    }
    if echoes(look) {
        return Verdict::proven("Activision probe and its echo", Want::Nothing);
    }
    // The first of each side says which of the two families the flow belongs to.
    let family = |start: &[u8]| start.first().is_some_and(|first| matches!(first, 0x46 | 0x47));
    let first = look.earlier.first().map_or(look.bytes, |glimpse| &glimpse.start[..]);
    if !opens(first) || look.earlier.iter().any(|glimpse| family(&glimpse.start) != family(look.bytes)) {
        return Verdict::No;
    }
    if look.earlier.len() >= ENOUGH {
        return Verdict::proven("five datagrams of an Activision session", Want::Nothing);
    }
    Verdict::NeedMore
}

fn opens(bytes: &[u8]) -> bool {
    matches!(bytes, [0x0c | 0x0d, 0x02, ..] | [0x46 | 0x47, 0x00, ..])
}

fn fits(bytes: &[u8]) -> bool {
    opens(bytes) || matches!(bytes, [0x28 | 0x29, ..])
}

/// Signaling and management of IEEE 1588-2008 (s13.3) begin alike, and say how long they are.
fn is_ptp(bytes: &[u8]) -> bool {
    let len = bytes.get(2..4).and_then(<[u8]>::first_chunk).map(|len| u16::from_be_bytes(*len));
    len.is_some_and(|len| usize::from(len) == bytes.len())
}

/// The other side sent the same with only the direction changed.
fn echoes(look: &Look<'_>) -> bool {
    let Some(other) = look.last(false) else { return false };
    let pair = [look.bytes.get(..2), other.start.get(..2)];
    let of_a_pair =
        pair == [Some(&ECHO[..]), Some(&PROBE[..])] || pair == [Some(&PROBE[..]), Some(&ECHO[..])];
    of_a_pair
        && usize::from(other.len) == look.bytes.len()
        && look.bytes.get(2..MIN) == other.start.get(2..MIN)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            3074,
            33000,
            &[
                (SRC, b"\x0d\x02\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01\x02"),
                (DST, b"\x0c\x02\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01\x02"),
            ],
        ),
        Sample::udp(
            3074,
            33000,
            &[
                (SRC, b"\x0d\x02\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01\x02"),
                (SRC, b"\x28\x37\x30\0\0\0\0\0\0\x28\0\0\0\x5a\x10\0\xc6\0"),
                (SRC, b"\x28\x38\x30\0\0\0\0\0\0\x29\0\0\0\x5a\x10\0\xc6\0"),
                (SRC, b"\x28\x39\x30\0\0\0\0\0\0\x2a\0\0\0\x5a\x10\0\xc6\0"),
                (SRC, b"\x28\x3a\x30\0\0\0\0\0\0\x2b\0\0\0\x5a\x10\0\xc6\0"),
            ],
        ),
    ],
    near_miss: &[Sample::udp(
        3074,
        33000,
        &[
            (SRC, b"\x0d\x02\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01\x02"),
            (DST, b"\x0c\x02\0\x99\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01\x02"),
        ],
    )],
};
