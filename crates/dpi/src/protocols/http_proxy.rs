//! HTTP requests to a proxy (RFC 9112 s3.2.2): targets with scheme and host.

use super::http;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "http-proxy",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'A'..=b'Z'])],
    ports: http::PORTS,
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// The longest of usual methods.
const METHOD: usize = 12;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "HTTP request with an absolute target";
    if look.bytes.starts_with(b"HTTP/") && findings.facts.http.is_some() {
        return http::carrying(look, findings, EVIDENCE);
    }
    let head = look.bytes.get(..METHOD).unwrap_or(look.bytes);
    let Some(space) = head.iter().position(|byte| *byte == b' ') else {
        let begun = !look.cut && http::message::METHODS.iter().any(|method| method.starts_with(head));
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    let target = look.bytes.get(space + 1..).unwrap_or_default();
    let schemes: [&[u8]; 2] = [b"http://", b"https://"];
    let scheme = |scheme: &&[u8]| target.iter().zip(*scheme).all(|(a, b)| a.eq_ignore_ascii_case(b));
    // Nearly every request ends here.
    let begun = target.first().is_none_or(|first| first.eq_ignore_ascii_case(&b'h'));
    if !begun || !schemes.iter().any(scheme) || !head.iter().take(space).all(u8::is_ascii_uppercase) {
        return Verdict::No;
    }
    match http::message::after_header(look.bytes) {
        None if !look.cut => Verdict::NeedMore,
        _ => http::carrying(look, findings, EVIDENCE),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        3128,
        &[
            (SRC, b"GET http://c.example/x HTTP/1.1\r\nHost: c.example\r\n\r\n"),
            (DST, b"HTTP/1.1 200 OK\r\n\r\n"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        3128,
        &[(SRC, b"GET /http://c.example/x HTTP/1.1\r\nHost: c.example\r\n\r\n")],
    )],
};
