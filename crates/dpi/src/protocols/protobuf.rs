//! Protocol Buffers without anything around them: messages of numbered fields, by their strictness.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

/// Field 1 or 2, of any type in use: serialisers begin with the lowest number.
const FIRST: crate::protocol::Starts = &[0x08..=0x0a, 0x0d..=0x0d, 0x10..=0x12, 0x15..=0x15];

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "protobuf",
    category: "web",
    encrypted: false,
    over: &[(Transport::Udp, FIRST), (Transport::Tcp, FIRST)],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Fields in ascending order that no chance brings about, a text or a message among them.
const ENOUGH: usize = 6;

fn inspect(look: &Look<'_>, _: &mut Findings) -> Verdict {
    let stream = look.transport == Transport::Tcp;
    // Lines of text can be read as fields, too.
    if look.bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'..=b'\r')) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    let message = Message::read(&mut reader, 0);
    match message {
        Some(message) if message.fields >= ENOUGH && message.telling > 0 => {
            Verdict::likely("fields of a Protocol Buffers message, ascending to its end", Want::Nothing)
        }
        Some(_) | None if stream && !look.cut && look.bytes.len() < 512 && may_go_on(look.bytes) => {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

/// What there is of a stream is fields, the last one perhaps cut.
fn may_go_on(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let mut last = 0;
    while !reader.is_empty() {
        let Some((number, kind)) = tag(&mut reader) else { return reader.rest().len() < 2 };
        if number < last {
            return false;
        }
        last = number;
        if content(&mut reader, kind).is_none() {
            return matches!(kind, 0 | 1 | 2 | 5);
        }
    }
    true
}

#[derive(Clone, Copy)]
struct Message {
    fields: usize,
    /// Texts and messages inside.
    telling: usize,
}

impl Message {
    /// Reads to the end of what there is; `None` if that is not a message.
    fn read(reader: &mut Reader<'_>, depth: u8) -> Option<Self> {
        let mut message = Self { fields: 0, telling: 0 };
        let mut last = 0;
        while !reader.is_empty() {
            let (number, kind) = tag(reader)?;
            // A repeated field has the same number again.
            if number < last {
                return None;
            }
            last = number;
            let inside = content(reader, kind)?;
            message.fields += 1;
            if inside.len() >= 4 {
                let text = inside.iter().all(|byte| (b' '..=b'~').contains(byte));
                let nested = depth < 4
                    && Self::read(&mut Reader::new(inside), depth + 1).is_some_and(|inner| inner.fields >= 2);
                message.telling += usize::from(text || nested);
            }
        }
        Some(message)
    }
}

/// Number and wire type, in one or two bytes.
fn tag(reader: &mut Reader<'_>) -> Option<(u64, u8)> {
    let mut ahead = *reader;
    let first = ahead.u8()?;
    let value = if first & 0x80 == 0 {
        u64::from(first)
    } else {
        let second = ahead.u8().filter(|second| (1..0x80).contains(second))?;
        u64::from(first & 0x7f) | u64::from(second) << 7
    };
    let kind = first & 7;
    // Groups are gone.
    if value >> 3 == 0 || !matches!(kind, 0 | 1 | 2 | 5) {
        return None;
    }
    *reader = ahead;
    Some((value >> 3, kind))
}

/// The bytes of a field that has a length, else nothing.
fn content<'a>(reader: &mut Reader<'a>, kind: u8) -> Option<&'a [u8]> {
    match kind {
        0 => varint(reader).map(|_| &[][..]),
        1 => reader.take(8).map(|_| &[][..]),
        5 => reader.take(4).map(|_| &[][..]),
        _ => {
            let len = varint(reader)?;
            reader.take(usize::try_from(len).ok()?)
        }
    }
}

fn varint(reader: &mut Reader<'_>) -> Option<u64> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let byte = reader.u8()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        if byte & 0x80 == 0 {
            // The shortest form is the only one that serialisers write.
            return (byte != 0 || shift == 0).then_some(value);
        }
    }
    None
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            7777,
            &[(
                SRC,
                b"\x08\x96\x01\x12\x07example\x1d\0\0\x80\x3f\x22\x04\x08\x01\x10\x02\x28\x01\x32\x05hello",
            )],
        ),
        Sample::tcp(
            50000,
            7777,
            &[
                (SRC, b"\x08\x96\x01\x12\x07exam"),
                (SRC, b"ple\x1d\0\0\x80\x3f\x22\x04\x08\x01\x10\x02\x28\x01\x32\x05hello"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(
            50000,
            7777,
            &[(
                SRC,
                b"\x08\x96\x01\x12\x07example\x1d\0\0\x80\x3f\x22\x04\x08\x01\x10\x02\x28\x01\x32\x06hello",
            )],
        ),
        Sample::udp(
            50000,
            7777,
            &[(
                SRC,
                b"\x08\x96\x01\x12\x07example\x1d\0\0\x80\x3f\x22\x04\x08\x01\x10\x02\x08\x01\x32\x05hello",
            )],
        ),
    ],
};
