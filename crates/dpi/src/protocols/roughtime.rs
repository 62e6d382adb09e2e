//! Roughtime (draft-ietf-ntp-roughtime, and Google's before it): time with a signature.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "roughtime",
    category: "network",
    encrypted: false,
    // The low byte of the number of tags, or the header that the IETF put before it.
    over: &[(Transport::Udp, &[1..=16, b'R'..=b'R']), (Transport::Tcp, &[b'R'..=b'R'])],
    ports: &[2002, 2003],
    bound: false,
    fields: &["header"],
    head: SHALLOW,
    inspect,
};

const HEADER: &[u8] = b"ROUGHTIM";

/// Tags of requests and responses.
const TAGS: [&[u8; 4]; 16] = [
    b"SIG\0", b"NONC", b"DELE", b"PATH", b"RADI", b"PUBK", b"MIDP", b"SREP", b"MINT", b"ROOT", b"CERT",
    b"MAXT", b"INDX", b"PAD\xff", b"ZZZZ", b"VER\0",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut bytes = look.bytes;
    let with_header = bytes.first() == HEADER.first();
    if with_header {
        let Some(message) = bytes.strip_prefix(HEADER).and_then(|rest| rest.get(4..)) else {
            let begun = look.transport == Transport::Tcp
                && !look.cut
                && bytes.iter().zip(HEADER).all(|(a, b)| a == b);
            return if begun { Verdict::NeedMore } else { Verdict::No };
        };
        bytes = message;
    }
    match is_message(bytes, look.cut || look.transport == Transport::Tcp) {
        Some(true) => {
            findings.note("header", with_header);
            Verdict::proven("Roughtime's tags, their offsets right", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

/// Number of tags, offsets of all values but the first, tags; all in little endian.
fn is_message(bytes: &[u8], cut: bool) -> Option<bool> {
    let mut reader = Reader::new(bytes);
    let count = usize::try_from(u32::from_le_bytes(reader.array()?)).ok()?;
    if !(1..=16).contains(&count) {
        return None;
    }
    let (offsets, _) = reader.take((count - 1) * 4)?.as_chunks::<4>();
    let (tags, _) = reader.take(count * 4)?.as_chunks::<4>();
    let values = reader.rest().len();
    let offsets = || offsets.iter().map(|offset| u32::from_le_bytes(*offset));
    let sound = offsets().is_sorted()
        && offsets().all(|offset| offset % 4 == 0)
        && offsets()
            .next_back()
            .is_none_or(|last| cut || usize::try_from(last).is_ok_and(|last| last <= values));
    let known = tags.iter().filter(|tag| TAGS.contains(tag)).count();
    // A few that are not known may come with later drafts.
    Some(
        sound
            && known > 0
            && known * 2 >= count
            && tags.iter().any(|tag| matches!(tag, b"NONC" | b"SREP" | b"CERT")),
    )
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 2002, &[(SRC, b"\x02\0\0\0\x40\0\0\0NONCPAD\xff0123456789012345678901234567890123456789012345678901234567890123padding.")]),
        Sample::udp(50000, 2003, &[(DST, b"ROUGHTIM\x18\0\0\0\x02\0\0\0\x04\0\0\0SREPCERTabcdefgh")]),
    ],
    near_miss: &[
        Sample::udp(50000, 2002, &[(SRC, b"\x02\0\0\0\x41\0\0\0NONCPAD\xff0123456789012345678901234567890123456789012345678901234567890123padding.")]),
        Sample::udp(50000, 2002, &[(SRC, b"\x02\0\0\0\x04\0\0\0NONBPADDabcdefgh")]),
    ],
};
