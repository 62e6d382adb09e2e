//! Microsoft Media Server ([MS-MMSP]): messages between player and server, the player's name.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::TEXT_MAX;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mmsp",
    category: "streaming",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=1])],
    ports: &[1755],
    bound: false,
    fields: &["player"],
    head: SHALLOW,
    inspect,
};

/// [MS-MMSP] s2.2.3: version and padding, session, length, then "MMS ".
const SESSION: &[u8] = b"\xce\xfa\x0b\xb0";
const SEAL: &[u8] = b"MMS ";
const HEADER_LEN: usize = 16;

/// LinkViewerToMacConnect: the first message, with the player's name behind 56 bytes.
const CONNECT: [u8; 4] = [1, 0, 3, 0];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    let begins = |place: usize, part: &[u8]| {
        bytes.get(place..).unwrap_or_default().iter().zip(part).all(|(a, b)| a == b)
    };
    if !begins(4, SESSION) || !begins(12, SEAL) {
        return Verdict::No;
    }
    if bytes.len() < HEADER_LEN {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    const EVIDENCE: &str = "header of an MMS message";
    let len = bytes.get(8..).and_then(<[u8]>::first_chunk).map_or(0, |len| u32::from_le_bytes(*len));
    let whole = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(HEADER_LEN).min(SHALLOW);
    if bytes.len() < whole && !look.cut {
        return Verdict::proven(EVIDENCE, Want::Rest);
    }
    if bytes.get(36..40) == Some(&CONNECT[..])
        && let Some(name) = bytes.get(56..)
    {
        // UTF-16, to its zero.
        let units = name.chunks_exact(2).map(|pair| match pair {
            [a, b] => u16::from_le_bytes([*a, *b]),
            _ => 0,
        });
        let name: Vec<u16> = units.take_while(|unit| *unit != 0).take(TEXT_MAX / 3).collect();
        findings.note("player", String::from_utf16_lossy(&name));
    }
    Verdict::proven(EVIDENCE, Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1755,
            &[(
                SRC,
                b"\x01\0\0\0\xce\xfa\x0b\xb0\x30\0\0\0MMS \x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\x01\0\x03\0\
                  \xf0\xf0\xf0\xf0\x0b\0\x04\0\x1c\0\x03\0N\0S\0\0\0\0\0",
            )],
        ),
        Sample::tcp(50000, 80, &[(DST, b"\x01\0\0\0\xce\xfa"), (DST, b"\x0b\xb0\0\0\0\0MMS ")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 1755, &[(SRC, b"\x01\0\0\0\xce\xfa\x0b\xb1\0\0\0\0MMS ")]),
        Sample::tcp(50000, 1755, &[(SRC, b"\x01\0\0\0\xce\xfa\x0b\xb0\0\0\0\0SMS ")]),
    ],
};
