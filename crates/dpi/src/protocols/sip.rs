//! SIP (RFC 3261) with SDP (RFC 8866): who calls whom, user agents, status; announces the media flows.

pub(crate) mod sdp;

use crate::findings::{Announcement, Findings};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, TEXT_MAX, URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sip",
    category: "voip",
    encrypted: false,
    over: &[
        // Line ends and zeros keep NATs open (RFC 5626 s3.5.1).
        (Transport::Udp, &[b'A'..=b'Z', b'\r'..=b'\r', 0..=0]),
        (Transport::Tcp, &[b'A'..=b'Z', b'\r'..=b'\r']),
    ],
    ports: &[5060, 5061, 5062, 5070, 5080],
    bound: false,
    fields: &["method", "uri", "status", "from", "to", "user_agent", "server", "media"],
    head: SHALLOW,
    inspect,
};

/// RFC 3261 s21 and IANA: the methods in use. Others are recognised by the line's end.
const METHODS: [&[u8]; 14] = [
    b"ACK",
    b"BYE",
    b"CANCEL",
    b"INFO",
    b"INVITE",
    b"MESSAGE",
    b"NOTIFY",
    b"OPTIONS",
    b"PRACK",
    b"PUBLISH",
    b"REFER",
    b"REGISTER",
    b"SUBSCRIBE",
    b"UPDATE",
];

const VERSION: &[u8] = b"SIP/2.0";

/// Request line or status line.
enum Start<'a> {
    Request { method: &'a [u8], uri: &'a [u8] },
    Response(u16),
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let cut = look.cut || look.transport == Transport::Udp;
    let bytes = look.bytes.trim_ascii_start();
    if bytes.is_empty() || bytes.iter().all(|byte| *byte == 0) {
        let keep_alive = look.hinted && look.bytes.len() <= 4;
        let known = keep_alive && look.transport == Transport::Udp;
        return if known || (keep_alive && !cut) { Verdict::NeedMore } else { Verdict::No };
    }
    let Some(end) = memchr::memchr(b'\n', bytes) else {
        return unfinished(bytes, cut);
    };
    let (line, rest) = bytes.split_at(end);
    let Some(start) = start(line.trim_ascii_end()) else { return Verdict::No };
    const EVIDENCE: &str = "SIP start line";
    let Some((headers, body)) = header_and_body(rest, cut) else {
        return Verdict::proven(EVIDENCE, Want::Rest);
    };
    let missing = content_length(headers).is_some_and(|len| body.len() < len);
    if missing && !cut {
        return Verdict::proven(EVIDENCE, Want::Rest);
    }
    note(&start, headers, findings);
    for media in sdp::media(body) {
        findings.add("media", media.kind.clone());
        announce(&media, look.from_src, findings);
    }
    Verdict::proven(EVIDENCE, if look.transport == Transport::Udp { Want::Every } else { Want::Reply })
}

/// A first line whose end is not there.
fn unfinished(bytes: &[u8], cut: bool) -> Verdict {
    let begins = |prefix: &[u8]| bytes.iter().zip(prefix).all(|(a, b)| a == b);
    let whole = |prefix: &&[u8]| bytes.len() > prefix.len() && begins(prefix);
    let known = METHODS.iter().find(|method| begins(method));
    match (known, cut) {
        (Some(method), true)
            if whole(method) && has_scheme(bytes.get(method.len() + 1..).unwrap_or_default()) =>
        {
            Verdict::likely("SIP method and URI, the rest of the line not seen", Want::Every)
        }
        (None, true) if begins(b"SIP/2.0 ") && bytes.len() >= 12 => {
            Verdict::likely("SIP version and status, the rest of the line not seen", Want::Every)
        }
        (_, true) => Verdict::No,
        (Some(method), false)
            if bytes.get(method.len()).is_none_or(|byte| *byte == b' ') && bytes.len() < URI_MAX =>
        {
            Verdict::NeedMore
        }
        (_, false) if begins(b"SIP/2.0 ") && bytes.len() < URI_MAX => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

/// RFC 3261 s7.1, s7.2.
fn start(line: &[u8]) -> Option<Start<'_>> {
    if let Some(rest) = line.strip_prefix(VERSION) {
        let Some(&[b' ', a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9']) = rest.first_chunk() else {
            return None;
        };
        let status = [a, b, c].iter().fold(0, |n, digit| n * 10 + u16::from(digit - b'0'));
        return Some(Start::Response(status));
    }
    let front = line.strip_suffix(VERSION)?.strip_suffix(b" ")?;
    let space = front.iter().position(|byte| *byte == b' ')?;
    let (method, uri) = (front.get(..space)?, front.get(space + 1..)?);
    let is_method = (2..=16).contains(&method.len()) && method.iter().all(u8::is_ascii_uppercase);
    (is_method && !uri.is_empty()).then_some(Start::Request { method, uri })
}

fn has_scheme(uri: &[u8]) -> bool {
    [&b"sip:"[..], b"sips:", b"tel:"].iter().any(|scheme| uri.starts_with(scheme))
}

/// The fields, and what follows the empty line after them.
fn header_and_body(bytes: &[u8], cut: bool) -> Option<(&[u8], &[u8])> {
    let mut rest = bytes.get(1..)?;
    loop {
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return cut.then_some((bytes, &[]));
        };
        let (line, after) = rest.split_at_checked(end + 1)?;
        if line.trim_ascii().is_empty() {
            return Some((bytes, after));
        }
        rest = after;
    }
}

/// Name and value of each field; folded lines are left out.
fn fields(headers: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let rest = memchr::memchr(b'\n', headers).and_then(|end| headers.get(end + 1..));
    let lines =
        std::iter::successors(rest, |rest| memchr::memchr(b'\n', rest).and_then(|end| rest.get(end + 1..)));
    lines.map_while(|rest| {
        let line = memchr::memchr(b'\n', rest).and_then(|end| rest.get(..end)).unwrap_or(rest);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.is_empty()).then(|| {
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
            let (name, value) = line.split_at_checked(colon).unwrap_or((&[], line));
            (name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii())
        })
    })
}

