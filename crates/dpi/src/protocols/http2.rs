//! HTTP/2 in clear (RFC 9113): preface, settings, and the first header block, gRPC's among them.

mod hpack;

use super::http;
use super::http::message::host_of;
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, TEXT_MAX, URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "http2",
    category: "web",
    encrypted: false,
    // The preface, or a frame's length.
    over: &[(Transport::Tcp, &[b'P'..=b'P', 0..=0])],
    ports: http::PORTS,
    bound: false,
    fields: &["method", "path", "status", "user_agent", "server", "content_type", "grpc"],
    head: SHALLOW,
    inspect,
};

/// RFC 9113 s3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// RFC 9113 s6.
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const LAST_TYPE: u8 = 9;
const ACK: u8 = 0x01;
const PADDED: u8 = 0x08;
const PRIORITY: u8 = 0x20;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() == PREFACE.first() {
        return match look.bytes.strip_prefix(PREFACE) {
            Some(rest) => Verdict::proven("HTTP/2 connection preface", headers(look, rest, findings)),
            None if PREFACE.starts_with(look.bytes) && !look.cut => Verdict::NeedMore,
            None => Verdict::No,
        };
    }
    let mut reader = Reader::new(look.bytes);
    let Some(frame) = Frame::read(&mut reader) else {
        let begun = !look.cut
            && (look.bytes.len() < Frame::HEADER && look.bytes.starts_with(b"\0\0") || look.bytes == b"\0");
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    // RFC 9113 s3.4: a server begins with its settings, too.
    if !frame.is_settings() {
        return Verdict::No;
    }
    if reader.rest().len() < frame.len && !look.cut {
        return Verdict::NeedMore;
    }
    let settings = reader.up_to(frame.len).chunks(6);
    // Identifiers beyond the registry's are few; some are sent so that others get used to them.
    let known = settings.clone().filter(|setting| matches!(setting, [0, 1..=0x10, ..])).count();
    if known * 2 < frame.len / 6 || Frame::read(&mut reader.clone()).is_some_and(|next| next.kind > LAST_TYPE)
    {
        return Verdict::No;
    }
    // Nine bytes of which eight are zeros say little alone.
    let said = frame.len > 0 || look.other.starts_with(PREFACE);
    if !said && !Frame::read(&mut reader.clone()).is_some_and(|next| next.is_second()) {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    Verdict::proven("HTTP/2 settings", headers(look, look.bytes, findings))
}

/// A frame's header (RFC 9113 s4.1).
struct Frame {
    len: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Frame {
    const HEADER: usize = 9;

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut ahead = *reader;
        let (len, kind, flags) = (ahead.u24()?, ahead.u8()?, ahead.u8()?);
        let stream = u32::from_be_bytes(ahead.array()?) & 0x7fff_ffff;
        *reader = ahead;
        Some(Self { len, kind, flags, stream })
    }

    /// What follows a server's settings (RFC 9113 s6): their acknowledgement, a window, headers.
    fn is_second(&self) -> bool {
        match self.kind {
            HEADERS => self.stream & 1 == 1 && self.len > 0,
            SETTINGS => self.is_settings() && self.flags == ACK,
            WINDOW_UPDATE => self.len == 4 && self.flags == 0,
            PING => self.len == 8 && self.stream == 0,
            GOAWAY => self.len >= 8 && self.stream == 0,
            _ => false,
        }
    }

    fn is_settings(&self) -> bool {
        let sound =
            if self.flags == ACK { self.len == 0 } else { self.flags == 0 && self.len.is_multiple_of(6) };
        self.kind == SETTINGS && self.stream == 0 && sound && self.len <= 32 * 6
    }
}

/// Reads the first header block; what it wants if it is not there yet.
fn headers(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Want {
    let mut reader = Reader::new(bytes);
    while let Some(frame) = Frame::read(&mut reader) {
        if frame.kind != HEADERS {
            if reader.take(frame.len).is_none() {
                break;
            }
            continue;
        }
        if reader.rest().len() < frame.len && !look.cut {
            break;
        }
        let mut block = Reader::new(reader.up_to(frame.len));
        if frame.flags & PADDED != 0 {
            block.up_to(1);
        }
        if frame.flags & PRIORITY != 0 {
            block.up_to(5);
        }
        note(block.rest(), findings);
        return Want::Reply;
    }
    if look.cut { Want::Nothing } else { Want::Rest }
}

fn note(block: &[u8], findings: &mut Findings) {
    for (name, value) in hpack::Block::new(block).take(64) {
        match &*name {
            b":authority" => {
                let host = host_of(&value);
                if !host.is_empty() {
                    findings.facts.hostname = Some(lossy(host, NAME_MAX));
                    findings.facts.hostname_source = Some(HostnameSource::HttpHost);
                }
            }
            b":method" => findings.note("method", lossy(&value, NAME_MAX)),
            b":path" => findings.note("path", lossy(&value, URI_MAX)),
            b":status" => {
                if let Some(status) =
                    std::str::from_utf8(&value).ok().and_then(|text| text.parse::<u16>().ok())
                {
                    findings.note("status", status);
                }
            }
            b"user-agent" => findings.note("user_agent", lossy(&value, TEXT_MAX)),
            b"server" => findings.note("server", lossy(&value, NAME_MAX)),
            b"content-type" => {
                if value.starts_with(b"application/grpc") {
                    findings.note("grpc", true);
                }
                findings.note("content_type", lossy(&value, NAME_MAX));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            50051,
            &[
                (SRC, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\xff\xff\0\0\x17\x01\x04\0\0\0\x01\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff\x5f\x04a/bc"),
                (DST, b"\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0\0\0\x01\x01\x04\0\0\0\x01\x88"),
            ],
        ),
        Sample::tcp(50000, 29510, &[(DST, b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 80, &[(SRC, b"PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n")]),
        Sample::tcp(50000, 80, &[(DST, b"\0\0\x06\x04\0\0\0\0\x01\0\x03\0\0\0\x64")]),
        Sample::tcp(50000, 80, &[(DST, b"\0\0\x05\x04\0\0\0\0\0\0\x03\0\0\0")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    #[test]
    fn the_first_request_is_read() {
        let mut flow = Flow::new(TCP, 50000, 50051);
        for (from_src, payload) in super::SAMPLES.positive[0].said {
            if *from_src {
                flow.src(payload)
            } else {
                flow.dst(payload)
            };
        }
        assert_eq!(flow.inspection.facts().hostname.as_deref(), Some("www.example.com"));
        let findings = &flow.inspection.case.findings;
        assert_eq!(findings.noted("method"), Some(&"GET".into()));
        assert_eq!(findings.noted("content_type"), Some(&"a/bc".into()));
        assert_eq!(findings.noted("status"), Some(&200_u16.into()));
    }
}
