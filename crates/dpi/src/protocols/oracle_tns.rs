//! Oracle Transparent Network Substrate: connect data, answers, and data packets.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "oracle-tns",
    category: "database",
    encrypted: false,
    // The length's high byte: packets are at most 8 KiB by default, 32 KiB in practice.
    over: &[(Transport::Tcp, &[0..=0x7f])],
    ports: &[1521, 1522, 1525, 1526, 1527, 2483],
    bound: false,
    fields: &["version", "service", "sid", "program", "client_host", "user", "error"],
    head: SHALLOW,
    inspect,
};

mod kind {
    pub(super) const CONNECT: u8 = 1;
    pub(super) const ACCEPT: u8 = 2;
    pub(super) const REFUSE: u8 = 4;
    pub(super) const REDIRECT: u8 = 5;
    pub(super) const DATA: u8 = 6;
    pub(super) const RESEND: u8 = 11;
    pub(super) const MARKER: u8 = 12;
}

/// Begins the negotiation of native encryption and integrity.
const NEGOTIATION: &[u8] = &[0xde, 0xad, 0xbe, 0xef];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some([a, b, c, d]), Some([kind, flags, 0, 0])) = (reader.array::<4>(), reader.array::<4>()) else {
        let begun = matches!(look.bytes, [0, 0, ..] | [_, _, 0, 0, ..] | [_, _, 0] | [_, _] | [_]);
        return if begun && look.bytes.len() < 8 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // Length and a checksum that is not used, or since version 315 a length of four bytes.
    let len = match (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])) {
        (0, len) if kind == kind::DATA || kind == kind::MARKER => usize::from(len),
        (len, 0) => usize::from(len),
        _ => return Verdict::No,
    };
    if len < 8 || flags & 0x1f != 0 {
        return Verdict::No;
    }
    let body = reader.up_to(len.saturating_sub(8));
    let whole = body.len() == len.saturating_sub(8);
    if !whole && !look.cut && kind != kind::DATA {
        return Verdict::NeedMore;
    }
    match kind {
        kind::CONNECT => connect(look, body, reader.rest(), findings),
        kind::ACCEPT if is_version(body) && body.len() >= 16 => {
            Verdict::proven("Oracle TNS acceptance", Want::Reply)
        }
        kind::REFUSE | kind::REDIRECT => answer(kind, body, findings),
        kind::RESEND if body.is_empty() && look.hinted => {
            Verdict::likely("Oracle TNS resend request", Want::Reply)
        }
        kind::DATA => data(look, body, len),
        kind::MARKER if whole && len == 11 && look.hinted && matches!(body, [0 | 1, 0, 1..=3]) => {
            Verdict::likely("Oracle TNS marker", Want::Reply)
        }
        _ => Verdict::No,
    }
}

fn is_version(body: &[u8]) -> bool {
    matches!(Reader::new(body).u16(), Some(300..=330))
}

/// The connect data lies where the header says, or follows in a packet of its own.
fn connect(look: &Look<'_>, body: &[u8], rest: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body);
    let (Some(version), Some(compatible)) = (reader.u16(), reader.u16()) else { return Verdict::No };
    if !(300..=330).contains(&version) || !(300..=version).contains(&compatible) {
        return Verdict::No;
    }
    let mut reader = Reader::new(body.get(16..).unwrap_or_default());
    let (Some(size), Some(offset)) = (reader.u16(), reader.u16()) else { return Verdict::No };
    let inside = usize::from(offset).checked_sub(8).and_then(|offset| body.get(offset..)).unwrap_or_default();
    let text = if inside.is_empty() { rest.get(10..).unwrap_or_default() } else { inside };
    findings.note("version", version);
    if text.is_empty() && size > 0 && !look.cut {
        return Verdict::proven("Oracle TNS connect packet", Want::Rest);
    }
    for (key, field) in
        [(&b"SERVICE_NAME="[..], "service"), (b"(SID=", "sid"), (b"PROGRAM=", "program"), (b"USER=", "user")]
    {
        if let Some(value) = value(text, key) {
            findings.note(field, lossy(value, NAME_MAX));
        }
    }
    // The client's own host is named with its program; the one before is the server's.
    if let Some(host) = find(text, b"(CID=").and_then(|from| value(text.get(from..)?, b"HOST=")) {
        findings.note("client_host", lossy(host, NAME_MAX));
    }
    Verdict::proven("Oracle TNS connect packet", Want::Reply)
}

/// Refusals and redirections carry text in the same parentheses.
fn answer(kind: u8, body: &[u8], findings: &mut Findings) -> Verdict {
    let Some(at) = body.iter().take(5).position(|byte| *byte == b'(') else { return Verdict::No };
    let text = body.get(at..).unwrap_or_default();
    if text.len() < 5 || !text.iter().all(|byte| (b' '..=b'~').contains(byte) || matches!(byte, b'\n' | 0)) {
        return Verdict::No;
    }
    if let (kind::REFUSE, Some(code)) = (kind, value(text, b"ERR=").or_else(|| value(text, b"CODE="))) {
        findings.note("error", lossy(code, NAME_MAX));
    }
    Verdict::proven("Oracle TNS refusal or redirection", Want::Reply)
}

/// Data packets have flags of their own, which are nearly always zero.
fn data(look: &Look<'_>, body: &[u8], len: usize) -> Verdict {
    match body {
        [0, 0, rest @ ..] if rest.starts_with(NEGOTIATION) => {
            Verdict::proven("negotiation of encryption in Oracle TNS", Want::Reply)
        }
        // The function's code; a call has a sequence number after it.
        [0, 0, 1..=17, ..] if look.hinted && len > 10 && (body.len() + 8 == len || len >= 1024) => {
            Verdict::likely("Oracle TNS data", Want::Reply)
        }
        _ => Verdict::No,
    }
}

/// What stands between `key` and the next parenthesis.
fn value<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let rest = text.get(find(text, key)?.checked_add(key.len())?..)?;
    rest.split(|byte| *byte == b')').next().filter(|value| !value.is_empty())
}

fn find(text: &[u8], key: &[u8]) -> Option<usize> {
    text.windows(key.len()).position(|window| window.eq_ignore_ascii_case(key))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1530,
            &[(
                SRC,
                b"\0\x77\0\0\x01\0\0\0\x01\x3b\x01\x2c\0\0\x20\0\xff\xff\x7f\x08\0\0\0\x01\0\x31\0\x46\0\0\x02\0\
                  \x41\x41\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x20\0\0\x20\0\0\0\0\0\
                  (CONNECT_DATA=(SID=shop)(CID=(PROGRAM=x)(HOST=y)))",
            )],
        ),
        Sample::tcp(50000, 1521, &[(DST, b"\0\x1c\0\0\x04\0\0\0\x22\0\0\x10(ERR=12514)\0\0\0\0\0")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 1521, &[(SRC, b"\0\x74\0\0\x01\0\0\0\x09\x3b\x01\x2c\0\0\x20\0\xff\xff\x7f\x08\0\0")]),
        Sample::tcp(50000, 1521, &[(DST, b"\0\x14\0\0\x04\0\0\0\x22\0\0\x10<ERR=12514>")]),
    ],
};
