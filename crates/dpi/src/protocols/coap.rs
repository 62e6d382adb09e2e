//! Constrained application protocol over UDP (RFC 7252), LwM2M's too: methods, paths, response codes.

use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "coap",
    category: "iot",
    encrypted: false,
    over: &[(Transport::Udp, &[0x40..=0x48, 0x50..=0x58, 0x60..=0x68, 0x70..=0x78])],
    ports: &[5683, 61616, 61617, 61618, 61619, 61620],
    bound: false,
    fields: &["methods", "path", "query", "codes", "host", "proxy_uri", "secured"],
    head: SHALLOW,
    inspect,
};

/// What options say.
#[derive(Default)]
struct Options<'a> {
    /// Those that are evidence.
    count: usize,
    path: Vec<&'a [u8]>,
    query: Vec<&'a [u8]>,
    host: Option<&'a [u8]>,
    proxy_uri: Option<&'a [u8]>,
    secured: bool,
    payload: Option<&'a [u8]>,
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // s3: version 1, type, token length; code, message id, token.
    let Some((&[first, code, id_high, id_low], rest)) = look.bytes.split_first_chunk() else {
        return Verdict::No;
    };
    let token = usize::from(first & 0x0f);
    let kind = first >> 4 & 3;
    if first >> 6 != 1 || token > 8 {
        return Verdict::No;
    }
    let paired = look.last(false).is_some_and(|before| {
        let [start, _, high, low, ..] = before.start;
        start >> 6 == 1 && (kind >= 2) != (start >> 4 & 3 >= 2) && (high, low) == (id_high, id_low)
    });
    if code == 0 {
        return empty(look, token, kind, rest, paired);
    }
    let Some(rest) = rest.get(token..) else { return Verdict::No };
    let Some(name) = code_name(code) else { return Verdict::No };
    // s4.2: a reset is empty, and an acknowledgement carries no request.
    if kind == 3 || (kind == 2 && code < 32) || !are_options(rest, look.cut) {
        return Verdict::No;
    }
    let options = options(rest);
    // Bytes after a marker could be anything.
    // Of a flow that was recognised already no more is asked.
    let paired = paired || findings.noted("methods").is_some() || findings.noted("codes").is_some();
    let says = options.count > 0
        || match options.payload {
            Some(payload) => payload.len() > 4 && payload.is_ascii(),
            None => code < 32,
        };
    let says_much = !options.path.is_empty() || options.count > 1;
    let believed = paired || (look.hinted && says) || (says_much && code < 32);
    if !believed {
        return if look.hinted { Verdict::NeedMore } else { Verdict::No };
    }
    let (hinted, strong) = (look.hinted, options.path.first().is_some_and(|part| *part == b".well-known"));
    note(code, name, &options, findings);
    if hinted || strong {
        Verdict::proven("CoAP header and options", Want::Reply)
    } else {
        Verdict::likely("CoAP header and options away from its port", Want::Reply)
    }
}

/// s4.1: a ping, an acknowledgement or a reset has nothing but the header.
fn empty(look: &Look<'_>, token: usize, kind: u8, rest: &[u8], paired: bool) -> Verdict {
    match (token, kind, rest) {
        (0, 0 | 2 | 3, []) if paired && look.hinted => {
            Verdict::proven("CoAP message and its acknowledgement", Want::Rest)
        }
        (0, 0 | 2 | 3, []) if look.hinted => Verdict::likely("empty CoAP message at its port", Want::Rest),
        _ => Verdict::No,
    }
}

/// s12.1: class and detail as "c.dd"; methods have class 0.
fn code_name(code: u8) -> Option<&'static str> {
    Some(match (code >> 5, code & 0x1f) {
        (0, 1) => "GET",
        (0, 2) => "POST",
        (0, 3) => "PUT",
        (0, 4) => "DELETE",
        (0, 5) => "FETCH",
        (0, 6) => "PATCH",
        (0, 7) => "iPATCH",
        (2, 1) => "2.01 Created",
        (2, 2) => "2.02 Deleted",
        (2, 3) => "2.03 Valid",
        (2, 4) => "2.04 Changed",
        (2, 5) => "2.05 Content",
        (2, 31) => "2.31 Continue",
        (4, 0) => "4.00 Bad Request",
        (4, 1) => "4.01 Unauthorized",
        (4, 2) => "4.02 Bad Option",
        (4, 3) => "4.03 Forbidden",
        (4, 4) => "4.04 Not Found",
        (4, 5) => "4.05 Method Not Allowed",
        (4, 6) => "4.06 Not Acceptable",
        (4, 8) => "4.08 Request Entity Incomplete",
        (4, 9) => "4.09 Conflict",
        (4, 12) => "4.12 Precondition Failed",
        (4, 13) => "4.13 Request Entity Too Large",
        (4, 15) => "4.15 Unsupported Content-Format",
        (4, 22) => "4.22 Unprocessable Entity",
        (4, 29) => "4.29 Too Many Requests",
        (5, 0) => "5.00 Internal Server Error",
        (5, 1) => "5.01 Not Implemented",
        (5, 2) => "5.02 Bad Gateway",
        (5, 3) => "5.03 Service Unavailable",
        (5, 4) => "5.04 Gateway Timeout",
        (5, 5) => "5.05 Proxying Not Supported",
        (5, 8) => "5.08 Hop Limit Reached",
        _ => return None,
    })
}

