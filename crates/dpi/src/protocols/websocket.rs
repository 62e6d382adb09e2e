//! WebSocket (RFC 6455): the upgrade of an HTTP connection, and frames where that was not seen.

use super::http;
use super::http::message::{Fields, after_header, field, has_whole_header, split_line};
use crate::dialogue::contains;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::NAME_MAX;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "websocket",
    category: "web",
    encrypted: false,
    // A request, a response, a final frame.
    over: &[(Transport::Tcp, &[b'G'..=b'G', b'H'..=b'H', 0x81..=0x82, 0x88..=0x8a])],
    ports: http::PORTS,
    bound: false,
    fields: &["accepted", "subprotocol", "origin"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    const REQUEST: &[u8] = b"GET /";
    const RESPONSE: &[u8] = b"HTTP/1.1 101 ";
    let begins = |start: &[u8]| look.bytes.iter().zip(start).all(|(a, b)| a == b);
    if begins(REQUEST) {
        return request(look, findings);
    }
    if findings.facts.http.is_some() && look.bytes.starts_with(b"HTTP/") {
        return response(look, findings);
    }
    if begins(RESPONSE) {
        return response(look, findings);
    }
    if look.bytes.first().is_some_and(|first| first & 0x80 != 0) { frames(look) } else { Verdict::No }
}

fn request(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !has_whole_header(look.bytes) {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    // Hardly any request has the key, and this is the quickest way to say so.
    if !contains(look.bytes, b"websocket-key") {
        return Verdict::No;
    }
    let Some((_, headers)) = split_line(look.bytes) else { return Verdict::No };
    // RFC 6455 s4.1: Upgrade, and a key of 16 bytes in base64.
    let (mut upgrade, mut key, mut origin) = (false, false, None);
    for (name, value) in Fields::new(headers) {
        let value = value.trim_ascii();
        if name.eq_ignore_ascii_case(b"upgrade") {
            upgrade = value.eq_ignore_ascii_case(b"websocket");
        } else if name.eq_ignore_ascii_case(b"sec-websocket-key") {
            key = value.len() == 24;
        } else if name.eq_ignore_ascii_case(b"origin") {
            origin = Some(field(value, NAME_MAX));
        }
    }
    if !upgrade || !key {
        return Verdict::No;
    }
    let verdict = http::carrying(look, findings, "HTTP request to become WebSocket");
    if let (Some(origin), Verdict::Match { .. }) = (origin, verdict) {
        findings.note("origin", origin);
    }
    verdict
}

fn response(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let (Some((_, headers)), Some(_)) = (split_line(look.bytes), after_header(look.bytes)) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let (mut upgrade, mut subprotocol) = (false, None);
    for (name, value) in Fields::new(headers) {
        if name.eq_ignore_ascii_case(b"sec-websocket-accept") {
            upgrade = true;
        } else if name.eq_ignore_ascii_case(b"sec-websocket-protocol") {
            subprotocol = Some(field(value, NAME_MAX));
        }
    }
    let asked = findings.facts.http.is_some();
    if !upgrade && !asked {
        return Verdict::No;
    }
    let Some(want) = http::inside(look, look.bytes, findings) else { return Verdict::No };
    findings.note("accepted", upgrade);
    if let Some(subprotocol) = subprotocol {
        findings.note("subprotocol", subprotocol);
    }
    Verdict::proven("HTTP becoming WebSocket", want)
}

/// Frames from a stream's first byte on (RFC 6455 s5.2): a text that is one, in clear or under its
/// mask, or several frames one after another to the end.
fn frames(look: &Look<'_>) -> Verdict {
    let enough = if look.hinted { 2 } else { 3 };
    let mut reader = Reader::new(look.bytes);
    let (mut count, mut text) = (0, false);
    // RFC 6455 s5.1: all of a client's frames are masked, none of a server's.
    let masked = look.bytes.get(1).map(|second| second & 0x80);
    while !reader.is_empty() {
        let same = reader.rest().get(1).map(|second| second & 0x80) == masked;
        match frame(&mut reader).filter(|_| same) {
            Some(is_text) => (count, text) = (count + 1, text || is_text),
            None => return Verdict::No,
        }
    }
    if text || count >= enough {
        Verdict::likely("WebSocket frames, their lengths right", Want::Nothing)
    } else if look.cut || look.bytes.len() > 256 {
        Verdict::No
    } else {
        Verdict::NeedMore
    }
}

/// Reads a frame; true if it is a text that is long enough to say so.
fn frame(reader: &mut Reader<'_>) -> Option<bool> {
    const LONG_ENOUGH: usize = 12;
    let [first, second] = reader.array()?;
    // Final, nothing reserved, text, binary, close, ping or pong.
    if !matches!(first, 0x81 | 0x82 | 0x88..=0x8a) {
        return None;
    }
    let len = match second & 0x7f {
        126 => reader.u16().filter(|len| *len >= 126)?.into(),
        127 => usize::try_from(u64::from_be_bytes(reader.array()?)).ok().filter(|len| *len > 0xffff)?,
        len => len.into(),
    };
    let mask: [u8; 4] = if second & 0x80 != 0 { reader.array()? } else { [0; 4] };
    let payload = reader.take(len)?;
    let mut clear = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    let is_text = first == 0x81;
    // Nearly all texts are JSON; printable bytes say that the mask is right.
    if is_text && !clear.all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0x80..)) {
        return None;
    }
    Some(is_text && len >= LONG_ENOUGH)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            80,
            &[
                (SRC, b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\nSec-WebSocket-Version: 13\r\n\r\n"),
                (DST, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n"),
            ],
        ),
        Sample::tcp(50000, 8123, &[(DST, b"\x81\x1a{\"type\":\"update\",\"n\":1234}")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 80, &[(SRC, b"GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\n\r\n")]),
        Sample::tcp(50000, 8123, &[(DST, b"\x81\x1b{\"type\":\"update\",\"n\":123}")]),
    ],
};
