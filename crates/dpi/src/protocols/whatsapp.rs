//! WhatsApp's chat protocol: routing header and version of the Noise handshake; no specification is
//! public.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "whatsapp",
    category: "chat",
    encrypted: true,
    over: &[(Transport::Tcp, &[0..=0, b'E'..=b'E', b'W'..=b'W'])],
    ports: &[5222, 443, 80],
    bound: false,
    fields: &["version"],
    head: SHALLOW,
    inspect,
};

/// Edge routing: a header of its own with a length in front of the rest.
const ROUTING: &[u8] = b"ED\0\x01";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    match look.bytes.first() {
        Some(b'E') => {
            let Some(rest) = look.bytes.strip_prefix(ROUTING) else {
                return if ROUTING.starts_with(look.bytes) { more } else { Verdict::No };
            };
            let mut reader = Reader::new(rest);
            let (Some([0, 0, len @ 2..=64]), Some(8)) = (reader.array(), reader.u8()) else {
                let begun = matches!(rest, [] | [0] | [0, 0] | [0, 0, 2..=64]);
                return if begun { more } else { Verdict::No };
            };
            let Some(after) = rest.get(3 + usize::from(len)..) else {
                return Verdict::proven(
                    "WhatsApp routing header",
                    if look.cut { Want::Reply } else { Want::Rest },
                );
            };
            note_version(after, findings);
            let begun = after.len() < 4 && !look.cut;
            Verdict::proven("WhatsApp routing header", if begun { Want::Rest } else { Want::Reply })
        }
        Some(b'W') => hello(look, findings),
        _ => answer(look),
    }
}

/// `WA`, version, dictionary; then a length and the client's hello in protocol buffers.
fn hello(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some([b'W', b'A', major @ 1..=9, minor @ 0..=9]) = reader.array() else {
        return if matches!(look.bytes, b"W" | b"WA" | [b'W', b'A', _]) { more } else { Verdict::No };
    };
    // The very first ones had no handshake in protocol buffers after it.
    if major == 1 && minor >= 2 {
        note_version(look.bytes, findings);
        return Verdict::proven("WhatsApp stream header of old", Want::Reply);
    }
    let (Some(len), Some(field)) = (reader.u24(), reader.u8()) else { return more };
    if field != 0x12 || !(16..1 << 16).contains(&len) {
        return Verdict::No;
    }
    note_version(look.bytes, findings);
    Verdict::proven("WhatsApp hello", Want::Reply)
}

/// The server's hello: length, field 3 of that length, and in it field 1 of 32 bytes.
fn answer(look: &Look<'_>) -> Verdict {
    let known = look.other.starts_with(ROUTING) || look.other.starts_with(b"WA");
    let len = |high: u8, low: u8| usize::from(u16::from_be_bytes([high, low]));
    match *look.bytes {
        [0, high, low, 0x1a, field @ 0..0x80, 0x0a, 0x20, ..] if len(high, low) == usize::from(field) + 2 => {
            Verdict::proven("WhatsApp server's hello", Want::Reply)
        }
        [0, high, low, 0x1a, a @ 0x80..=0xff, b @ 0..0x80, 0x0a, 0x20, ..]
            if len(high, low) == usize::from(b) * 0x80 + usize::from(a & 0x7f) + 3 =>
        {
            Verdict::proven("WhatsApp server's hello", Want::Reply)
        }
        [0] | [0, _] | [0, _, _] | [0, _, _, 0x1a] if !look.cut && look.bytes.len() < 8 => Verdict::NeedMore,
        [0, ..] if known && !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

fn note_version(bytes: &[u8], findings: &mut Findings) {
    if let Some([b'W', b'A', major, minor]) = bytes.first_chunk() {
        findings.note("version", format!("{major}.{minor}"));
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            5223,
            &[
                (SRC, b"ED\0\x01"),
                (SRC, b"\0\0\x04\x08\x05\x08\x02WA\x05\x02\0\0\x26\x12\x24\x0a\x20"),
                (DST, b"\0\0\x36\x1a\x34\x0a\x20aaaaaaaa"),
            ],
        ),
        Sample::tcp(50000, 443, &[(SRC, b"WA\x06\x03\0\0\x26\x12\x24\x0a\x20aaaaaaaa")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 5222, &[(SRC, b"ED\0\x02\0\0\x04\x08\x05\x08\x02WA\x05\x02")]),
        Sample::tcp(50000, 5222, &[(SRC, b"WA\x06\x03\0\0\x26\x18\x24\x0a\x20aaaaaaaa")]),
    ],
};
