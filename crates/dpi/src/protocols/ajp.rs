//! Apache JServ Protocol 1.3 (AJPv13): what a web server asks a servlet container.

use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ajp",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x12..=0x12, b'A'..=b'A'])],
    ports: &[8009],
    bound: false,
    fields: &["method", "uri", "remote_address"],
    head: SHALLOW,
    inspect,
};

const TO_CONTAINER: [u8; 2] = [0x12, 0x34];
const FROM_CONTAINER: [u8; 2] = *b"AB";

const FORWARD_REQUEST: u8 = 2;
const SHUTDOWN: u8 = 7;
const PING: u8 = 8;
const CPING: u8 = 10;
const SEND_BODY: u8 = 3;
const SEND_HEADERS: u8 = 4;
const END_RESPONSE: u8 = 5;
const GET_BODY: u8 = 6;
const CPONG: u8 = 9;

/// The codes of methods, from 1 on.
const METHODS: [&str; 27] = [
    "OPTIONS",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "ACL",
    "REPORT",
    "VERSION-CONTROL",
    "CHECKIN",
    "CHECKOUT",
    "UNCHECKOUT",
    "SEARCH",
    "MKWORKSPACE",
    "UPDATE",
    "LABEL",
    "MERGE",
    "BASELINE-CONTROL",
    "MKACTIVITY",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let magic = if look.bytes.first() == Some(&b'A') { FROM_CONTAINER } else { TO_CONTAINER };
    if !look.bytes.iter().zip(&magic).all(|(a, b)| a == b) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes.get(magic.len()..).unwrap_or_default());
    let (Some(len), Some(code)) = (reader.u16(), reader.u8()) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let sound = match (magic, code) {
        (TO_CONTAINER, CPING | PING | SHUTDOWN) | (FROM_CONTAINER, CPONG) => len == 1,
        (TO_CONTAINER, FORWARD_REQUEST) => return forward(look, usize::from(len), reader, findings),
        (FROM_CONTAINER, END_RESPONSE) => len == 2,
        (FROM_CONTAINER, GET_BODY) => len == 3,
        (FROM_CONTAINER, SEND_HEADERS) => is_headers(reader),
        (FROM_CONTAINER, SEND_BODY) => reader.u16().is_some_and(|body| body.checked_add(4) == Some(len)),
        _ => false,
    };
    match (sound, code) {
        (false, _) => Verdict::No,
        // The request comes in the next packet.
        (true, CPING) => Verdict::proven("AJP ping", Want::Rest),
        (true, _) => Verdict::proven("AJP packet, its length right for its code", Want::Reply),
    }
}

/// Status code and message.
fn is_headers(mut reader: Reader<'_>) -> bool {
    reader.u16().is_some_and(|status| (100..600).contains(&status))
        && reader.block16().is_some_and(|message| message.is_ascii())
}

/// A ping may come before it, which is why it is looked for behind one too.
fn forward(look: &Look<'_>, len: usize, mut reader: Reader<'_>, findings: &mut Findings) -> Verdict {
    let Some(method) = reader.u8() else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let known = METHODS.get(usize::from(method).wrapping_sub(1)).copied();
    // 0xff: the method is an attribute.
    if known.is_none() && method != 0xff {
        return Verdict::No;
    }
    let Some(version) = string(&mut reader) else {
        return if look.cut || reader.rest().len() > len { Verdict::No } else { Verdict::NeedMore };
    };
    if !version.starts_with(b"HTTP/") {
        return Verdict::No;
    }
    let uri = string(&mut reader);
    let remote = string(&mut reader);
    let _remote_name = string(&mut reader);
    let server = string(&mut reader);
    if server.is_none() && !look.cut && reader.rest().len() < len {
        return Verdict::proven("AJP request", Want::Rest);
    }
    if let Some(method) = known {
        findings.note("method", method);
    }
    if let Some(uri) = uri {
        findings.note("uri", lossy(uri, URI_MAX));
    }
    if let Some(remote) = remote.filter(|remote| !remote.is_empty()) {
        findings.note("remote_address", lossy(remote, NAME_MAX));
    }
    if let Some(server) = server.filter(|server| !server.is_empty()) {
        findings.facts.hostname = Some(lossy(server, NAME_MAX));
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
    }
    Verdict::proven("AJP request", Want::Nothing)
}

/// Length, bytes, a zero; length 0xffff stands for none.
fn string<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let mut ahead = *reader;
    let len = ahead.u16()?;
    let text = if len == 0xffff { &[] } else { ahead.take(len.into())? };
    if len != 0xffff && ahead.u8()? != 0 {
        return None;
    }
    *reader = ahead;
    Some(text)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 8009, &[(SRC, b"\x12\x34\0\x01\x0a"), (DST, b"AB\0\x01\x09")]),
        Sample::tcp(
            50000,
            8010,
            &[(SRC, b"\x12\x34\0\x40\x02\x02\0\x08HTTP/1.1\0\0\x02/a\0\0\x09192.0.2.1\0\xff\xff\0\x0bexample.org\0\0\x50\0\0\0")],
        ),
        Sample::tcp(50000, 8009, &[(DST, b"AB\0\x10\x04\0\xc8\0\x02OK\0\0\0")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 8009, &[(SRC, b"\x12\x34\0\x02\x0a\0")]),
        Sample::tcp(50000, 8009, &[(SRC, b"\x12\x34\0\x40\x02\x02\0\x08SPDY/1.1\0")]),
        Sample::tcp(50000, 8009, &[(DST, b"ABBA\x04\0\xc8")]),
    ],
};