fn content_length(headers: &[u8]) -> Option<usize> {
    let is = |name: &[u8]| name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l");
    let (_, value) = fields(headers).find(|(name, _)| is(name))?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn note(start: &Start<'_>, headers: &[u8], findings: &mut Findings) {
    match start {
        Start::Request { method, uri } if findings.noted("method").is_none() => {
            findings.note("method", lossy(method, NAME_MAX));
            findings.note("uri", lossy(uri, URI_MAX));
        }
        Start::Request { .. } => {}
        Start::Response(status) => findings.note("status", *status),
    }
    for (name, value) in fields(headers) {
        let is = |long: &str| name.eq_ignore_ascii_case(long.as_bytes());
        let first = |findings: &mut Findings, field| {
            if findings.noted(field).is_none() {
                findings.note(field, lossy(value, TEXT_MAX));
            }
        };
        // RFC 3261 s7.3.3: From and To have short forms.
        if is("from") || is("f") {
            first(findings, "from");
        } else if is("to") || is("t") {
            first(findings, "to");
        } else if is("user-agent") {
            first(findings, "user_agent");
        } else if is("server") {
            first(findings, "server");
        } else if (is("authorization") || is("proxy-authorization"))
            && value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "))
        {
            findings.risk(Risk::CleartextCredentials);
        }
    }
}

fn announce(media: &sdp::Media, from_src: bool, findings: &mut Findings) {
    const UDP: u8 = 17;
    let mut flow = |port, protocol| {
        findings.announce(Announcement::Flow {
            address: media.address,
            port,
            transport: UDP,
            protocol,
            from_src,
        });
    };
    flow(media.port, media.protocol);
    if let Some(control) = media.control {
        flow(control, "rtcp");
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            5060,
            5060,
            &[
                (SRC, b"\r\n\r\n"),
                (
                    SRC,
                    b"REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\
                      From: <sip:alice@example.org>;tag=1\r\nTo: <sip:alice@example.org>\r\n\
                      User-Agent: phone/1.0\r\nContent-Length: 0\r\n\r\n",
                ),
                (DST, b"SIP/2.0 401 Unauthorized\r\nServer: pbx\r\n\r\n"),
            ],
        ),
        Sample::tcp(
            50000,
            15060,
            &[
                (SRC, b"INVITE sip:bob@examp"),
                (SRC, b"le.org SIP/2.0\r\nf: <sip:alice@example.org>\r\nt: <sip:bob@example.org>\r\nl: 2\r\n\r\nv"),
                (SRC, b"="),
            ],
        ),
        Sample::udp(5060, 40000, &[(DST, b"SIP/2.0 100 Trying\r\nCall-ID: 1\r\n\r\n")]),
    ],
    near_miss: &[
        Sample::udp(5060, 5060, &[(SRC, b"OPTIONS sip:example.org SIP/3.0\r\n\r\n")]),
        Sample::tcp(50000, 5060, &[(SRC, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]),
        Sample::udp(5060, 5060, &[(SRC, b"SIP/2.0 forty\r\n\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::findings::Announcement;
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP, UDP};

    const INVITE: &[u8] = b"INVITE sip:bob@example.org SIP/2.0\r\n\
        From: \"Alice\" <sip:alice@example.org>;tag=1\r\nTo: <sip:bob@example.org>\r\n\
        Authorization: Basic YTpi\r\n\
        Content-Type: application/sdp\r\nContent-Length: 110\r\n\r\n\
        v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
        m=audio 49170 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\n";

    #[test]
    fn a_call_and_its_media() {
        for (transport, size) in [(UDP, 9999), (TCP, 9999), (TCP, 7)] {
            let mut flow = Flow::new(transport, 50000, 5060);
            INVITE.chunks(size).for_each(|piece| _ = flow.src(piece));
            flow.dst(b"SIP/2.0 486 Busy Here\r\nServer: x\r\n\r\n");
            let announced = flow.inspection.take_announcements();
            let findings = &flow.inspection.case.findings;
            assert_eq!(findings.noted("from"), Some(&Value::from("\"Alice\" <sip:alice@example.org>;tag=1")));
            assert_eq!(findings.noted("method"), Some(&Value::from("INVITE")));
            assert_eq!(findings.noted("status"), Some(&Value::from(486_u16)));
            assert!(findings.facts.risks.contains(Risk::CleartextCredentials));
            let ports: Vec<_> = announced
                .iter()
                .map(|announced| match announced {
                    Announcement::Flow { address, port, protocol, .. } => {
                        (address.map(|address| address.to_string()), *port, *protocol)
                    }
                    _ => panic!(),
                })
                .collect();
            let address = Some("192.0.2.7".to_owned());
            assert_eq!(ports, [(address.clone(), 49170, "rtp"), (address, 49171, "rtcp")]);
        }
    }
}
