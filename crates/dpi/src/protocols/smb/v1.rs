//! SMB 1 ([MS-CIFS] s2.2.4): negotiated dialect, session setup, tree connect, file names.

use super::ntlm;
use crate::protocol::Findings;
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy, utf16};

const NEGOTIATE: u8 = 0x72;
const SESSION_SETUP: u8 = 0x73;
const TREE_CONNECT: u8 = 0x75;
const NT_CREATE: u8 = 0xa2;

/// Flags: a reply. Flags2: text in UTF-16.
const REPLY: u8 = 0x80;
const UNICODE: u8 = 0x80;

/// Behind magic, command, status, flags, and what is not used here.
const HEADER_LEN: usize = 32;

pub(super) fn read(message: &[u8], findings: &mut Findings) {
    let Some([_, _, _, _, command, _, _, _, _, flags, _, flags2, ..]) = message.first_chunk::<HEADER_LEN>()
    else {
        return;
    };
    let (command, reply, unicode) = (*command, flags & REPLY != 0, flags2 & UNICODE != 0);
    let Some((words, data, at)) = blocks(message) else { return };
    if reply && command != NEGOTIATE {
        // A server that goes on in SMB 1 has agreed to it.
        findings.risk(Risk::Smb1);
        findings.note("dialect", "1");
    }
    let text = Text { unicode };
    match (command, reply) {
        (NEGOTIATE, false) => findings.note("dialect", "1"),
        (SESSION_SETUP, false) => setup(words, data, at, text, findings),
        (SESSION_SETUP, true) => {
            ntlm::find(data, findings);
            if words.len() == 6 {
                native(text.strings(data, at), findings);
            }
        }
        (TREE_CONNECT, false) => {
            let password = words.get(6..8).and_then(|len| len.try_into().ok()).map_or(0, u16::from_le_bytes);
            let skip = usize::from(password);
            let path = text.strings(data.get(skip..).unwrap_or_default(), at.saturating_add(skip)).next();
            if let Some(path) = path {
                findings.add("share", path);
            }
        }
        (NT_CREATE, false) => {
            if let Some(name) = text.strings(data, at).next().filter(|name| !name.is_empty()) {
                findings.add("file", name);
            }
        }
        _ => {}
    }
}

/// Words and bytes, each after its count, and where the bytes lie in the message.
fn blocks(message: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let mut reader = Reader::new(message.get(HEADER_LEN..)?);
    let count = reader.u8()?;
    let words = reader.take(usize::from(count) * 2)?;
    let len = reader.array().map(u16::from_le_bytes)?;
    Some((words, reader.up_to(usize::from(len)), HEADER_LEN + 1 + words.len() + 2))
}

/// With NTLMSSP (12 words), or with the answers to a challenge, or a password, in clear (13 or 10).
fn setup(words: &[u8], data: &[u8], at: usize, text: Text, findings: &mut Findings) {
    let word = |number: usize| {
        words.get(number * 2..number * 2 + 2).and_then(|word| word.try_into().ok()).map(u16::from_le_bytes)
    };
    if words.len() == 24 {
        ntlm::find(data, findings);
        let blob = usize::from(word(7).unwrap_or(0));
        native(text.strings(data.get(blob..).unwrap_or_default(), at.saturating_add(blob)), findings);
        return;
    }
    let (lm, nt) = (usize::from(word(7).unwrap_or(0)), usize::from(word(8).unwrap_or(0)));
    let skip = if words.len() == 26 { lm.saturating_add(nt) } else { lm };
    let mut strings = text.strings(data.get(skip..).unwrap_or_default(), at.saturating_add(skip));
    for field in ["user", "domain"] {
        if let Some(value) = strings.next().filter(|value| !value.is_empty()) {
            findings.note(field, value);
        }
    }
    // Answers have 24 bytes or more; what is shorter is a password.
    if findings.noted("user").is_some()
        && words.len() == 26
        && (1..24).contains(&lm.max(nt))
        && lm.max(nt) > 1
    {
        findings.risk(Risk::CleartextCredentials);
    }
    native(strings, findings);
}

/// Operating system and LAN manager as both sides name them.
fn native(mut strings: impl Iterator<Item = Box<str>>, findings: &mut Findings) {
    for field in ["os", "native_lan_manager"] {
        if let Some(value) = strings.next().filter(|value| !value.is_empty()) {
            findings.note(field, value);
        }
    }
}

#[derive(Clone, Copy)]
struct Text {
    unicode: bool,
}

impl Text {
    /// Strings that end with a zero; in UTF-16 they are aligned to the message's beginning.
    fn strings(self, data: &[u8], at: usize) -> impl Iterator<Item = Box<str>> {
        let mut rest = if self.unicode && at % 2 == 1 { data.get(1..).unwrap_or_default() } else { data };
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let len = if self.unicode {
                rest.chunks(2).take_while(|pair| *pair != [0, 0]).map(<[u8]>::len).sum()
            } else {
                rest.iter().take_while(|byte| **byte != 0).count()
            };
            let (text, after) = rest.split_at_checked(len)?;
            rest = after.get(if self.unicode { 2 } else { 1 }..).unwrap_or_default();
            Some(if self.unicode { utf16(text, NAME_MAX) } else { lossy(text, NAME_MAX) })
        })
        .take(8)
    }
}
