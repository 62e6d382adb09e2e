//! FastCGI 1.0: records between a web server and an application.

use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, URI_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "fastcgi",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=1])],
    ports: &[9000],
    bound: false,
    fields: &["method", "uri", "script"],
    head: SHALLOW,
    inspect,
};

/// s8: types of records.
const BEGIN_REQUEST: u8 = 1;
const PARAMS: u8 = 4;
const STDOUT: u8 = 6;
const STDERR: u8 = 7;
const GET_VALUES: u8 = 9;

/// s3.3: version, type, request, lengths of content and padding, one byte that is zero.
fn record<'a>(reader: &mut Reader<'a>) -> Option<(u8, u16, &'a [u8], bool)> {
    let [1, kind @ 1..=11, ..] = *reader.rest() else { return None };
    let mut ahead = *reader;
    let [_, _, id_high, id_low, len_high, len_low, padding, 0] = ahead.array::<8>()? else { return None };
    let len = usize::from(u16::from_be_bytes([len_high, len_low]));
    let whole = ahead.rest().len() >= len;
    let content = ahead.up_to(len);
    ahead.up_to(padding.into());
    *reader = ahead;
    Some((kind, u16::from_be_bytes([id_high, id_low]), content, whole))
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some((kind, id, content, whole)) = record(&mut reader) else {
        let begun =
            !look.cut && look.bytes.len() < 8 && look.bytes.get(1).is_none_or(|kind| (1..=11).contains(kind));
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    if !whole && !look.cut && content.len() < 64 {
        return Verdict::NeedMore;
    }
    match (kind, content) {
        // s5.1: responder, authoriser or filter; keep the connection or not.
        (BEGIN_REQUEST, [0, 1..=3, 0 | 1, 0, 0, 0, 0, 0]) if id != 0 => request(look, reader, findings),
        (GET_VALUES, _) if id == 0 && holds(content, b"FCGI_") => {
            Verdict::proven("FastCGI's question for values", Want::Reply)
        }
        (STDOUT, _) if id != 0 && is_header(content) => {
            Verdict::proven("FastCGI record with a CGI header", Want::Reply)
        }
        (STDERR, _) if id != 0 && content.starts_with(b"PHP message: ") => {
            Verdict::proven("FastCGI record with an error", Want::Reply)
        }
        _ => Verdict::No,
    }
}

fn request(look: &Look<'_>, mut reader: Reader<'_>, findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "FastCGI begins a request";
    let Some((PARAMS, _, params, whole)) = record(&mut reader) else {
        return Verdict::proven(EVIDENCE, if look.cut { Want::Nothing } else { Want::Rest });
    };
    if !whole && !look.cut {
        return Verdict::proven(EVIDENCE, Want::Rest);
    }
    let mut params = Reader::new(params);
    let mut host = None;
    while let Some((name, value)) = pair(&mut params) {
        match name {
            b"REQUEST_METHOD" => findings.note("method", lossy(value, NAME_MAX)),
            b"REQUEST_URI" => findings.note("uri", lossy(value, URI_MAX)),
            b"SCRIPT_FILENAME" => findings.note("script", lossy(value, NAME_MAX)),
            b"HTTP_HOST" => host = Some(super::http::message::host_of(value)),
            b"SERVER_NAME" => host = host.or(Some(value)),
            _ => {}
        }
    }
    if let Some(host) = host.filter(|host| !host.is_empty()) {
        findings.facts.hostname = Some(lossy(host, NAME_MAX));
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
    }
    Verdict::proven(EVIDENCE, Want::Nothing)
}

/// s3.4: both lengths, then both texts.
fn pair<'a>(reader: &mut Reader<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let mut len = || -> Option<usize> {
        let first = reader.u8()?;
        if first & 0x80 == 0 {
            return Some(first.into());
        }
        let rest = reader.u24()?;
        Some(usize::from(first & 0x7f) << 24 | rest)
    };
    let (name, value) = (len()?, len()?);
    Some((reader.take(name)?, reader.take(value)?))
}

fn is_header(content: &[u8]) -> bool {
    let starts: [&[u8]; 5] = [b"status:", b"content-type:", b"x-powered-by:", b"set-cookie:", b"location:"];
    let head = content.get(..16).unwrap_or(content).to_ascii_lowercase();
    starts.iter().any(|start| head.starts_with(start))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            9000,
            &[
                (SRC, b"\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0\x01\x04\0\x01\0\x2b\x05\0\x0e\x03REQUEST_METHODGET\x09\x0fHTTP_HOSTa.example:8080.....\x01\x04\0\x01\0\0\0\0"),
                (DST, b"\x01\x06\0\x01\0\x1c\x04\0Content-type: text/html\r\n\r\n  ...."),
            ],
        ),
        Sample::tcp(50000, 9001, &[(DST, b"\x01\x06\0\x01\0\x1c\x04\0Content-type: text/html\r\n\r\n  ....")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 9000, &[(SRC, b"\x01\x01\0\x01\0\x08\0\0\0\x04\0\0\0\0\0\0")]),
        Sample::tcp(50000, 9000, &[(SRC, b"\x01\x01\0\x01\0\x08\0\x01\0\x01\0\0\0\0\0\0")]),
    ],
};
