//! SMB 2 and 3 ([MS-SMB2] s2.2): dialect, session setup, tree connect, create.

use super::ntlm;
use crate::protocol::Findings;
use crate::reader::Reader;
use crate::text::{NAME_MAX, utf16};

const HEADER_LEN: usize = 64;

/// Commands.
const NEGOTIATE: u16 = 0;
const SESSION_SETUP: u16 = 1;
const TREE_CONNECT: u16 = 3;
const CREATE: u16 = 5;

/// Flags: from the server.
const RESPONSE: u8 = 1;

/// Messages that are chained in one (s3.2.4.1.4).
const MOST_CHAINED: usize = 8;

pub(super) fn read(message: &[u8], findings: &mut Findings) {
    let mut rest = message;
    for _ in 0..MOST_CHAINED {
        let Some(header) = rest.first_chunk::<HEADER_LEN>() else { return };
        let mut reader = Reader::new(header.get(12..).unwrap_or_default());
        let command = reader.array().map(u16::from_le_bytes);
        reader.array::<2>();
        let (Some(command), Some([flags, ..]), Some(next)) =
            (command, reader.array::<4>(), reader.array().map(u32::from_le_bytes))
        else {
            return;
        };
        if flags & RESPONSE != 0 {
            response(command, rest, findings);
        } else {
            request(command, rest, findings);
        };
        let next = usize::try_from(next).unwrap_or(0);
        if next < HEADER_LEN {
            return;
        }
        rest = rest.get(next..).unwrap_or_default();
    }
}

fn request(command: u16, message: &[u8], findings: &mut Findings) {
    let body = message.get(HEADER_LEN..).unwrap_or_default();
    match command {
        SESSION_SETUP => ntlm::find(body, findings),
        // Size, flags, then where the path lies.
        TREE_CONNECT => {
            if let Some(path) = text(message, body, 4) {
                findings.add("share", path);
            }
        }
        CREATE => {
            if let Some(name) = text(message, body, 44).filter(|name| !name.is_empty()) {
                findings.add("file", name);
            }
        }
        _ => {}
    }
}

fn response(command: u16, message: &[u8], findings: &mut Findings) {
    let body = message.get(HEADER_LEN..).unwrap_or_default();
    match command {
        NEGOTIATE => {
            let Some([65, 0, mode, 0, low, high]) = body.first_chunk() else { return };
            let dialect = match u16::from_le_bytes([*low, *high]) {
                0x0202 => "2.0.2",
                0x0210 => "2.1",
                0x02ff => "2",
                0x0300 => "3.0",
                0x0302 => "3.0.2",
                0x0311 => "3.1.1",
                _ => return,
            };
            findings.note("dialect", dialect);
            findings.note("signing", if mode & 2 != 0 { "required" } else { "optional" });
        }
        SESSION_SETUP => ntlm::find(body, findings),
        _ => {}
    }
}

/// The text whose offset, counted from the header, and length stand at this place of the body.
fn text(message: &[u8], body: &[u8], place: usize) -> Option<Box<str>> {
    let mut reader = Reader::new(body.get(place..)?);
    let offset = usize::from(reader.array().map(u16::from_le_bytes)?);
    let len = usize::from(reader.array().map(u16::from_le_bytes)?);
    Some(utf16(message.get(offset..)?.get(..len)?, NAME_MAX))
}
