//! Layer Two Tunneling Protocol versions 2 (RFC 2661) and 3 (RFC 3931): its control messages.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "l2tp",
    category: "tunnel",
    encrypted: false,
    // T, L, S; without T a data message with its length.
    over: &[(Transport::Udp, &[CONTROL..=CONTROL, 0x40..=0x4f])],
    ports: &[1701],
    bound: false,
    fields: &["version", "message", "host", "vendor"],
    head: SHALLOW,
    inspect,
};

/// RFC 2661 s3.1: type, length and sequence bits are set in every control message.
const CONTROL: u8 = 0xc8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [first, version @ 2..=3, high, low, rest @ ..] = look.bytes else { return Verdict::No };
    let len = usize::from(u16::from_be_bytes([*high, *low]));
    if len != look.bytes.len() && !(look.cut && len > look.bytes.len()) {
        return Verdict::No;
    }
    if *first != CONTROL {
        return data(look, *first, *version, rest, findings);
    }
    // Identifiers and two numbers; then AVPs, the first of which is the type of the message.
    let Some((_, avps)) = rest.split_first_chunk::<8>() else { return Verdict::No };
    if !avps.is_empty() && !matches!(avps, [0x80, 8, 0, 0, 0, 0, 0, _, ..]) {
        return Verdict::No;
    }
    if avps.is_empty() && !look.hinted {
        // An acknowledgement alone.
        return Verdict::No;
    }
    findings.note("version", *version);
    let mut reader = Reader::new(avps);
    // RFC 2661 s4.1: six bits and a length, vendor, type.
    while let (Some(bits), Some(vendor), Some(kind)) = (reader.u16(), reader.u16(), reader.u16()) {
        let Some(value) = usize::from(bits & 0x3ff).checked_sub(6).and_then(|len| reader.take(len)) else {
            break;
        };
        match (vendor, kind, value) {
            (0, 0, [_, message]) => findings.note("message", name(*message)),
            (0, 7, _) => findings.note("host", lossy(value, NAME_MAX)),
            (0, 8, _) => findings.note("vendor", lossy(value, NAME_MAX)),
            _ => {}
        }
    }
    Verdict::proven("L2TP control message", Want::Reply)
}

/// A PPP frame behind the identifiers, or an acknowledgement of the sequence.
fn data(look: &Look<'_>, first: u8, version: u8, rest: &[u8], findings: &mut Findings) -> Verdict {
    // RFC 2661 s3.1: reserved bits are zero; S and O say whether there are numbers and an offset.
    let numbers = if first & 0x08 != 0 { 4 } else { 0 };
    let offset = if first & 0x02 != 0 { 2 } else { 0 };
    let frame = rest.get(4 + numbers + offset..).unwrap_or_default();
    if version != 2 || first & 0x34 != 0 || !look.hinted || !frame.starts_with(&[0xff, 3]) {
        return Verdict::No;
    }
    findings.note("version", version);
    Verdict::proven("PPP frame in an L2TP data message", Want::Nothing)
}

/// RFC 2661 s3.2.
fn name(message: u8) -> Box<str> {
    let name = match message {
        1 => "sccrq",
        2 => "sccrp",
        3 => "scccn",
        4 => "stopccn",
        6 => "hello",
        7 => "ocrq",
        8 => "ocrp",
        9 => "occn",
        10 => "icrq",
        11 => "icrp",
        12 => "iccn",
        14 => "cdn",
        15 => "wen",
        16 => "sli",
        _ => return message.to_string().into(),
    };
    name.into()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        1701,
        1701,
        &[(SRC, b"\xc8\x02\0\x1e\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x01\x80\x0a\0\0\0\x07lac1")],
    )],
    near_miss: &[
        Sample::udp(
            1701,
            1701,
            &[(SRC, b"\xc8\x02\0\x1f\0\0\0\0\0\0\0\0\x80\x08\0\0\0\0\0\x01\x80\x0a\0\0\0\x07lac1")],
        ),
        Sample::udp(
            1701,
            1701,
            &[(SRC, b"\xc8\x02\0\x1e\0\0\0\0\0\0\0\0\x80\x08\0\0\0\x01\0\x01\x80\x0a\0\0\0\x07lac1")],
        ),
    ],
};
