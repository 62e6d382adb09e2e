//! Cassandra's native protocol, CQL binary v1 to v5, and the messages between its nodes: startup,
//! driver, authentication.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cassandra",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=6, 0x81..=0x86, 0xca..=0xca])],
    ports: &[9042, 7000, 7001, 9142],
    bound: false,
    fields: &["version", "cql_version", "driver", "driver_version", "authenticator", "user", "error"],
    head: SHALLOW,
    inspect,
};

/// Begins every connection between nodes (MessagingService.PROTOCOL_MAGIC).
const NODES: &[u8] = &[0xca, 0x55, 0x2d, 0xfa];

const RESPONSE: u8 = 0x80;

/// native_protocol_v5.spec s2.4.
mod opcode {
    pub(super) const ERROR: u8 = 0x00;
    pub(super) const STARTUP: u8 = 0x01;
    pub(super) const READY: u8 = 0x02;
    pub(super) const AUTHENTICATE: u8 = 0x03;
    pub(super) const OPTIONS: u8 = 0x05;
    pub(super) const SUPPORTED: u8 = 0x06;
    pub(super) const QUERY: u8 = 0x07;
    pub(super) const RESULT: u8 = 0x08;
    pub(super) const PREPARE: u8 = 0x09;
    pub(super) const REGISTER: u8 = 0x0b;
    pub(super) const AUTH_RESPONSE: u8 = 0x0f;
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() == NODES.first() {
        return match look.bytes.get(..4) {
            Some(NODES) => Verdict::proven("magic number of Cassandra's nodes", Want::Nothing),
            None if NODES.starts_with(look.bytes) && !look.cut => Verdict::NeedMore,
            _ => Verdict::No,
        };
    }
    let mut reader = Reader::new(look.bytes);
    let mut evidence = None;
    while !reader.is_empty() {
        match frame(look, &mut reader, findings) {
            Verdict::Match { sure, evidence: found, want } => {
                evidence = Some((sure, found));
                if want == Want::Reply {
                    return Verdict::Match { sure, evidence: found, want };
                }
            }
            Verdict::No if evidence.is_none() => return Verdict::No,
            Verdict::No => break,
            Verdict::NeedMore => {
                return evidence.map_or(Verdict::NeedMore, |(sure, evidence)| Verdict::Match {
                    sure,
                    evidence,
                    want: Want::Rest,
                });
            }
        }
    }
    evidence.map_or(Verdict::No, |(sure, evidence)| Verdict::Match { sure, evidence, want: Want::Rest })
}

/// One frame; [`Want::Reply`] once the login is over.
fn frame(look: &Look<'_>, reader: &mut Reader<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let (Some(version), Some(flags)) = (reader.u8(), reader.u8()) else { return more };
    // Flags: compression, tracing, payload, warnings, beta.
    if flags > 0x1f || !matches!(version & !RESPONSE, 1..=6) {
        return Verdict::No;
    }
    // The stream's number grew to two bytes with version 3.
    let stream = if version & !RESPONSE < 3 { reader.take(1) } else { reader.take(2) };
    let (Some(_), Some(code)) = (stream, reader.u8()) else { return more };
    let responds = version & RESPONSE != 0;
    let fits = match code {
        opcode::ERROR | opcode::READY | opcode::AUTHENTICATE | opcode::SUPPORTED | opcode::RESULT => responds,
        0x0c | 0x0e | 0x10 => responds,
        opcode::STARTUP | opcode::OPTIONS | opcode::QUERY | opcode::PREPARE | opcode::REGISTER => !responds,
        0x04 | 0x0a | 0x0d | opcode::AUTH_RESPONSE => !responds,
        _ => false,
    };
    if !fits {
        return Verdict::No;
    }
    let Some(len) = reader.array().map(u32::from_be_bytes) else { return more };
    // native_protocol_v5.spec s2.5: at most 256 MB.
    if len > 256 << 20 {
        return Verdict::No;
    }
    let size = usize::try_from(len).unwrap_or(usize::MAX);
    let body = reader.up_to(size);
    let whole = body.len() == size;
    if !whole && !look.cut && body.len() < 1024 {
        return Verdict::NeedMore;
    }
    let compressed = flags & 1 != 0;
    let verdict = content(look, code, body, whole, compressed, findings);
    if matches!(verdict, Verdict::Match { .. }) {
        findings.note("version", version & !RESPONSE);
    }
    verdict
}

