//! PostgreSQL (frontend/backend protocol 3.0, PostgreSQL manual ch. 54): startup, wish for TLS,
//! authentication, messages of a connection joined later.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "postgresql",
    category: "database",
    encrypted: false,
    over: &[(
        Transport::Tcp,
        &[
            0..=0,
            b'1'..=b'3',
            b'A'..=b'I',
            b'K'..=b'K',
            b'N'..=b'N',
            b'P'..=b'T',
            b'X'..=b'Z',
            b'c'..=b'd',
            b'p'..=b'p',
        ],
    )],
    ports: &[5432, 6432],
    bound: false,
    fields: &["user", "database", "application", "server_version", "auth", "starttls", "error"],
    head: SHALLOW,
    inspect,
};

/// Codes in place of the protocol version (ch. 54.7).
const CANCEL: u32 = 80_877_102;
const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
const VERSION_3: u32 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes.first() {
        Some(0) => startup(look, findings),
        // The one byte that answers a wish for encryption; what follows it comes much later.
        Some(b'S' | b'N' | b'G') if look.bytes.len() == 1 => wished(look, findings),
        Some(b'S') if look.bytes.get(1..3).is_some_and(|record| record == [0x16, 3]) => {
            let rest = look.bytes.get(1..).unwrap_or_default();
            match super::tls::inside(look, rest, findings) {
                Some(want) => Verdict::proven("TLS after PostgreSQL's agreement", want),
                None => Verdict::No,
            }
        }
        Some(b'N') if look.bytes.get(1).is_some_and(|byte| matches!(byte, b'R' | b'E')) => {
            messages(look, look.bytes.get(1..).unwrap_or_default(), findings)
        }
        _ => messages(look, look.bytes, findings),
    }
}

/// The client's first message has no type.
fn startup(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some([0, 0, high, low]), Some(code)) = (reader.array(), reader.array().map(u32::from_be_bytes))
    else {
        let fits = look.bytes.iter().take(2).all(|byte| *byte == 0) && look.bytes.len() < 8;
        return if fits && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let len = usize::from(u16::from_be_bytes([high, low]));
    match (code, len) {
        (SSL | GSS, 8) => encryption(look, reader.rest(), findings),
        (CANCEL, 16) => Verdict::proven("PostgreSQL request to cancel", Want::Nothing),
        (version, 9..) if version >> 16 == VERSION_3 && version & 0xffff < 16 => {
            let body = reader.up_to(len.saturating_sub(8));
            if body.len() < len.saturating_sub(8) && !look.cut {
                return Verdict::NeedMore;
            }
            parameters(body, findings)
        }
        _ => Verdict::No,
    }
}

/// StartupMessage: names and values in turn.
fn parameters(body: &[u8], findings: &mut Findings) -> Verdict {
    let mut words = body.split(|byte| *byte == 0);
    let mut known = false;
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        let field = match name {
            b"user" => "user",
            b"database" => "database",
            b"application_name" => "application",
            _ => continue,
        };
        known = true;
        findings.note(field, lossy(value, NAME_MAX));
    }
    if known { Verdict::proven("PostgreSQL startup message", Want::Reply) } else { Verdict::No }
}

/// What follows the client's wish for TLS: nothing yet, a hello, or the startup after a refusal.
fn encryption(look: &Look<'_>, rest: &[u8], findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "PostgreSQL wish for encryption";
    match rest.first() {
        // The server agrees and TLS begins, or refuses and a startup message follows.
        None => Verdict::proven(EVIDENCE, Want::Rest),
        Some(0) => match startup(&look.inside(rest), findings) {
            Verdict::NeedMore => Verdict::proven(EVIDENCE, Want::Rest),
            Verdict::No => Verdict::proven(EVIDENCE, Want::Nothing),
            found @ Verdict::Match { .. } => found,
        },
        Some(_) => {
            findings.note("starttls", true);
            Verdict::proven(EVIDENCE, super::tls::inside(look, rest, findings).unwrap_or(Want::Reply))
        }
    }
}

