//! Tabular Data Stream, Microsoft SQL Server ([MS-TDS]): prelogin, login, batches, answers.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, utf16};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tds",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=1, 3..=4, 6..=7, 14..=14, 16..=18])],
    ports: &[1433, 1434],
    bound: false,
    fields: &[
        "client_host",
        "user",
        "application",
        "server",
        "library",
        "database",
        "version",
        "procedure",
        "starttls",
    ],
    head: SHALLOW,
    inspect,
};

/// Packet types ([MS-TDS] s2.2.3.1.1).
mod kind {
    pub(super) const BATCH: u8 = 1;
    pub(super) const RPC: u8 = 3;
    pub(super) const RESULT: u8 = 4;
    pub(super) const ATTENTION: u8 = 6;
    pub(super) const BULK: u8 = 7;
    pub(super) const TRANSACTION: u8 = 14;
    pub(super) const LOGIN: u8 = 16;
    pub(super) const SSPI: u8 = 17;
    pub(super) const PRELOGIN: u8 = 18;
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut first = true;
    loop {
        let verdict = packet(look, &mut reader, findings);
        // A login follows the prelogin in the same direction.
        match verdict {
            Verdict::Match { want: Want::Rest, .. } if !reader.is_empty() && first => first = false,
            Verdict::No | Verdict::NeedMore if !first => {
                return Verdict::proven(
                    "TDS prelogin",
                    if verdict == Verdict::No { Want::Reply } else { Want::Rest },
                );
            }
            _ => return verdict,
        }
    }
}

fn packet(look: &Look<'_>, reader: &mut Reader<'_>, findings: &mut Findings) -> Verdict {
    let start = *reader;
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let (Some([kind, status]), Some(len)) = (reader.array(), reader.u16()) else { return more };
    // Status has five bits in use; the window is always zero.
    if status > 0x1f || len < 8 {
        return Verdict::No;
    }
    let Some([_, _, _, window]) = reader.array::<4>() else { return more };
    if window != 0 {
        return Verdict::No;
    }
    let size = usize::from(len).saturating_sub(8);
    let body = reader.up_to(size);
    let begun = body.len() < 32 || matches!(kind, kind::LOGIN | kind::PRELOGIN);
    if body.len() < size && !look.cut && begun {
        *reader = start;
        return Verdict::NeedMore;
    }
    match kind {
        kind::PRELOGIN => prelogin(look, body, findings),
        kind::LOGIN => login(body, findings),
        kind::BATCH => batch(look, body),
        kind::RPC => procedure(look, body, findings),
        kind::RESULT => result(look, body),
        kind::TRANSACTION if is_headed(body) => Verdict::proven("TDS transaction request", Want::Reply),
        kind::SSPI if body.starts_with(b"NTLMSSP\0") => Verdict::proven("NTLM in TDS", Want::Reply),
        kind::BULK if look.hinted && body.first() == Some(&0x81) => {
            Verdict::likely("TDS bulk load", Want::Reply)
        }
        kind::ATTENTION if look.hinted && body.is_empty() && status == 1 => {
            Verdict::likely("TDS attention signal", Want::Reply)
        }
        _ => Verdict::No,
    }
}

/// [MS-TDS] s2.2.6.5: options with offset and length up to 0xff; later TLS records.
fn prelogin(look: &Look<'_>, body: &[u8], findings: &mut Findings) -> Verdict {
    if let [0x16, 3, ..] = body {
        findings.note("starttls", true);
        return Verdict::proven(
            "TLS in TDS",
            super::tls::inside(look, body, findings).unwrap_or(Want::Reply),
        );
    }
    match version(body) {
        Some(version) => {
            if look.from_src {
                findings.note("version", version);
            }
            Verdict::proven("TDS prelogin", Want::Rest)
        }
        None => Verdict::No,
    }
}

/// The version that a prelogin message names, if it is one.
fn version(body: &[u8]) -> Option<String> {
    let mut reader = Reader::new(body);
    let mut version = None;
    for expected in 0..10 {
        let token = reader.u8()?;
        if token == 0xff {
            return version;
        }
        let (offset, len) = (reader.u16()?, reader.u16()?);
        let value = body.get(usize::from(offset)..)?.get(..usize::from(len))?;
        if expected == 0 {
            match (token, value) {
                (0, [major, minor, high, low, _, _]) => {
                    version = Some(format!("{major}.{minor}.{}", u16::from_be_bytes([*high, *low])));
                }
                _ => return None,
            }
        } else if token == 0 || token > 8 {
            return None;
        }
    }
    None
}

