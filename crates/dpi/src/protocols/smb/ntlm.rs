//! NTLM ([MS-NLMP] s2.2.1): who logs in, wherever the messages are carried.

use crate::protocol::Findings;
use crate::reader::Reader;
use crate::text::{self, NAME_MAX, lossy, utf16};

const SIGNATURE: &[u8] = b"NTLMSSP\0";
const CHALLENGE: u32 = 2;
const AUTHENTICATE: u32 = 3;

/// How far into a message it may begin: SPNEGO (RFC 4178) wraps it.
const FURTHEST: usize = 512;

/// s2.2.2.5 NTLMSSP_NEGOTIATE_VERSION: the version (s2.2.2.10) of the sender's system is there.
const HAS_VERSION: u32 = 0x0200_0000;

/// Notes domain, user, workstation and system version of an AUTHENTICATE message in the bytes, and
/// what a CHALLENGE says of the server: its target, its own name, its system version.
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
            note_version(message, 60, 64, "client_version", findings);
        }
        Some(CHALLENGE) => {
            if let Some(value) = payload(message, 12).filter(|value| !value.is_empty()) {
                findings.note("server", utf16(value, NAME_MAX));
            }
            if let Some(name) = payload(message, 40).and_then(computer) {
                findings.note("server_name", utf16(name, NAME_MAX));
            }
            note_version(message, 20, 48, "server_version", findings);
        }
        _ => {}
    }
}

/// Major and minor version and build, if the flags say that they are there and they are not zero, as
/// Samba sends them.
fn note_version(message: &[u8], flags: usize, place: usize, name: &'static str, findings: &mut Findings) {
    if field(message, flags).is_none_or(|flags| flags & HAS_VERSION == 0) {
        return;
    }
    if let Some([major @ 5..=10, minor, low, high, 0, 0, 0, _]) =
        message.get(place..).and_then(<[u8]>::first_chunk)
    {
        findings.note(name, format!("{major}.{minor}.{}", u16::from_le_bytes([*low, *high])));
    }
}

/// The server's own name among the attributes of the target (s2.2.2.1): by NetBIOS, else by DNS.
fn computer(attributes: &[u8]) -> Option<&[u8]> {
    const NETBIOS: u16 = 1;
    const DNS: u16 = 3;
    let mut reader = Reader::new(attributes);
    let mut by_dns = None;
    // Some ten kinds are defined.
    for _ in 0..16 {
        let id = reader.array().map(u16::from_le_bytes)?;
        let len = reader.array().map(u16::from_le_bytes)?;
        let value = reader.take(usize::from(len))?;
        match id {
            0 => break,
            NETBIOS if !value.is_empty() => return Some(value),
            DNS if !value.is_empty() => by_dns = Some(value),
            _ => {}
        }
    }
    by_dns
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
