//! ClickHouse's native protocol: hellos of client and server with versions, database, user.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "clickhouse",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[9000, 9001],
    bound: false,
    fields: &["client", "server", "version", "database", "user"],
    head: SHALLOW,
    inspect,
};

/// What both names begin with.
const NAME: &[u8] = b"ClickHouse";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    reader.u8();
    let Some(name) = text(&mut reader) else {
        let begun = matches!(look.bytes.get(1), None | Some(10..=64))
            && look.bytes.get(2..).unwrap_or_default().iter().zip(NAME).all(|(a, b)| a == b);
        return if begun && look.bytes.len() < 80 { more } else { Verdict::No };
    };
    // Libraries of others name themselves after it or keep the client's name; all send three
    // numbers then.
    if !name.starts_with(NAME) {
        return Verdict::No;
    }
    let (Some(major), Some(minor), Some(_revision)) =
        (number(&mut reader), number(&mut reader), number(&mut reader))
    else {
        return more;
    };
    findings.note("version", format!("{major}.{minor}"));
    if name == NAME {
        findings.note("server", lossy(name, NAME_MAX));
        return Verdict::proven("ClickHouse server's hello", Want::Reply);
    }
    findings.note("client", lossy(name, NAME_MAX));
    for field in ["database", "user"] {
        if let Some(value) = text(&mut reader).filter(|value| !value.is_empty()) {
            findings.note(field, lossy(value, NAME_MAX));
        }
    }
    if text(&mut reader).is_some_and(|password| !password.is_empty()) {
        findings.risk(Risk::CleartextCredentials);
    }
    Verdict::proven("ClickHouse client's hello", Want::Reply)
}

/// A length as a variable number, then the text.
fn text<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = number(reader)?;
    reader.take(usize::try_from(len).ok().filter(|len| *len <= 1024)?)
}

/// LEB128 of up to four bytes.
fn number(reader: &mut Reader<'_>) -> Option<u32> {
    let mut number = 0;
    for shift in [0, 7, 14, 21] {
        let byte = reader.u8()?;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        9002,
        &[
            (SRC, b"\0\x11ClickHouse client\x18\x03\xc2\xa9\x03\x04shop\x03pam\x02pw"),
            (DST, b"\0\x0aClickHouse\x18\x03\xc2\xa9\x03\x03UTC"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        9000,
        &[(SRC, b"\0\x11ClickHorse client\x18\x03\xc2\xa9\x03\x04shop\x03pam\x02pw")],
    )],
};
