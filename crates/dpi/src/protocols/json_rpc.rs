//! JSON-RPC 2.0 over HTTP or as plain objects in a stream: which methods are called.

use super::http;
use super::http::message::after_header;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "json-rpc",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'P'..=b'P', b'H'..=b'H', b'{'..=b'{', b'['..=b'['])],
    ports: http::PORTS,
    bound: false,
    fields: &["method"],
    head: SHALLOW,
    inspect,
};

const WITHIN: usize = 1024;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes.first() {
        Some(b'{' | b'[') => object(look, look.bytes, findings).map_or(Verdict::No, |known| {
            if known { Verdict::proven("JSON-RPC 2.0 object", Want::Reply) } else { Verdict::NeedMore }
        }),
        Some(b'H') if findings.noted("method").is_some() => {
            http::carrying(look, findings, "JSON-RPC call in HTTP")
        }
        _ => call(look, findings),
    }
}

fn call(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.iter().zip(b"POST ").all(|(a, b)| a == b) {
        return Verdict::No;
    }
    let Some(body) = after_header(look.bytes) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    match body.first() {
        None if !look.cut => Verdict::NeedMore,
        Some(b'{' | b'[') => match object(look, body, findings) {
            Some(true) => http::carrying(look, findings, "JSON-RPC call in HTTP"),
            Some(false) => Verdict::NeedMore,
            None => Verdict::No,
        },
        _ => Verdict::No,
    }
}

/// `Some(true)` if it is one, `Some(false)` if it may become one.
fn object(look: &Look<'_>, text: &[u8], findings: &mut Findings) -> Option<bool> {
    let start = text.get(..WITHIN).unwrap_or(text);
    let method = member(start, b"\"method\"");
    // Miners speak it to their pools.
    let mining = method.is_some_and(|name| {
        name.starts_with(b"mining.")
            || name.starts_with(b"eth_submit")
            || matches!(name, b"login" | b"job" | b"submit")
    });
    let begins = |end: u8| matches!(start, [b'{' | b'[', next, ..] if matches!(next, b'"' | b'{' | b' ' | b'\r' | b'\n' | b'\t') || *next == end);
    if mining || (start.len() > 1 && !begins(b'}')) {
        return None;
    }
    if member(start, b"\"jsonrpc\"") == Some(b"2.0") {
        let result = || start.windows(8).any(|text| text == b"\"result\"" || text == b"\"error\":");
        if let Some(method) = method {
            findings.note("method", lossy(method, NAME_MAX));
            return Some(true);
        }
        if result() {
            return Some(true);
        }
    }
    (!look.cut && text.len() < WITHIN && !text.trim_ascii_end().ends_with(b"}")).then_some(false)
}

/// The text that a member of an object has.
fn member<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(name.len()).position(|window| window == name)?;
    let value = text.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"")?;
    value.get(..value.iter().position(|byte| *byte == b'"')?)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 8332, &[(SRC, b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"getinfo\",\"id\":1}   ")]),
        Sample::tcp(50000, 9090, &[(SRC, b"{\"jsonrpc\": \"2.0\", \"method\": \"Player.GetItem\", \"id\": 1}")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 9090, &[(SRC, b"{\"jsonrpc\": \"2.0\", \"method\": \"mining.subscribe\", \"id\": 1}")]),
        Sample::tcp(50000, 9090, &[(SRC, b"{\"json\": \"2.0\", \"method\": \"x\", \"id\": 1}")]),
    ],
};
