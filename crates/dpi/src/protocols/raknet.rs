//! RakNet by the magic of its connectionless messages, and by its frames and acknowledgements: version, server's announcement.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "raknet",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=2, 5..=8, 0x19..=0x1c, 0x80..=0x8f, 0xa0..=0xa0, 0xc0..=0xc0])],
    ports: &[19132, 19133],
    bound: false,
    fields: &["version", "server"],
    head: SHALLOW,
    inspect,
};

/// What messages outside a connection carry (RakNet's OFFLINE_MESSAGE_DATA_ID).
const MAGIC: &[u8] = b"\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((&id, body)) = look.bytes.split_first() else { return Verdict::No };
    // Behind the number, a time, or a time and the server's number.
    let at = |place: usize| body.get(place..place + MAGIC.len()) == Some(MAGIC);
    if matches!(id, 1 | 2 | 5..=8 | 0x19 | 0x1a | 0x1c) && (at(0) || at(1) || at(8) || at(16)) {
        offline(id, body, findings);
        return Verdict::proven("RakNet's magic", Want::Nothing);
    }
    match id {
        0xa0 | 0xc0 if are_ranges(body) => {
            Verdict::proven("RakNet's acknowledgement of consistent length", Want::Nothing)
        }
        0x80..=0x8f if are_frames(body) => {
            match look
                .earlier
                .iter()
                .any(|glimpse| glimpse.from_src == look.from_src && precedes(glimpse, body))
            {
                true => Verdict::proven("RakNet's frames of consistent lengths", Want::Nothing),
                false => Verdict::likely("RakNet frames of consistent lengths", Want::Every),
            }
        }
        // A game's own magic.
        0x1c if announced(body)
            .is_some_and(|text| text.iter().all(|byte| matches!(byte, b' '..=b'~' | 0x80..))) =>
        {
            Verdict::likely("RakNet's announcement of consistent length", Want::Every)
        }
        _ => Verdict::No,
    }
}

/// These frames' number is that datagram's, sent again, or comes soon after it.
fn precedes(earlier: &Glimpse, body: &[u8]) -> bool {
    let number = |bytes: &[u8]| match bytes {
        [a, b, c, ..] => Some(u32::from_le_bytes([*a, *b, *c, 0])),
        _ => None,
    };
    let [first, before @ ..] = &earlier.start;
    match (number(before), number(body)) {
        (Some(before), Some(now)) => {
            matches!(first, 0x80..=0x8f) && now.wrapping_sub(before) & 0xff_ffff <= 64
        }
        _ => false,
    }
}

fn offline(id: u8, body: &[u8], findings: &mut Findings) {
    let after = body.get(MAGIC.len()..).unwrap_or_default();
    match (id, after.first(), announced(body)) {
        (5, Some(&version), _) => findings.note("version", version),
        (0x1c, _, Some(text)) => findings.note("server", lossy(text, TEXT_MAX)),
        _ => {}
    }
}

/// The text of an answer to a ping, after time, number, magic and its length.
fn announced(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    reader.take(32)?;
    reader.block16().filter(|text| !text.is_empty() && reader.is_empty())
}

/// A count, then numbers: one, or from and to.
fn are_ranges(body: &[u8]) -> bool {
    let mut reader = Reader::new(body);
    let Some(count @ 1..) = reader.u16() else { return false };
    for _ in 0..count {
        let len = match reader.u8() {
            Some(0) => 6,
            Some(1) => 3,
            _ => return false,
        };
        if reader.take(len).is_none() {
            return false;
        }
    }
    reader.is_empty()
}

/// A number of three bytes, then frames: flags, length in bits, what the reliability asks for.
fn are_frames(body: &[u8]) -> bool {
    let mut reader = Reader::new(body);
    let Some(_number) = reader.u24() else { return false };
    let mut frames = 0;
    while !reader.is_empty() {
        let (Some(flags), Some(bits @ 1..)) = (reader.u8(), reader.u16()) else { return false };
        let reliability = flags >> 5;
        if flags & 0x0f & !0x08 != 0 {
            return false;
        }
        let reliable = if matches!(reliability, 2..=4 | 6 | 7) { 3 } else { 0 };
        let sequenced = if matches!(reliability, 1 | 4) { 3 } else { 0 };
        let ordered = if matches!(reliability, 1 | 3 | 4 | 7) { 4 } else { 0 };
        let fragment = if flags & 0x10 != 0 { 10 } else { 0 };
        let len = reliable + sequenced + ordered + fragment + usize::from(bits.div_ceil(8));
        if reader.take(len).is_none() {
            return false;
        }
        frames += 1;
    }
    frames > 0
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            60000,
            &[
                (SRC, b"\x01\0\0\0\0\0\0\x12\x34\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78abcdefgh"),
                (
                    DST,
                    b"\x1c\0\0\0\0\0\0\x12\x34abcdefgh\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78\0\x04MCPE",
                ),
            ],
        ),
        Sample::udp(50000, 60000, &[(SRC, b"\xc0\0\x01\0\x01\0\0\x02\0\0")]),
        Sample::udp(
            50000,
            60000,
            &[(SRC, b"\x84\0\0\0\0\0\x18abc"), (SRC, b"\x84\x01\0\0\0\0\x18abc\0\0\x09ab")],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 19132, &[(SRC, b"\x05\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x79\x06\0\0\0")]),
        Sample::udp(50000, 19132, &[(SRC, b"\xc0\0\x02\0\x01\0\0\x02\0\0")]),
        Sample::udp(50000, 19132, &[(SRC, b"\x84\0\0\0\0\0\x19abc")]),
    ],
};
