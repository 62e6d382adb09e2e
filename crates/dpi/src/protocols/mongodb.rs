//! MongoDB wire protocol (OP_QUERY, OP_REPLY, OP_MSG, OP_COMPRESSED): command, database, client.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mongodb",
    category: "database",
    encrypted: false,
    // The length's low byte.
    over: &[(Transport::Tcp, ANY)],
    ports: &[27017, 27018, 27019],
    bound: false,
    fields: &["command", "database", "collection", "application", "driver", "mechanism"],
    head: SHALLOW,
    inspect,
};

mod opcode {
    pub(super) const REPLY: u32 = 1;
    pub(super) const UPDATE: u32 = 2001;
    pub(super) const INSERT: u32 = 2002;
    pub(super) const QUERY: u32 = 2004;
    pub(super) const GET_MORE: u32 = 2005;
    pub(super) const KILL_CURSORS: u32 = 2007;
    pub(super) const COMPRESSED: u32 = 2012;
    pub(super) const MSG: u32 = 2013;
}

const HEADER_LEN: u32 = 16;

/// maxMessageSizeBytes.
const LONGEST: u32 = 48_000_000;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(len), Some(_ids), Some(code)) = (u32_le(&mut reader), reader.array::<8>(), u32_le(&mut reader))
    else {
        // The length's highest byte.
        let fits = look.bytes.get(3).is_none_or(|high| *high <= 2);
        return if fits && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !(HEADER_LEN + 4..=LONGEST).contains(&len) {
        return Verdict::No;
    }
    let body = reader.up_to(usize::try_from(len - HEADER_LEN).unwrap_or(usize::MAX));
    let known = match code {
        opcode::MSG => message(body, findings),
        opcode::QUERY | opcode::UPDATE | opcode::INSERT | opcode::GET_MORE => query(code, body, findings),
        opcode::REPLY => is_reply(body),
        opcode::COMPRESSED => is_compressed(body),
        opcode::KILL_CURSORS => Some(matches!(body, [0, 0, 0, 0, _, _, 0, 0, ..])),
        _ => return Verdict::No,
    };
    match known {
        Some(true) => Verdict::proven("MongoDB message", Want::Reply),
        None if !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

/// OP_MSG: flags and sections; the first of kind 0 is the command or its answer.
fn message(body: &[u8], findings: &mut Findings) -> Option<bool> {
    let mut reader = Reader::new(body);
    let flags = u32_le(&mut reader)?;
    let kind = reader.u8()?;
    // Of the lower 16 bits only two may be set; bit 16 allows an exhaust cursor.
    if flags & !0x1_0003 != 0 || kind > 1 {
        return Some(false);
    }
    if kind == 1 {
        let size = u32_le(&mut reader)?;
        return Some((5..LONGEST).contains(&size) && reader.u8()?.is_ascii_alphabetic());
    }
    command(reader.rest(), findings)
}

/// OP_QUERY and its kin: flags or a zero, then `database.collection`.
fn query(code: u32, body: &[u8], findings: &mut Findings) -> Option<bool> {
    let mut reader = Reader::new(body);
    let flags = u32_le(&mut reader)?;
    if flags > 0xff {
        return Some(false);
    }
    let name = until_nul(&mut reader)?;
    let Some(dot) =
        name.iter().position(|byte| *byte == b'.').filter(|_| name.iter().all(u8::is_ascii_graphic))
    else {
        return Some(false);
    };
    let (database, collection) = name.split_at_checked(dot)?;
    if code == opcode::QUERY && collection == b".$cmd" {
        reader.array::<8>()?;
        command(reader.rest(), findings)?;
    } else if let Some(collection) = collection.strip_prefix(b".") {
        findings.note("collection", lossy(collection, NAME_MAX));
    }
    findings.note("database", lossy(database, NAME_MAX));
    Some(true)
}

/// OP_REPLY: flags, cursor, position, count, documents.
fn is_reply(body: &[u8]) -> Option<bool> {
    let mut reader = Reader::new(body);
    let flags = u32_le(&mut reader)?;
    reader.array::<8>()?;
    let (_from, count) = (u32_le(&mut reader)?, u32_le(&mut reader)?);
    let documents = match count {
        0 => reader.is_empty(),
        _ => is_document(reader.rest())? && reader.rest().get(4) != Some(&0),
    };
    Some(flags <= 0xf && count < 1 << 20 && documents)
}

/// OP_COMPRESSED: the opcode within, the size, and which compressor.
fn is_compressed(body: &[u8]) -> Option<bool> {
    let mut reader = Reader::new(body);
    let (inner, size, compressor) = (u32_le(&mut reader)?, u32_le(&mut reader)?, reader.u8()?);
    Some(matches!(inner, opcode::REPLY | 2001..=2013) && size <= LONGEST && compressor <= 3)
}

fn is_document(bytes: &[u8]) -> Option<bool> {
    let mut reader = Reader::new(bytes);
    let (len, first) = (u32_le(&mut reader)?, reader.u8()?);
    Some((5..LONGEST).contains(&len) && matches!(first, 0..=0x13 | 0x7f | 0xff))
}

/// A command's document: its first element is the command, `$db` the database.
fn command(bytes: &[u8], findings: &mut Findings) -> Option<bool> {
    if !is_document(bytes)? {
        return Some(false);
    }
    let mut elements = Elements::new(bytes);
    let Some((name, value)) = elements.next() else { return Some(bytes.get(4) == Some(&0)) };
    if !name.iter().all(|byte| byte.is_ascii_graphic()) {
        return Some(false);
    }
    // Answers say `ok` or have documents that begin with other things; a command is named first.
    if name != b"ok" {
        findings.note("command", lossy(name, NAME_MAX));
        if let Value::Text(collection) = value {
            findings.note("collection", lossy(collection, NAME_MAX));
        }
    }
    for (name, value) in elements {
        match (name, value) {
            (b"$db", Value::Text(text)) => findings.note("database", lossy(text, NAME_MAX)),
            (b"mechanism", Value::Text(text)) => findings.note("mechanism", lossy(text, NAME_MAX)),
            (b"client", Value::Document(client)) => hello(client, findings),
            _ => {}
        }
    }
    Some(true)
}

/// The client's handshake document: application and driver.
fn hello(client: &[u8], findings: &mut Findings) {
    for (part, value) in Elements::new(client) {
        let Value::Document(document) = value else { continue };
        let field = match part {
            b"application" => "application",
            b"driver" => "driver",
            _ => continue,
        };
        for (name, value) in Elements::new(document) {
            if let (b"name", Value::Text(text)) = (name, value) {
                findings.note(field, lossy(text, NAME_MAX));
            }
        }
    }
}

/// The elements of a BSON document, as far as they are there.
struct Elements<'a>(Reader<'a>);

enum Value<'a> {
    Text(&'a [u8]),
    Document(&'a [u8]),
    Other,
}

impl<'a> Elements<'a> {
    fn new(document: &'a [u8]) -> Self {
        let mut reader = Reader::new(document);
        let len = u32_le(&mut reader).and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
        Self(Reader::new(reader.up_to(len.saturating_sub(4))))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let reader = &mut self.0;
        let kind = reader.u8().filter(|kind| *kind != 0)?;
        let name = until_nul(reader)?;
        let value = match kind {
            // String, JavaScript, symbol.
            0x02 | 0x0d | 0x0e => {
                let len = usize::try_from(u32_le(reader)?).ok()?;
                Value::Text(reader.take(len)?.split_last().map_or(&[][..], |(_, text)| text))
            }
            0x03 | 0x04 => {
                let rest = reader.rest();
                let len = usize::try_from(u32_le(reader)?).ok()?;
                reader.take(len.checked_sub(4)?)?;
                Value::Document(rest.get(..len)?)
            }
            0x05 => {
                let len = usize::try_from(u32_le(reader)?).ok()?;
                reader.take(len.checked_add(1)?)?;
                Value::Other
            }
            0x01 | 0x09 | 0x11 | 0x12 => reader.array::<8>().map(|_| Value::Other)?,
            0x06 | 0x0a | 0x7f | 0xff => Value::Other,
            0x07 => reader.array::<12>().map(|_| Value::Other)?,
            0x08 => reader.u8().map(|_| Value::Other)?,
            0x10 => reader.array::<4>().map(|_| Value::Other)?,
            0x13 => reader.array::<16>().map(|_| Value::Other)?,
            _ => return None,
        };
        Some((name, value))
    }
}

fn until_nul<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.rest().iter().position(|byte| *byte == 0)?;
    let text = reader.take(len)?;
    reader.u8()?;
    Some(text)
}

fn u32_le(reader: &mut Reader<'_>) -> Option<u32> {
    reader.array().map(u32::from_le_bytes)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            27020,
            &[(
                SRC,
                b"\x3b\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x26\0\0\0\x02find\0\x05\0\0\0cats\0\
                  \x02$db\0\x05\0\0\0shop\0\0",
            )],
        ),
        Sample::tcp(
            50000,
            27017,
            &[(
                SRC,
                b"\x3a\0\0\0\x01\0\0\0\0\0\0\0\xd4\x07\0\0\0\0\0\0admin.$cmd\0\0\0\0\0\x01\0\0\0\
                  \x13\0\0\0\x10isMaster\0\x01\0\0\0\0",
            )],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            27017,
            &[(SRC, b"\x3a\0\0\0\x01\0\0\0\0\0\0\0\xde\x07\0\0\0\0\0\0admin.$cmd\0\0\0\0\0\x01\0\0\0\x13\0\0\0")],
        ),
        Sample::tcp(
            50000,
            27017,
            &[(SRC, b"\x3a\0\0\0\x01\0\0\0\0\0\0\0\xd4\x07\0\0\0\0\0\0admin\x01$cmd\0\0\0\0\0\x01\0\0\0\x13\0\0\0")],
        ),
    ],
};
