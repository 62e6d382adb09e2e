//! Warcraft III (no public specification): the frames of its games over TCP and in local networks.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "warcraft3",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[0xf7..=0xf7]), (Transport::Udp, &[0xf7..=0xf7])],
    ports: &[6112, 6113, 6114, 6115, 6116, 6117, 6118, 6119],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const MARK: u8 = 0xf7;

/// Local networks: search, game, refresh, closed; and what peers send each other.
const DATAGRAMS: std::ops::RangeInclusive<u8> = 0x2f..=0x36;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => match frame(look.bytes) {
            Some((kind, [])) if DATAGRAMS.contains(&kind) => datagram(look),
            _ => Verdict::No,
        },
        Transport::Tcp => stream(look),
    }
}

fn datagram(look: &Look<'_>) -> Verdict {
    // Searches and offers name the program: "W3XP" or "WAR3", written backwards.
    let names = look.bytes.get(4..8).is_some_and(|name| matches!(name, b"PX3W" | b"3RAW"));
    match names || look.earlier.iter().any(|glimpse| matches!(glimpse.start, [MARK, ..])) {
        true => Verdict::proven("datagram of its own length", Want::Nothing),
        false => Verdict::likely("datagram of its own length", Want::Rest),
    }
}

/// Several frames, or one from each side.
fn stream(look: &Look<'_>) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    match frame(look.bytes) {
        Some((_, [])) if frame(look.other).is_some() => {
            Verdict::proven("frames of both sides", Want::Nothing)
        }
        Some((_, [])) if look.hinted => Verdict::likely("frame at its port", Want::Rest),
        Some((_, [])) => more,
        Some((_, rest)) => match frame(rest) {
            Some(_) => Verdict::proven("frames after each other", Want::Nothing),
            None if rest.first() == Some(&MARK) => more,
            None => Verdict::No,
        },
        None if look.bytes.len() < 4 => more,
        None => {
            let long = look.bytes.get(2..4).and_then(<[u8]>::first_chunk).map(|len| u16::from_le_bytes(*len));
            if long.is_some_and(|len| (4..=1460).contains(&len)) { more } else { Verdict::No }
        }
    }
}

/// What kind of frame, and what follows it.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [MARK, kind, low, high, ..] = bytes else { return None };
    let len = usize::from(u16::from_le_bytes([*low, *high]));
    let rest = bytes.get(len..)?;
    (len >= 4 && *kind < 0x80).then_some((*kind, rest))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(6112, 6112, &[(SRC, b"\xf7\x2f\x10\0PX3W\x1a\0\0\0\0\0\0\0")]),
        Sample::tcp(50000, 6112, &[(SRC, b"\xf7\x1e\x08\0\x01\x02\x03\x04\xf7\x46\x08\0\x01\x02\x03\x04")]),
    ],
    near_miss: &[
        Sample::udp(6112, 6112, &[(SRC, b"\xf7\x2f\x11\0PX3W\x1a\0\0\0\0\0\0\0")]),
        Sample::tcp(50000, 6112, &[(SRC, b"\xf7\x1e\x08\0\x01\x02\x03\x04\xf6\x46\x08\0\x01\x02\x03\x04")]),
    ],
};
