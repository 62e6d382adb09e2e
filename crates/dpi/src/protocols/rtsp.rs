//! Real-Time Streaming Protocol 1.0 and 2.0 (RFC 2326, RFC 7826): which stream, and where its data go.

use super::http::message::{Fields, after_header, field, split_line};
use crate::facts::HostnameSource;
use crate::findings::Announcement;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, TEXT_MAX, URI_MAX, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rtsp",
    category: "streaming",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'A'..=b'T', b'$'..=b'$'])],
    ports: &[554, 8554, 7070],
    bound: false,
    fields: &["methods", "uri", "user_agent", "server", "status", "transport"],
    head: SHALLOW,
    inspect,
};

/// RFC 2326 s10, RFC 7826 s13.
const METHODS: [&[u8]; 12] = [
    b"OPTIONS",
    b"DESCRIBE",
    b"ANNOUNCE",
    b"SETUP",
    b"PLAY",
    b"PAUSE",
    b"TEARDOWN",
    b"GET_PARAMETER",
    b"SET_PARAMETER",
    b"REDIRECT",
    b"RECORD",
    b"PLAY_NOTIFY",
];

const VERSION: &[u8] = b"RTSP/";

/// Longest first line that is waited for.
const MAX_LINE: usize = 1024;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() == Some(&b'$') {
        return interleaved(look);
    }
    let Some((line, _)) = split_line(look.bytes) else {
        let head = look.bytes;
        let begun = VERSION.iter().zip(head).all(|(a, b)| a == b)
            || METHODS.iter().any(|method| match head.strip_prefix(*method) {
                Some(rest) => rest.is_empty() || rest.starts_with(b" "),
                None => method.starts_with(head),
            });
        return if begun && !look.cut && head.len() < MAX_LINE { Verdict::NeedMore } else { Verdict::No };
    };
    if Start::read(line).is_none() {
        return Verdict::No;
    }
    let mut rest = look.bytes;
    let mut playing = false;
    // RFC 2326 s9.1: messages follow each other on one connection.
    while let Some((line, headers)) = split_line(rest) {
        let Some(start) = Start::read(line) else { break };
        let Some(after) = after_header(headers) else { break };
        playing |= matches!(start, Start::Request(b"PLAY" | b"RECORD" | b"TEARDOWN", _));
        message(look, &start, headers, findings);
        rest = after.get(body_len(headers)..).unwrap_or_default();
    }
    Verdict::proven("RTSP message", if playing || look.cut { Want::Reply } else { Want::Rest })
}

enum Start<'a> {
    Request(&'a [u8], &'a [u8]),
    Response(u16),
}

impl<'a> Start<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        if let Some(rest) = line.strip_prefix(VERSION) {
            let &[b'1' | b'2', b'.', b'0', b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] =
                rest
            else {
                return None;
            };
            return Some(Self::Response(
                [a, b, c].iter().fold(0, |n, digit| n * 10 + u16::from(digit - b'0')),
            ));
        }
        let mut words = line.split(|byte| *byte == b' ');
        let (method, uri, version) = (words.next()?, words.next()?, words.next()?);
        (METHODS.contains(&method) && version.starts_with(VERSION)).then_some(Self::Request(method, uri))
    }
}

fn message(look: &Look<'_>, start: &Start<'_>, headers: &[u8], findings: &mut Findings) {
    match start {
        Start::Request(method, uri) => {
            findings.add("methods", lossy(method, NAME_MAX));
            target(uri, findings);
        }
        Start::Response(status) => findings.note("status", *status),
    }
    for (name, value) in Fields::new(headers) {
        if name.eq_ignore_ascii_case(b"user-agent") {
            findings.note("user_agent", field(value, TEXT_MAX));
        } else if name.eq_ignore_ascii_case(b"server") {
            findings.note("server", field(value, TEXT_MAX));
        } else if name.eq_ignore_ascii_case(b"transport") {
            findings.note("transport", field(value, NAME_MAX));
            announce(look, value, findings);
        } else if name.eq_ignore_ascii_case(b"authorization")
            && value.trim_ascii().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "))
        {
            findings.risk(Risk::CleartextCredentials);
        }
    }
}

