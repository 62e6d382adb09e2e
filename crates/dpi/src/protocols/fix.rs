//! Financial Information eXchange (FIX 4.0 to 5.0, FIXT): version, parties, message types.

use crate::dialogue::{is_word, number};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "fix",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'8'..=b'8'])],
    ports: &[],
    bound: false,
    fields: &["version", "sender", "target", "user", "types"],
    head: SHALLOW,
    inspect,
};

const SEPARATOR: u8 = 1;

/// Every message begins with version and length, and nearly every one goes on with its type
/// (FIX 4.4 vol. 1, "Standard message header").
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut fields = look.bytes.split(|byte| *byte == SEPARATOR);
    let (version, length) = (fields.next().unwrap_or_default(), fields.next());
    let version = version.strip_prefix(b"8=").unwrap_or(if version == b"8" { b"" } else { b"\0" });
    if version.len() > 12 || !(version.is_empty() || is_word(version)) {
        return Verdict::No;
    }
    let whole = look.bytes.iter().filter(|byte| **byte == SEPARATOR).count() >= 2;
    if !whole {
        let begun = length.is_none_or(|length| {
            b"9=".starts_with(length) || length.strip_prefix(b"9=").is_some_and(|len| number(len).is_some())
        });
        return if begun && look.bytes.len() < 32 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    }
    let sized = length
        .and_then(|length| length.strip_prefix(b"9="))
        .is_some_and(|length| length.len() <= 8 && number(length).is_some());
    if !sized || version.is_empty() {
        return Verdict::No;
    }
    findings.note("version", lossy(version, NAME_MAX));
    for field in fields {
        let mut parts = field.splitn(2, |byte| *byte == b'=');
        let (tag, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match tag {
            b"35" if is_word(value) => findings.add("types", lossy(value, NAME_MAX)),
            b"49" => findings.note("sender", lossy(value, NAME_MAX)),
            b"56" => findings.note("target", lossy(value, NAME_MAX)),
            b"553" => findings.note("user", lossy(value, NAME_MAX)),
            b"554" if !value.is_empty() => findings.risk(Risk::CleartextCredentials),
            _ => {}
        }
    }
    let settled = look.cut || findings.noted("sender").is_some() || look.bytes.len() > 512;
    Verdict::proven("FIX version and length", if settled { Want::Reply } else { Want::Rest })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        9876,
        &[(
            SRC,
            b"8=FIX.4.4\x019=65\x0135=A\x0149=BUYER\x0156=SELLER\x0134=1\x0198=0\x01108=30\x0110=062\x01",
        )],
    )],
    near_miss: &[
        Sample::tcp(50000, 9876, &[(SRC, b"8=FIX.4.4|9=65|35=A|")]),
        Sample::tcp(50000, 9876, &[(SRC, b"8=FIX.4.4\x017=65\x0135=A\x01")]),
    ],
};