/// A lone letter says something only as an answer.
fn wished(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let asked = matches!(look.other.get(..8), Some([0, 0, 0, 8, code @ ..]) if code == SSL.to_be_bytes() || code == GSS.to_be_bytes());
    match look.bytes {
        b"S" | b"G" if asked => {
            findings.note("starttls", true);
            Verdict::proven("PostgreSQL agreement to encryption", Want::Rest)
        }
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

/// Messages with a type: how many follow one another, and what they say.
fn messages(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(bytes);
    let mut whole = 0_u32;
    let mut telling = false;
    while let Some(kind) = reader.u8() {
        let Some([0, high, middle, low]) = reader.array() else {
            if reader.rest().len() >= 4 || whole == 0 && reader.rest().first().is_some_and(|byte| *byte != 0)
            {
                return Verdict::No;
            }
            break;
        };
        let len = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let Some(size) = len.checked_sub(4) else { return Verdict::No };
        let body = reader.up_to(size);
        if !is_possible(kind, size, body) {
            return Verdict::No;
        }
        if body.len() < size {
            break;
        }
        whole += 1;
        telling |= is_telling(kind, size, body);
        if let Some(verdict) = read(kind, body, findings) {
            return verdict;
        }
    }
    if telling && (whole > 1 || look.hinted) {
        Verdict::proven("PostgreSQL messages", Want::Reply)
    } else if whole > 2 || (telling || whole > 1) && look.hinted {
        Verdict::likely("PostgreSQL messages", Want::Reply)
    } else if look.cut {
        Verdict::No
    } else {
        Verdict::NeedMore
    }
}

/// The sizes that the manual gives for messages of fixed size, and a bit of the others.
fn is_possible(kind: u8, size: usize, body: &[u8]) -> bool {
    match kind {
        b'1' | b'2' | b'3' | b'n' | b's' | b'H' | b'c' => size == 0 || kind == b'H' && size < 4096,
        b'S' => size == 0 || size > 2 && body.first().is_some_and(u8::is_ascii_alphabetic),
        b'Z' => size == 1 && body.first().is_none_or(|state| matches!(state, b'I' | b'T' | b'E')),
        b'K' => (8..=260).contains(&size),
        b'R' => (4..=8192).contains(&size) && matches!(body.get(..3), None | Some([0, 0, 0])),
        b'X' => size == 0,
        b'T' | b't' | b'D' | b'd' => size < 1 << 24,
        b'C' | b'E' | b'N' | b'P' | b'B' | b'p' | b'Q' | b'F' | b'A' | b'G' => (1..1 << 20).contains(&size),
        _ => false,
    }
}

/// Messages whose content is more than a number.
fn is_telling(kind: u8, size: usize, body: &[u8]) -> bool {
    let text = |bytes: &[u8]| matches!(bytes.split_last(), Some((0, text)) if text.len() > 4 && text.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..)));
    match kind {
        b'Z' => size == 1,
        b'R' => matches!(body, [0, 0, 0, 0..=12, ..]),
        b'Q' | b'C' => text(body),
        b'p' => body.starts_with(b"md5") && size == 36 || body.starts_with(b"SCRAM-"),
        b'P' => body.iter().filter(|byte| **byte == 0).count() >= 2 && body.len() > 12,
        b'E' => body.first() == Some(&b'S') && body.ends_with(&[0, 0]),
        b'S' => size > 4 && body.ends_with(&[0]),
        _ => false,
    }
}

/// Notes what is worth it, and decides where the message alone does.
fn read(kind: u8, body: &[u8], findings: &mut Findings) -> Option<Verdict> {
    match (kind, body) {
        (b'R', [0, 0, 0, method, ..]) => {
            let name = match method {
                0 => "none",
                2 => "kerberos",
                3 => {
                    findings.risk(Risk::CleartextCredentials);
                    "password"
                }
                5 => "md5",
                7 | 8 => "gss",
                9 => "sspi",
                10..=12 => "sasl",
                _ => return Some(Verdict::No),
            };
            if *method != 0 || findings.noted("auth").is_none() {
                findings.note("auth", name);
            }
            None
        }
        (b'S', _) if body.starts_with(b"server_version\0") => {
            let version = body.get(15..).and_then(|rest| rest.split(|byte| *byte == 0).next());
            findings.note("server_version", lossy(version.unwrap_or_default(), NAME_MAX));
            Some(Verdict::proven("PostgreSQL server parameters", Want::Reply))
        }
        (b'E', [b'S', ..]) => {
            let message = body.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(b"M"))?;
            findings.note("error", lossy(message, NAME_MAX));
            Some(Verdict::proven("PostgreSQL error message", Want::Reply))
        }
        _ => None,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            5433,
            &[
                (SRC, b"\0\0\0\x08\x04\xd2\x16\x2f"),
                (DST, b"N"),
                (SRC, b"\0\0\0\x2c\0\x03\0\0user\0pam\0database\0shop\0client_x\0y\0\0"),
                (DST, b"R\0\0\0\x08\0\0\0\x03"),
            ],
        ),
        Sample::tcp(50000, 5432, &[(DST, b"T\0\0\0\x06\0\0C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I")]),
        Sample::tcp(50000, 5432, &[(SRC, b"Q\0\0\0\x0eselect 1;\0")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 5432, &[(SRC, b"\0\0\0\x08\x04\xd2\x16\x39")]),
        Sample::tcp(50000, 5432, &[(DST, b"T\0\0\0\x06\0\0C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05q")]),
    ],
};
