//! NTLM ([MS-NLMP] s2.2.1): who logs in, wherever the messages are carried.

use crate::protocol::Findings;
use crate::reader::Reader;
use crate::text::{self, NAME_MAX, lossy, utf16};

const SIGNATURE: &[u8] = b"NTLMSSP\0";
const CHALLENGE: u32 = 2;
const AUTHENTICATE: u32 = 3;

/// How far into a message it may begin: SPNEGO (RFC 4178) wraps it.
const FURTHEST: usize = 512;

/// Notes domain, user and workstation of an AUTHENTICATE message in the bytes, and the server's
/// name of a CHALLENGE.
pub(in super::super) fn find(bytes: &[u8], findings: &mut Findings) {
    let searched = bytes.get(..FURTHEST.min(bytes.len())).unwrap_or_default();
    let Some(at) = text::find(searched, SIGNATURE) else { return };
    let message = bytes.get(at..).unwrap_or_default();
    match field(message, 8) {
        Some(AUTHENTICATE) => {
            let unicode = message.get(60).is_some_and(|flags| flags & 1 != 0);
            for (name, place) in [("domain", 28), ("user", 36), ("host", 44)] {
                if let Some(value) = payload(message, place).filter(|value| !value.is_empty()) {
                    let value = if unicode { utf16(value, NAME_MAX) } else { lossy(value, NAME_MAX) };
                    findings.note(name, value);
                }
            }
        }
        Some(CHALLENGE) => {
            if let Some(value) = payload(message, 12).filter(|value| !value.is_empty()) {
                findings.note("server", utf16(value, NAME_MAX));
            }
        }
        _ => {}
    }
}

/// Length, allocated length, offset from the message's beginning.
fn payload(message: &[u8], place: usize) -> Option<&[u8]> {
    let len = Reader::new(message.get(place..)?).array().map(u16::from_le_bytes)?;
    let offset = usize::try_from(field(message, place.checked_add(4)?)?).ok()?;
    message.get(offset..)?.get(..usize::from(len))
}

fn field(message: &[u8], place: usize) -> Option<u32> {
    Reader::new(message.get(place..)?).array().map(u32::from_le_bytes)
}
