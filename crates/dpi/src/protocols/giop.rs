//! CORBA's General Inter-ORB Protocol 1.0 to 1.2 (OMG), also over multicast (MIOP) and compressed
//! (ZIOP): message type, operation.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "giop",
    category: "network",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'G'..=b'G', b'Z'..=b'Z']), (Transport::Udp, &[b'G'..=b'G', b'M'..=b'M'])],
    ports: &[683, 2809, 900],
    bound: false,
    fields: &["version", "message", "operation"],
    head: SHALLOW,
    inspect,
};

const MESSAGES: [&str; 8] = [
    "Request",
    "Reply",
    "CancelRequest",
    "LocateRequest",
    "LocateReply",
    "CloseConnection",
    "MessageError",
    "Fragment",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = match look.bytes.strip_prefix(b"MIOP") {
        None => look.bytes,
        // Version 1.0, flags, two lengths, the packets' numbers, an identifier after its length.
        Some([0x10, flags, rest @ ..]) if flags & !3 == 0 && rest.len() > 14 => {
            return match rest.windows(4).take(300).position(|window| window == b"GIOP") {
                Some(at) => message(rest.get(at..).unwrap_or_default(), findings),
                None => Verdict::proven("MIOP packet", Want::Nothing),
            };
        }
        Some(_) => return Verdict::No,
    };
    match bytes {
        [b'G' | b'Z', b'I', b'O', b'P', _, _, _, _, _, _, _, _, ..] => message(bytes, findings),
        _ if !look.cut
            && (b"GIOP".starts_with(bytes.get(..4).unwrap_or(bytes))
                || b"ZIOP".starts_with(bytes.get(..4).unwrap_or(bytes))) =>
        {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

fn message(bytes: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(bytes.get(4..).unwrap_or_default());
    let Some([1, minor @ 0..=3, flags, kind]) = reader.array() else { return Verdict::No };
    let Some(name) = MESSAGES.get(usize::from(kind)) else { return Verdict::No };
    findings.note("version", format!("1.{minor}"));
    findings.note("message", *name);
    reader.array::<4>();
    let mut body = Cdr { reader, at: 0, little: flags & 1 != 0 };
    if kind == 0
        && bytes.first() == Some(&b'G')
        && let Some(operation) =
            if minor >= 2 { operation_1_2(&mut body) } else { operation_1_0(&mut body, minor) }
    {
        findings.note("operation", lossy(operation, NAME_MAX));
    }
    Verdict::proven("GIOP header", Want::Reply)
}

/// Request id, flags, target (by its key), operation.
fn operation_1_2<'a>(body: &mut Cdr<'a>) -> Option<&'a [u8]> {
    body.u32()?;
    body.take(4)?;
    // Other targets than by key are profiles.
    let addressing = body.u32()?;
    if !matches!(addressing, 0 | 0x1_0000) && addressing & 0xffff != 0 && addressing >> 16 != 0 {
        return None;
    }
    body.block()?;
    text(body)
}

/// Service contexts, request id, whether an answer is wanted, key, operation.
fn operation_1_0<'a>(body: &mut Cdr<'a>, minor: u8) -> Option<&'a [u8]> {
    let contexts = body.u32()?;
    for _ in 0..contexts.min(16) {
        body.u32()?;
        body.block()?;
    }
    body.u32()?;
    body.take(if minor == 0 { 1 } else { 4 })?;
    body.block()?;
    text(body)
}

fn text<'a>(body: &mut Cdr<'a>) -> Option<&'a [u8]> {
    let name = body.block()?.strip_suffix(&[0])?;
    name.iter().all(u8::is_ascii_graphic).then_some(name)
}

/// Common data representation: numbers are aligned to their size.
struct Cdr<'a> {
    reader: Reader<'a>,
    at: usize,
    little: bool,
}

impl<'a> Cdr<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        self.at = self.at.checked_add(len)?;
        self.reader.take(len)
    }

    fn u32(&mut self) -> Option<u32> {
        // The header has 12 bytes, so the alignment is the body's own.
        self.take(self.at.wrapping_neg() % 4)?;
        let bytes = *self.take(4)?.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn block(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()?;
        self.take(usize::try_from(len).ok()?)
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            50001,
            &[(
                SRC,
                b"GIOP\x01\x02\0\0\0\0\0\x1d\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0\0\x04mykeyy\0\0\0\x05work\0",
            )],
        ),
        Sample::udp(
            50000,
            5000,
            &[(SRC, b"MIOP\x10\x03\x10\0\0\0\0\0\x01\0\0\0\x04\0\0\0abcdGIOP\x01\x02\x01\0\0\0\0\0")],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, 2809, &[(SRC, b"GIOP\x01\x02\0\x09\0\0\0\x1d\0\0\0\x03\x03\0\0\0\0\0\0\0")]),
        Sample::udp(50000, 5000, &[(SRC, b"MIOP\x11\x03\x10\0\0\0\0\0\x01\0\0\0\x04\0\0\0abcd")]),
    ],
};