/// Every option has a number and a length that exist, and a payload is not empty (s3.1, s5.10).
fn are_options(bytes: &[u8], cut: bool) -> bool {
    let mut reader = Reader::new(bytes);
    let mut number = 0;
    while !reader.is_empty() {
        match option(&mut reader, &mut number) {
            Some(Piece::Option(value)) => {
                if !fits(number, value) {
                    return false;
                }
            }
            Some(Piece::Payload(payload)) => return !payload.is_empty(),
            None => return cut,
        }
    }
    true
}

enum Piece<'a> {
    Option(&'a [u8]),
    Payload(&'a [u8]),
}

/// s3.1: delta and length of four bits each, extended by one byte (13) or two (14).
fn option<'a>(reader: &mut Reader<'a>, number: &mut u32) -> Option<Piece<'a>> {
    let first = reader.u8()?;
    if first == 0xff {
        return Some(Piece::Payload(reader.rest()));
    }
    let mut extended = |short: u8| match short {
        13 => reader.u8().map(|more| 13 + u32::from(more)),
        14 => reader.u16().map(|more| 269 + u32::from(more)),
        15 => None,
        _ => Some(u32::from(short)),
    };
    let (delta, length) = (extended(first >> 4)?, extended(first & 0x0f)?);
    *number = number.saturating_add(delta);
    Some(Piece::Option(reader.take(usize::try_from(length).ok()?)?))
}

/// Table 4 and the registry of RFC 7252 s12.2: lengths, and text where text must be.
fn fits(number: u32, value: &[u8]) -> bool {
    let text = || std::str::from_utf8(value).is_ok_and(|text| !text.contains(char::is_control));
    match number {
        1 | 4 => value.len() <= 8,
        3 | 39 => (1..=255).contains(&value.len()) && text(),
        5 => value.is_empty(),
        6 | 23 | 27 | 19 | 31 => value.len() <= 3,
        7 | 12 | 17 => value.len() <= 2,
        8 | 11 | 15 | 20 => value.len() <= 255 && text(),
        9 => true,
        14 | 28 | 60 => value.len() <= 4,
        16 => value.len() == 1,
        35 => value.len() <= 1034 && text(),
        252 => value.len() <= 40,
        258 => value.len() <= 1,
        292 => value.len() <= 8,
        // Vendors' and experiments', which may be ignored if they are even.
        2048..=65535 => number.is_multiple_of(2) || number >= 65000,
        // s5.4.1: an unknown option with an even number is ignored; text is worth believing.
        _ if number.is_multiple_of(2) => value.len() >= 4 && text(),
        _ => false,
    }
}

fn options(bytes: &[u8]) -> Options<'_> {
    let mut options = Options::default();
    let mut reader = Reader::new(bytes);
    let mut number = 0;
    while let Some(piece) = option(&mut reader, &mut number) {
        let value = match piece {
            Piece::Option(value) => value,
            Piece::Payload(payload) => {
                options.payload = Some(payload);
                break;
            }
        };
        // Tags and empty values could be anything.
        let says = match number {
            1 | 4 | 5 | 9 | 252 | 292 => false,
            _ => !value.is_empty(),
        };
        options.count += usize::from(says);
        match number {
            3 => options.host = Some(value),
            9 => options.secured = true,
            11 => options.path.push(value),
            15 => options.query.push(value),
            35 => options.proxy_uri = Some(value),
            _ => {}
        }
    }
    options
}

fn note(code: u8, name: &'static str, options: &Options<'_>, findings: &mut Findings) {
    findings.add(if code < 32 { "methods" } else { "codes" }, name.into());
    if !options.path.is_empty() {
        let path = [&b"/"[..], &options.path.join(&b'/')].concat();
        findings.note("path", lossy(&path, URI_MAX));
    }
    if !options.query.is_empty() {
        findings.note("query", lossy(&options.query.join(&b'&'), URI_MAX));
    }
    if let Some(uri) = options.proxy_uri {
        findings.note("proxy_uri", lossy(uri, URI_MAX));
    }
    if options.secured {
        findings.note("secured", "oscore");
    }
    if let Some(host) = options.host {
        findings.note("host", lossy(host, NAME_MAX));
        findings.facts.hostname = Some(lossy(host, NAME_MAX));
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            5683,
            &[
                (SRC, b"\x42\x01\x12\x34\xab\xcd\xb4temp\x05rooms"),
                (DST, b"\x62\x45\x12\x34\xab\xcd\xc0\xff22.5"),
            ],
        ),
        Sample::udp(50000, 40000, &[(SRC, b"\x40\x01\x12\x34\xbb.well-known\x04core")]),
        Sample::udp(50000, 5683, &[(SRC, b"\x40\0\x12\x34"), (DST, b"\x70\0\x12\x34")]),
    ],
    near_miss: &[
        Sample::udp(50000, 5683, &[(SRC, b"\x42\x1f\x12\x34\xab\xcd\xb4temp\x05rooms")]),
        Sample::udp(50000, 5683, &[(SRC, b"\x42\x01\x12\x34\xab\xcd\xf4temp\x05rooms")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn method_path_and_code() {
        let mut flow = Flow::new(UDP, 50000, 5683);
        flow.src(b"\x42\x01\x12\x34\xab\xcd\xb4temp\x05rooms\x44n=10");
        flow.dst(b"\x62\x84\x12\x34\xab\xcd");
        let details = &flow.inspection.facts().details;
        for expected in [
            ("methods", Value::List(vec!["GET".into()])),
            ("path", Value::Text("/temp/rooms".into())),
            ("query", Value::Text("n=10".into())),
            ("codes", Value::List(vec!["4.04 Not Found".into()])),
        ] {
            assert!(details.contains(&expected), "{expected:?} {details:?}");
        }
    }
}