fn target(uri: &[u8], findings: &mut Findings) {
    let Some(rest) = past(uri, b"://") else {
        return;
    };
    let authority = rest.split(|byte| matches!(byte, b'/' | b'?')).next().unwrap_or_default();
    let at = authority.iter().rposition(|byte| *byte == b'@');
    let host = at.and_then(|at| authority.get(at + 1..)).unwrap_or(authority);
    if at.is_some() {
        // Cameras take name and password in front of the host; they are not kept.
        findings.risk(Risk::CleartextCredentials);
        findings.note(
            "uri",
            lossy(
                &[b"rtsp://", rest.get(authority.len() - host.len()..).unwrap_or_default()].concat(),
                URI_MAX,
            ),
        );
    } else {
        findings.note("uri", lossy(uri, URI_MAX));
    }
    let host = super::http::message::host_of(host);
    if !host.is_empty() {
        findings.facts.hostname = Some(lossy(host, NAME_MAX));
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
    }
}

/// RFC 2326 s12.39: the ports of whoever speaks, for data and for their control.
fn announce(look: &Look<'_>, transport: &[u8], findings: &mut Findings) {
    // The client names its ports; the server repeats them and names its own.
    let own: &[u8] = if look.from_src { b"client_port=" } else { b"server_port=" };
    for option in transport.trim_ascii().split(|byte| *byte == b';') {
        let Some(ports) = option.strip_prefix(own) else { continue };
        let ports = ports.split(|byte| *byte == b'-').zip(["rtp", "rtcp"]);
        for (port, protocol) in ports {
            let Some(port) = std::str::from_utf8(port).ok().and_then(|port| port.parse().ok()) else {
                continue;
            };
            let transport = wire::ip_protocol::UDP;
            findings.announce(Announcement::Flow {
                address: None,
                port,
                transport,
                protocol,
                from_src: look.from_src,
            });
        }
    }
}

fn body_len(headers: &[u8]) -> usize {
    let len = Fields::new(headers).find(|(name, _)| name.eq_ignore_ascii_case(b"content-length"));
    len.and_then(|(_, value)| std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()).unwrap_or_default()
}

/// RFC 2326 s10.12: media between messages, each with its channel and length.
fn interleaved(look: &Look<'_>) -> Verdict {
    const ENOUGH: usize = 3;
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let (Some(mark), Some(channel)) = (reader.u8(), reader.u8()) {
        if mark != b'$' || channel > 15 {
            return Verdict::No;
        }
        let Some(len) = reader.u16() else { break };
        let packet = reader.up_to(len.into());
        // RFC 3550 s5.1: version 2.
        if len < 8 || packet.first().is_some_and(|first| first >> 6 != 2) {
            return Verdict::No;
        }
        count += usize::from(packet.len() == usize::from(len));
    }
    match count {
        ENOUGH.. => Verdict::proven("RTP packets interleaved in RTSP", Want::Nothing),
        1.. if look.hinted && look.cut => {
            Verdict::likely("RTP packets interleaved in RTSP at its port", Want::Nothing)
        }
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            554,
            &[
                (SRC, b"SETUP rtsp://u:p@camera.example:554/live RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n"),
                (DST, b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;server_port=6256-6257\r\n\r\n"),
            ],
        ),
        Sample::tcp(50000, 8555, &[(DST, b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n")]),
        Sample::tcp(50000, 8555, &[(DST, b"$\0\0\x0c\x80\x60abcdefghij$\x01\0\x08\x80\xc8abcdef$\0\0\x0c\x80\x60abcdefghij")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 554, &[(SRC, b"SETUP rtsp://camera.example/live HTTP/1.0\r\n\r\n")]),
        Sample::tcp(50000, 554, &[(DST, b"RTSP/1.0 OK\r\n\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    #[test]
    fn ports_are_announced_and_passwords_not_kept() {
        let mut flow = Flow::new(TCP, 50000, 554);
        flow.play(super::SAMPLES.positive[0].said);
        assert_eq!(flow.inspection.take_announcements().len(), 4);
        let findings = &flow.inspection.case.findings;
        assert_eq!(findings.noted("uri"), Some(&"rtsp://camera.example:554/live".into()));
        assert_eq!(findings.facts.risks.names().collect::<Vec<_>>(), ["cleartext-credentials"]);
        assert_eq!(findings.facts.hostname.as_deref(), Some("camera.example"));
    }
}
