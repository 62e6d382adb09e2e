//! MapleStory (no public specification): the server's hello with version and initial vectors.

#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "maplestory",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[13..=16])],
    ports: &[7575, 8484],
    bound: false,
    fields: &["version", "locale"],
    head: SHALLOW,
    inspect,
};

/// Digits of the minor version, besides what else the hello has.
const MINOR: std::ops::RangeInclusive<usize> = 1..=3;
const OTHERS: usize = 13;

/// Regions that the game is run in.
const LOCALES: std::ops::RangeInclusive<u8> = 1..=9;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut number = || reader.array().map(u16::from_le_bytes);
    let (Some(len), version, minor_len) = (number(), number(), number()) else { return more(look) };
    let minor = usize::from(len).checked_sub(OTHERS).filter(|minor| MINOR.contains(minor));
    let Some(minor) = minor else { return Verdict::No };
    if version.is_some_and(|version| !(1..=400).contains(&version))
        || minor_len.is_some_and(|len| usize::from(len) != minor)
    {
        return Verdict::No;
    }
    let (Some(version), Some(_)) = (version, minor_len) else { return more(look) };
    let (Some(digits), vectors) = (reader.take(minor), reader.take(8)) else { return more(look) };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Verdict::No;
    }
    let (Some(_), Some(locale)) = (vectors, reader.u8()) else { return more(look) };
    // Everything after it is encrypted, and the client's turn.
    if !LOCALES.contains(&locale) || !reader.is_empty() {
        return Verdict::No;
    }
    findings.note("version", format!("{version}.{}", lossy(digits, NAME_MAX)));
    findings.note("locale", locale);
    Verdict::proven("hello of its own length with version and locale", Want::Nothing)
}

fn more(look: &Look<'_>) -> Verdict {
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        8484,
        &[(DST, b"\x0e\0\x3a\0\x01\x002\x11\x22\x33\x44\x55\x66\x77\x88\x08")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        8484,
        &[(DST, b"\x0e\0\x3a\0\x01\x00x\x11\x22\x33\x44\x55\x66\x77\x88\x08")],
    )],
};
