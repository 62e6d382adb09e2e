//! Apache ZooKeeper (zookeeper.jute): connect request and response, four-letter words.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "zookeeper",
    category: "database",
    encrypted: false,
    over: &[(
        Transport::Tcp,
        &[
            0..=0,
            b'c'..=b'c',
            b'd'..=b'd',
            b'e'..=b'e',
            b'i'..=b'i',
            b'm'..=b'm',
            b'r'..=b'r',
            b's'..=b's',
            b'w'..=b'w',
        ],
    )],
    ports: &[2181],
    bound: false,
    fields: &["session_timeout_ms", "command"],
    head: SHALLOW,
    inspect,
};

/// ConnectRequest and ConnectResponse, the last byte (read-only) since 3.4; the length counts neither itself.
const REQUEST: [u32; 2] = [44, 45];
const RESPONSE: [u32; 2] = [36, 37];

/// Passwords of sessions.
const PASSWORD_LEN: [u8; 4] = [0, 0, 0, 16];

/// Administrator's guide, "The Four Letter Words", and what only some of them are answered with.
const WORDS: [&[u8]; 12] = [
    b"conf", b"cons", b"crst", b"dump", b"envi", b"ruok", b"srst", b"srvr", b"stat", b"wchs", b"mntr",
    b"isro",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() != Some(&0) {
        return word(look, findings);
    }
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some(len) = reader.array().map(u32::from_be_bytes) else {
        return if look.bytes.iter().all(|byte| *byte == 0) { more } else { Verdict::No };
    };
    let request = REQUEST.contains(&len);
    if !request && !RESPONSE.contains(&len) {
        return Verdict::No;
    }
    let Some(mut message) = usize::try_from(len).ok().and_then(|len| reader.take(len)).map(Reader::new)
    else {
        return if reader.rest().iter().take(4).all(|byte| *byte == 0) { more } else { Verdict::No };
    };
    // Version 0, a request's last transaction, time-out, session.
    let version = message.array();
    if request {
        message.up_to(8);
    }
    let Some(timeout) = message.array().map(u32::from_be_bytes) else { return Verdict::No };
    message.up_to(8);
    if version != Some([0; 4]) || message.array() != Some(PASSWORD_LEN) || timeout > 86_400_000 {
        return Verdict::No;
    }
    findings.note("session_timeout_ms", timeout);
    Verdict::proven(if request { "connect request" } else { "connect response" }, Want::Nothing)
}

fn word(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.hinted || !look.from_src {
        return Verdict::No;
    }
    match WORDS.iter().find(|word| **word == look.bytes.trim_ascii_end()) {
        Some(word) => {
            findings.note("command", lossy(word, NAME_MAX));
            Verdict::proven("four-letter word at its port", Want::Nothing)
        }
        None if WORDS.iter().any(|word| word.starts_with(look.bytes)) && !look.cut => Verdict::NeedMore,
        None => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 2181, &[(SRC, b"\0\0\0\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x75\x30\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]),
    Sample::tcp(50000, 2181, &[(SRC, b"mntr")]),],
    near_miss: &[Sample::tcp(50000, 2181, &[(SRC, b"\0\0\0\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x75\x30\0\0\0\0\0\0\0\0\0\0\0\x11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]),
    Sample::tcp(50000, 2182, &[(SRC, b"mntr")]),],
};
