//! The Elder Scrolls Online (no public specification): the login with account or session and the client's version.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "elder-scrolls-online",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[24000],
    bound: false,
    fields: &["login", "version"],
    head: SHALLOW,
    inspect,
};

/// The length does not count itself.
const LENGTH: usize = 4;

/// A login is longer than this, and shorter than the head that is kept.
const LENGTHS: std::ops::RangeInclusive<usize> = 100..=4000;

const PRODUCT: &[u8] = b"eso.live";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some((len, channel, kind, inner)) = header(&mut reader) else {
        // Three bytes of zeros are what is left of most other protocols.
        return if look.bytes.len() < 12 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // Two lengths that count the same message, the inner one without the header between them.
    if !LENGTHS.contains(&len) || (channel, kind) != (1, 1) || inner.saturating_add(8) != len {
        return Verdict::No;
    }
    if look.bytes.len() < len.saturating_add(LENGTH) && !look.cut {
        return Verdict::NeedMore;
    }
    let _opcode = reader.u16();
    let Some(login) = reader.block16().filter(|login| is_name(login)) else { return Verdict::No };
    findings.note("login", lossy(login, NAME_MAX));
    if let Some(version) = reader.block16().filter(|version| version.starts_with(PRODUCT)) {
        findings.note("version", lossy(version, NAME_MAX));
    }
    Verdict::proven("login message with two lengths that agree", Want::Nothing)
}

fn header(reader: &mut Reader<'_>) -> Option<(usize, u16, u16, usize)> {
    let len = usize::try_from(reader.array().map(u32::from_be_bytes)?).ok()?;
    let (channel, kind) = (reader.u16()?, reader.u16()?);
    Some((len, channel, kind, usize::try_from(reader.array().map(u32::from_be_bytes)?).ok()?))
}

fn is_name(bytes: &[u8]) -> bool {
    (3..=64).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 24504, &[(SRC, b"\0\0\0\x74\0\x01\0\x01\0\0\0\x6c\x01\x10\0\x08advent00\0\x10eso.live.9.3.6.1\x06\xb5\x0a\xe0\0\0\0\x80\0\0\0\x8b\x78\x9c\x01\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),],
    near_miss: &[Sample::tcp(50000, 24504, &[(SRC, b"\0\0\0\x74\0\x01\0\x01\0\0\0\x6d\x01\x10\0\x08advent00\0\x10eso.live.9.3.6.1\x06\xb5\x0a\xe0\0\0\0\x80\0\0\0\x8b\x78\x9c\x01\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),],
};