/// [MS-TDS] s2.2.6.4: LOGIN7, names by offset and length in characters.
fn login(body: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body);
    let len = reader.array().map(u32::from_le_bytes);
    let version = reader.array().map(u32::from_le_bytes);
    let sizes = reader.array::<28>();
    // TDS 7.0 to 7.4 and what may follow.
    if !matches!(version, Some(0x7000_0000..=0x7fff_ffff | 0x0100_0070..=0x0f00_0087))
        || !len.is_some_and(|len| (94..=1 << 17).contains(&len))
        || sizes.is_none()
    {
        return Verdict::No;
    }
    let fields = ["client_host", "user", "", "application", "server", "", "library", "", "database"];
    for field in fields {
        let (Some(offset), Some(chars)) =
            (reader.array().map(u16::from_le_bytes), reader.array().map(u16::from_le_bytes))
        else {
            break;
        };
        let text = body
            .get(usize::from(offset)..)
            .and_then(|rest| rest.get(..usize::from(chars).saturating_mul(2)))
            .unwrap_or_default();
        if !field.is_empty() && !text.is_empty() {
            findings.note(field, utf16(text, NAME_MAX));
        }
    }
    // The password is only scrambled: nibbles swapped, then XORed with 0xa5.
    if body.get(46..48).is_some_and(|chars| chars != [0, 0]) {
        findings.risk(Risk::CleartextCredentials);
    }
    Verdict::proven("TDS login", Want::Reply)
}

/// [MS-TDS] s2.2.5.3: ALL_HEADERS with the transaction descriptor, since TDS 7.2.
fn is_headed(body: &[u8]) -> bool {
    matches!(body, [total, 0, 0, 0, header, 0, 0, 0, 1..=3, 0, ..] if *total >= 10 && header < total)
}

fn batch(look: &Look<'_>, body: &[u8]) -> Verdict {
    if is_headed(body) {
        Verdict::proven("TDS batch", Want::Reply)
    } else if is_utf16(body, 4) {
        if look.hinted {
            Verdict::proven("TDS batch in UTF-16", Want::Reply)
        } else {
            Verdict::likely("TDS batch in UTF-16", Want::Reply)
        }
    } else {
        Verdict::No
    }
}

/// [MS-TDS] s2.2.6.6: a procedure by name, or by number after 0xffff.
fn procedure(look: &Look<'_>, body: &[u8], findings: &mut Findings) -> Verdict {
    let headed = is_headed(body);
    let total = if headed { body.first().map_or(0, |total| usize::from(*total)) } else { 0 };
    let mut reader = Reader::new(body.get(total..).unwrap_or_default());
    let chars = reader.array().map(u16::from_le_bytes);
    let name = match chars {
        Some(0xffff) => &[][..],
        Some(chars @ 1..=256) => reader.up_to(usize::from(chars) * 2),
        _ => return Verdict::No,
    };
    if !name.is_empty() && !is_utf16(name, 1) {
        return Verdict::No;
    }
    if !name.is_empty() {
        findings.note("procedure", utf16(name, NAME_MAX));
    }
    if headed || name.len() > 6 {
        Verdict::proven("TDS procedure call", Want::Reply)
    } else if look.hinted && matches!(reader.array(), Some([1..=15, 0])) {
        Verdict::likely("TDS procedure call", Want::Reply)
    } else {
        Verdict::No
    }
}

/// [MS-TDS] s2.2.7: tokens that an answer begins with; a prelogin is answered in its own form.
fn result(look: &Look<'_>, body: &[u8]) -> Verdict {
    if version(body).is_some() {
        return Verdict::proven("TDS answer to prelogin", Want::Reply);
    }
    let mut reader = Reader::new(body);
    let fits = match reader.u8() {
        // Messages, acknowledgements, changes: the length, then the rest.
        Some(0xaa | 0xab | 0xad | 0xe3) => {
            let len = reader.array().map(u16::from_le_bytes);
            len.is_some_and(|len| (4..2048).contains(&len) && usize::from(len) <= reader.rest().len().max(64))
        }
        // Done in its three forms: status, command, count.
        Some(0xfd..=0xff) => matches!(reader.array(), Some([_, 0..=3, _, _])) && body.len() >= 9,
        Some(0x81) => matches!(reader.array(), Some([_, 0..=16])) && body.len() > 8,
        Some(0x79) => body.len() >= 5,
        _ => false,
    };
    match fits {
        true if look.hinted => Verdict::proven("TDS answer", Want::Reply),
        _ => Verdict::No,
    }
}

/// Characters of the Basic Latin block, at least so many.
fn is_utf16(bytes: &[u8], least: usize) -> bool {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.len() >= least
        && pairs.iter().take(16).all(|pair| matches!(pair, [b'\t' | b'\r' | b'\n' | b' '..=b'~', 0]))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1533,
            &[(SRC, b"\x12\x01\0\x1a\0\0\x01\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x11\x09\x10\x01\0\0\0")],
        ),
        Sample::tcp(50000, 1433, &[(SRC, b"\x01\x01\0\x14\0\0\x01\0s\0e\0l\0e\0c\0t\0")]),
        Sample::tcp(
            50000,
            1433,
            &[(SRC, b"\x03\x01\0\x26\0\0\x01\0\x16\0\0\0\x12\0\0\0\x02\0\0\0\0\0\0\0\0\0\x01\0\0\0\xff\xff\x0d\0\0\0\0\0")],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            1433,
            &[(SRC, b"\x12\x01\0\x1a\0\0\x01\0\0\0\x5b\0\x06\x01\0\x11\0\x01\xff\x11\x09\x10\x01\0\0\0")],
        ),
        Sample::tcp(50000, 1433, &[(SRC, b"\x01\x01\0\x14\0\0\x01\x07s\0e\0l\0e\0c\0t\0")]),
    ],
};
