//! Z39.50, search in libraries' catalogues (ISO 23950): initialisation, searches, implementation.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "z3950",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[0xb4..=0xb7])],
    ports: &[210, 2100, 2200, 9991],
    bound: false,
    fields: &["client", "server", "database"],
    head: SHALLOW,
    inspect,
};

/// Elements that a protocol data unit's body must have, in order, by their tags (ISO 23950 s4.1);
/// a reference id may come first.
const REFERENCE: u8 = 0x82;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let tags: &[u8] = match reader.u8() {
        // Initialise: protocol version, options, preferred and exceptional size.
        Some(0xb4 | 0xb5) => &[0x83, 0x84, 0x85, 0x86],
        // Search: small, large and medium set, replace indicator.
        Some(0xb6) => &[0x8d, 0x8e, 0x8f, 0x90],
        // Its answer: count, number returned, next position.
        Some(0xb7) => &[0x97, 0x98, 0x99],
        _ => return Verdict::No,
    };
    let len = match length(&mut reader, look) {
        Ok(len) => len,
        Err(verdict) => return verdict,
    };
    if len < 12 {
        return Verdict::No;
    }
    for tag in tags {
        let Some(mut found) = reader.u8() else { return short(look) };
        if found == REFERENCE && *tag == tags.first().copied().unwrap_or_default() {
            let len = match length(&mut reader, look) {
                Ok(len) => len,
                Err(verdict) => return verdict,
            };
            if reader.take(len).is_none() {
                return short(look);
            }
            found = reader.u8().unwrap_or_default();
        }
        if found != *tag {
            return Verdict::No;
        }
        match length(&mut reader, look) {
            Ok(len @ 1..=8) => {
                if reader.take(len).is_none() {
                    return short(look);
                }
            }
            Ok(_) => return Verdict::No,
            Err(verdict) => return verdict,
        }
    }
    let side = if look.from_src { "client" } else { "server" };
    if let Some(name) = value(reader.rest(), &[0x9f, 111]) {
        findings.note(side, lossy(name, NAME_MAX));
    }
    if let Some(name) = value(reader.rest(), &[0x9f, 105]) {
        findings.note("database", lossy(name, NAME_MAX));
    }
    Verdict::proven("Z39.50 protocol data unit", Want::Reply)
}

fn short(look: &Look<'_>) -> Verdict {
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

/// A BER length of at most two bytes (X.690 s8.1.3).
fn length(reader: &mut Reader<'_>, look: &Look<'_>) -> Result<usize, Verdict> {
    let len = match reader.u8() {
        Some(len @ ..=0x7f) => Some(len.into()),
        Some(0x81) => reader.u8().map(usize::from),
        Some(0x82) => reader.u16().map(usize::from),
        Some(0x80 | 0x83..) => return Err(Verdict::No),
        None => None,
    };
    len.ok_or_else(|| short(look))
}

/// The value after a tag of two bytes.
fn value<'a>(bytes: &'a [u8], tag: &[u8; 2]) -> Option<&'a [u8]> {
    Reader::new(past(bytes, tag)?).block8()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        2210,
        &[
            (SRC, b"\xb4\x1a\x83\x02\x00\xe0\x84\x03\x00\xe9\xa2\x85\x02\x40\x00\x86\x02\x40\x00\x9f\x6f\x03YAZ"),
            (DST, b"\xb5\x1a\x83\x02\x00\xe0\x84\x03\x00\xe9\xa2\x85\x02\x40\x00\x86\x02\x40\x00\x9f\x6f\x03GFS"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        210,
        &[(SRC, b"\xb4\x1a\x83\x02\x00\xe0\x87\x03\x00\xe9\xa2\x85\x02\x40\x00\x86\x02\x40\x00\x9f\x6f\x03YAZ")],
    )],
};
