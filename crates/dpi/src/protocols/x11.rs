//! X Window System (X11 protocol, s8): the connection's setup and its answer.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "x11",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0, 1..=1, 2..=2, b'B'..=b'B', b'l'..=b'l'])],
    ports: &[6000, 6001, 6002, 6003, 6004, 6005, 6010, 6011, 6012, 6013],
    bound: false,
    fields: &["authorization", "refused", "vendor"],
    head: SHALLOW,
    inspect,
};

/// The only version since 1987.
const MAJOR: u16 = 11;

/// X11 s8: failed, success, authenticate; refusal carries its reason.
const FAILED: u8 = 0;
const SUCCESS: u8 = 1;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    match look.bytes {
        [b'B' | b'l', rest @ ..] => setup(look, rest, more, findings),
        [status @ 0..=2, rest @ ..] => answer(look, *status, rest, more, findings),
        _ => Verdict::No,
    }
}

/// Byte order, unused, version 11.0, lengths of the authorization's name and data, unused.
fn setup(look: &Look<'_>, rest: &[u8], more: Verdict, findings: &mut Findings) -> Verdict {
    let little = look.bytes.first() == Some(&b'l');
    let number = |bytes: [u8; 2]| if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
    let mut reader = Reader::new(rest);
    let unused = reader.u8();
    let mut next = || reader.array().map(number);
    let (major, minor, name_len, data_len, end) = (next(), next(), next(), next(), next());
    if unused.is_some_and(|unused| unused != 0)
        || major.is_some_and(|major| major != MAJOR)
        || minor.is_some_and(|minor| minor != 0)
        || name_len.is_some_and(|len| len > 64)
        || data_len.is_some_and(|len| len > 256)
    {
        return Verdict::No;
    }
    let (Some(name_len), Some(0)) = (name_len, end) else {
        return if end.is_none() { more } else { Verdict::No };
    };
    let Some(name) = reader.take(usize::from(name_len)) else { return more };
    if !name.iter().all(u8::is_ascii_graphic) {
        return Verdict::No;
    }
    findings.note("authorization", if name.is_empty() { "none".into() } else { lossy(name, NAME_MAX) });
    // The cookie opens the display to whoever reads it.
    if data_len.is_some_and(|len| len > 0) && name == b"MIT-MAGIC-COOKIE-1" {
        findings.risk(Risk::CleartextCredentials);
    }
    Verdict::proven("connection setup of version 11", Want::Reply)
}

/// Status, length of the reason, version, length in words; the client said the order of bytes.
fn answer(look: &Look<'_>, status: u8, rest: &[u8], more: Verdict, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(rest);
    let (Some(reason_len), Some(major), Some(minor), Some(words)) =
        (reader.u8(), reader.array(), reader.array::<2>(), reader.array())
    else {
        let begun = rest.get(1..3).is_none_or(|major| matches!(major, [0, 11] | [11, 0]));
        return if begun { more } else { Verdict::No };
    };
    let number: fn([u8; 2]) -> u16 = match major {
        [0, 11] => u16::from_be_bytes,
        [11, 0] => u16::from_le_bytes,
        _ => return Verdict::No,
    };
    let words = usize::from(number(words));
    if minor != [0, 0] || (status == FAILED && usize::from(reason_len).div_ceil(4) != words) {
        return Verdict::No;
    }
    if status != SUCCESS {
        return match (status, reader.take(usize::from(reason_len))) {
            (FAILED, Some(reason)) if reason_len > 0 => {
                findings.note("refused", lossy(reason, NAME_MAX));
                Verdict::proven("refusal of a connection with its reason", Want::Nothing)
            }
            (FAILED, None) => more,
            _ => Verdict::No,
        };
    }
    // Release, identifiers, mask, motion; then the vendor's length, and 8 bytes a format.
    let (Some(_), Some(vendor_len)) = (reader.take(16), reader.array().map(number)) else { return more };
    let (Some(_), Some(vendor)) = (reader.take(14), reader.take(usize::from(vendor_len))) else {
        return if look.cut || vendor_len > 256 { Verdict::No } else { Verdict::NeedMore };
    };
    if reason_len != 0 || words < 8 || vendor.is_empty() || !vendor.iter().all(|b| (b' '..=b'~').contains(b))
    {
        return Verdict::No;
    }
    findings.note("vendor", lossy(vendor, NAME_MAX));
    Verdict::proven("setup of a connection with the server's vendor", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 6000, &[
        (SRC, b"l\0\x0b\0\0\0\x12\0\x10\0\0\0MIT-MAGIC-COOKIE-1\0\0aaaabbbbccccdddd"),
        (DST, b"\x01\0\x0b\0\0\0\x10\0\x80\x1a\xb7\0\0\0\x40\0\xff\xff\x1f\0\0\x01\0\0\x07\0\xff\xff\x01\x07\0\0\x20\x20\x08\xff\0\0\0\0X.Org F\0"),
    ]),],
    near_miss: &[Sample::tcp(50000, 6000, &[(SRC, b"l\0\x0a\0\0\0\x12\0\x10\0\0\0MIT-MAGIC-COOKIE-1\0\0aaaabbbbccccdddd")]),],
};
