//! Service Location Protocol versions 1 (RFC 2165) and 2 (RFC 2608): what is looked for or offered.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "slp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=2]), (Transport::Tcp, &[1..=2])],
    ports: &[427],
    bound: false,
    fields: &["version", "function", "service_type", "scopes", "url", "attributes"],
    head: SHALLOW,
    inspect,
};

/// RFC 2608 s8; version 1 knows the first ten.
const FUNCTIONS: [&str; 11] = [
    "service-request",
    "service-reply",
    "service-registration",
    "service-deregistration",
    "service-acknowledge",
    "attribute-request",
    "attribute-reply",
    "directory-agent-advertisement",
    "service-type-request",
    "service-type-reply",
    "service-agent-advertisement",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (version, function) = (reader.u8(), reader.u8());
    let Some(name) = function.map(|function| FUNCTIONS.get(usize::from(function).wrapping_sub(1)).copied())
    else {
        return unfinished(look);
    };
    let Some(name) = name else { return Verdict::No };
    let header = if version == Some(2) { version_2(&mut reader) } else { version_1(&mut reader) };
    let Some((len, sound)) = header else { return unfinished(look) };
    // Over TCP another message may follow, or the rest of this one.
    let (there, tcp) = (look.bytes.len(), look.transport == Transport::Tcp);
    let exact = len == there || (look.cut || tcp) && len > there || tcp && look.hinted;
    if !sound || !exact {
        return Verdict::No;
    }
    if tcp && len > there && !look.cut {
        return Verdict::proven("SLP header", Want::Rest);
    }
    findings.note("function", name);
    findings.note("version", version.unwrap_or(1));
    if let (Some(2), Some(function)) = (version, function) {
        read_body(function, reader, findings);
    }
    Verdict::proven("SLP header that counts all there is", Want::Reply)
}

fn unfinished(look: &Look<'_>) -> Verdict {
    if look.transport == Transport::Tcp && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

/// RFC 2608 s8: length, flags of which 13 are reserved, offset of extensions, number, language.
fn version_2(reader: &mut Reader<'_>) -> Option<(usize, bool)> {
    let (len, flags, extension, _number) = (reader.u24()?, reader.u16()?, reader.u24()?, reader.u16()?);
    let language = reader.block16()?;
    let sound = flags & 0x1fff == 0
        && (extension == 0 || extension < len)
        && (2..=35).contains(&language.len())
        && language.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    Some((len, sound))
}

/// RFC 2165 s4: length, flags, dialect 0, a language of two letters, its encoding, number.
fn version_1(reader: &mut Reader<'_>) -> Option<(usize, bool)> {
    let (len, flags, dialect) = (reader.u16()?, reader.u8()?, reader.u8()?);
    let (language, encoding, _number) = (reader.array::<2>()?, reader.u16()?, reader.u16()?);
    let letters = language.iter().all(u8::is_ascii_alphabetic);
    Some((usize::from(len), flags & 0x07 == 0 && dialect == 0 && letters && encoding < 3000))
}

/// RFC 2608 s8, s10: strings after their lengths.
fn read_body(function: u8, mut reader: Reader<'_>, findings: &mut Findings) {
    match function {
        1 | 6 => {
            let _responders = reader.block16();
            note(findings, if function == 1 { "service_type" } else { "url" }, reader.block16());
            note(findings, "scopes", reader.block16());
        }
        2 => {
            let (_error, _count) = (reader.u16(), reader.u16());
            note(findings, "url", url_entry(&mut reader));
        }
        3 => {
            note(findings, "url", url_entry(&mut reader));
            note(findings, "service_type", reader.block16());
            note(findings, "scopes", reader.block16());
            note(findings, "attributes", reader.block16());
        }
        7 => {
            let _error = reader.u16();
            note(findings, "attributes", reader.block16());
        }
        8 => {
            let (_error, _boot) = (reader.u16(), reader.u32());
            note(findings, "url", reader.block16());
            note(findings, "scopes", reader.block16());
        }
        10 => {
            let _error = reader.u16();
            note(findings, "service_type", reader.block16());
        }
        11 => {
            note(findings, "url", reader.block16());
            note(findings, "scopes", reader.block16());
            note(findings, "attributes", reader.block16());
        }
        _ => {}
    }
}

/// RFC 2608 s4.3.
fn url_entry<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let (_reserved, _lifetime) = (reader.u8()?, reader.u16()?);
    let url = reader.block16()?;
    let _signatures = reader.u8();
    Some(url)
}

fn note(findings: &mut Findings, field: &'static str, text: Option<&[u8]>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        findings.note(field, lossy(text, if field == "attributes" { TEXT_MAX } else { NAME_MAX }));
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            427,
            &[(SRC, b"\x02\x01\0\0\x31\x20\0\0\0\0\x12\x34\0\x02en\0\0\0\x0fservice:printer\0\x07default\0\0\0\0\0")],
        ),
        Sample::udp(50000, 427, &[(SRC, b"\x01\x06\0\x1e\0\0en\0\x03\x12\x34\0\0\0\x08service:\0\0\0\0\0\0")]),
        Sample::tcp(50000, 427, &[(SRC, b"\x02\x09\0\0\x1e\0\0\0\0\0\x12\x34\0\x02en\xff\xff\0\0\0\x07default\0")]),
    ],
    near_miss: &[
        Sample::udp(
            50000,
            427,
            &[(SRC, b"\x02\x01\0\0\x31\x20\x01\0\0\0\x12\x34\0\x02en\0\0\0\x0fservice:printer\0\x07default\0\0\0\0\0")],
        ),
        Sample::udp(50000, 427, &[(SRC, b"\x01\x06\0\x1d\0\0en\0\x03\x12\x34\0\0\0\x08service:\0\0\0\0\0\0")]),
    ],
};