fn content(
    look: &Look<'_>,
    code: u8,
    body: &[u8],
    whole: bool,
    compressed: bool,
    findings: &mut Findings,
) -> Verdict {
    match code {
        opcode::OPTIONS | opcode::READY if body.is_empty() => match look.hinted {
            true => Verdict::proven("empty frame of Cassandra at its port", Want::Rest),
            false => Verdict::likely("empty frame of Cassandra", Want::Rest),
        },
        opcode::STARTUP if !compressed => match startup(body, findings) {
            Some(()) => Verdict::proven("Cassandra startup", Want::Rest),
            None => Verdict::No,
        },
        opcode::SUPPORTED if holds(body, b"CQL_VERSION") => {
            Verdict::proven("Cassandra's options", Want::Rest)
        }
        opcode::AUTHENTICATE => match Reader::new(body).block16() {
            Some(class) if is_text(class) && class.contains(&b'.') => {
                findings.note("authenticator", lossy(class, NAME_MAX));
                Verdict::proven("Cassandra authenticator", Want::Rest)
            }
            _ => Verdict::No,
        },
        opcode::AUTH_RESPONSE => auth_response(body, findings),
        opcode::ERROR => match (body.get(..4), Reader::new(body.get(4..).unwrap_or_default()).block16()) {
            (Some([0, 0, 0..=0x25, _]), Some(text)) if is_text(text) => {
                findings.note("error", lossy(text, NAME_MAX));
                Verdict::proven("Cassandra error", Want::Reply)
            }
            _ => Verdict::No,
        },
        opcode::QUERY | opcode::PREPARE if !compressed => match Reader::new(body).array::<4>() {
            Some([0, 0, ..]) if is_text(body.get(4..36.min(body.len())).unwrap_or_default()) => {
                Verdict::proven("CQL query", Want::Reply)
            }
            _ => Verdict::No,
        },
        opcode::RESULT if !compressed => match body.get(..4) {
            Some([0, 0, 0, 1..=5]) => Verdict::proven("Cassandra result", Want::Reply),
            _ => Verdict::No,
        },
        // native_protocol_v5.spec s4.1.8: names of events.
        opcode::REGISTER if holds(body, b"_CHANGE") => {
            Verdict::proven("Cassandra registration for events", Want::Reply)
        }
        _ if look.hinted && whole && !body.is_empty() => Verdict::likely("frame of Cassandra", Want::Rest),
        _ => Verdict::No,
    }
}

/// A string map (s4.1.1).
fn startup(body: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(body);
    let count = reader.u16().filter(|count| (1..=16).contains(count))?;
    let mut known = None;
    for _ in 0..count {
        let (name, value) = (reader.block16()?, reader.block16()?);
        let field = match name {
            b"CQL_VERSION" => {
                known = Some(());
                "cql_version"
            }
            b"DRIVER_NAME" => "driver",
            b"DRIVER_VERSION" => "driver_version",
            _ => continue,
        };
        findings.note(field, lossy(value, NAME_MAX));
    }
    known
}

/// PasswordAuthenticator takes SASL PLAIN (RFC 4616): zero, user, zero, password.
fn auth_response(body: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body);
    let len = reader.array().map(u32::from_be_bytes);
    if len.and_then(|len| usize::try_from(len).ok()) != Some(reader.rest().len()) {
        return Verdict::No;
    }
    let mut words = reader.rest().split(|byte| *byte == 0);
    if let (Some([]), Some(user), Some(_password)) = (words.next(), words.next(), words.next()) {
        findings.note("user", lossy(user, NAME_MAX));
        findings.risk(Risk::CleartextCredentials);
    }
    Verdict::proven("Cassandra login", Want::Reply)
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~'))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            9043,
            &[
                (SRC, b"\x04\0\0\0\x05\0\0\0\0"),
                (SRC, b"\x04\0\0\x01\x01\0\0\0\x16\0\x01\0\x0bCQL_VERSION\0\x053.4.5"),
                (DST, b"\x84\0\0\x01\x02\0\0\0\0"),
                (SRC, b"\x04\0\0\x02\x0f\0\0\0\x0c\0\0\0\x08\0pam\0abc"),
            ],
        ),
        Sample::tcp(50000, 7000, &[(SRC, b"\xca\x55\x2d\xfa\x0c\x0a")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 9042, &[(SRC, b"\x04\0\0\0\x02\0\0\0\0")]),
        Sample::tcp(50000, 7000, &[(SRC, b"\xca\x55\x2d\xfb\x0c\x0a")]),
    ],
};
