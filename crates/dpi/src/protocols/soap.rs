//! SOAP 1.1 and 1.2 over HTTP, or as plain XML in a stream: calls with an envelope.

use super::http;
use super::http::message::{Fields, after_header, field, split_line};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::NAME_MAX;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "soap",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'P'..=b'P', b'M'..=b'M', b'H'..=b'H', b'<'..=b'<'])],
    ports: http::PORTS,
    bound: false,
    fields: &["action"],
    head: SHALLOW,
    inspect,
};

/// Where the envelope's namespace must be.
const WITHIN: usize = 1024;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() == Some(&b'<') {
        return plain(look);
    }
    let begins = |start: &[u8]| look.bytes.iter().zip(start).all(|(a, b)| a == b);
    if begins(b"HTTP/1.") && findings.facts.http.is_some() {
        return http::carrying(look, findings, "SOAP call in HTTP");
    }
    // UPnP's control falls back to a method of its own.
    if !begins(b"POST ") && !begins(b"M-POST ") {
        return Verdict::No;
    }
    let (Some((_, headers)), Some(body)) = (split_line(look.bytes), after_header(look.bytes)) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let (mut action, mut declared, mut xml) = (None, false, false);
    for (name, value) in Fields::new(headers) {
        // SOAP 1.1 s6.1.1; 1.2 has a media type of its own (RFC 3902).
        if name.eq_ignore_ascii_case(b"soapaction") {
            action = Some(field(value, NAME_MAX));
        } else if name.eq_ignore_ascii_case(b"content-type") {
            let kind = value.trim_ascii().to_ascii_lowercase();
            declared = kind.starts_with(b"application/soap+xml");
            xml = kind.windows(3).any(|text| text == b"xml");
        }
    }
    if action.is_none() && !declared && !(xml && has_envelope(body)) {
        // The body may be in the next segment.
        let open = xml && body.len() < WITHIN && !look.cut && !body.ends_with(b">");
        return if open { Verdict::NeedMore } else { Verdict::No };
    }
    let verdict = http::carrying(look, findings, "SOAP call in HTTP");
    if let (Some(action), Verdict::Match { .. }) = (action, verdict) {
        findings.note("action", action.trim_matches('"').to_owned());
    }
    verdict
}

fn plain(look: &Look<'_>) -> Verdict {
    let start = look.bytes.get(..WITHIN).unwrap_or(look.bytes);
    if has_envelope(start) {
        return Verdict::proven("SOAP envelope", Want::Nothing);
    }
    let xml = start.iter().zip(b"<?xml").all(|(a, b)| a == b)
        || start.windows(9).take(16).any(|text| text == b":Envelope");
    if xml && !look.cut && look.bytes.len() < WITHIN { Verdict::NeedMore } else { Verdict::No }
}

fn has_envelope(text: &[u8]) -> bool {
    let text = text.get(..WITHIN).unwrap_or(text);
    let namespaces: [&[u8]; 2] =
        [b"http://schemas.xmlsoap.org/soap/envelope", b"http://www.w3.org/2003/05/soap-envelope"];
    namespaces.iter().any(|name| text.windows(name.len()).any(|window| window == *name))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            49152,
            &[(SRC, b"POST /upnp/control HTTP/1.1\r\nHost: 192.0.2.1\r\nSOAPAction: \"urn:schemas-upnp-org:service:WANIPConnection:1#GetExternalIPAddress\"\r\nContent-Length: 0\r\n\r\n")],
        ),
        Sample::tcp(50000, 9000, &[(SRC, b"<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 80, &[(SRC, b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n")]),
        Sample::tcp(50000, 9000, &[(SRC, b"<?xml version=\"1.0\"?><note>Envelope</note>")]),
    ],
};
