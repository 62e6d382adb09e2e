//! AMQP 0-8 to 0-9-1 and 1.0 (OASIS): protocol header, frames and their methods, also mid-stream.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "amqp",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=3, 8..=8, b'A'..=b'A'])],
    ports: &[5672],
    bound: false,
    fields: &[
        "version",
        "mechanism",
        "user",
        "vhost",
        "product",
        "exchange",
        "routing_key",
        "queue",
        "container",
        "host",
    ],
    head: SHALLOW,
    inspect,
};

const HEADER: &[u8] = b"AMQP";
const HEADER_LEN: usize = 8;

/// Ends every frame of AMQP 0-9-1 (s2.3.5).
const FRAME_END: u8 = 0xce;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() != Some(&b'A') {
        return frames(look, look.bytes, findings).unwrap_or(if look.cut {
            Verdict::No
        } else {
            Verdict::NeedMore
        });
    }
    let Some((header, rest)) = look.bytes.split_at_checked(HEADER_LEN) else {
        let known = look.bytes.iter().zip(HEADER).all(|(byte, expected)| byte == expected);
        return if known && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let version = match header.strip_prefix(HEADER) {
        Some([0, 0, 9, 1]) => "0-9-1",
        Some([0, 0, 9, 0] | [1, 1, 0, 9] | [1, 1, 9, 1]) => "0-9",
        Some([1, 1, 8, 0] | [1, 1, 0, 8]) => "0-8",
        Some([1, 1, 0, 10]) => "0-10",
        Some([0, 1, 0, 0]) => "1.0",
        // Security layers in front of 1.0: TLS and SASL (s5.2, s5.3).
        Some([2 | 3, 1, 0, 0]) => "1.0",
        _ => return Verdict::No,
    };
    findings.note("version", version);
    match frames(look, rest, findings) {
        Some(found @ Verdict::Match { .. }) => found,
        None => Verdict::proven("AMQP protocol header", Want::Rest),
        Some(_) => Verdict::proven("AMQP protocol header", Want::Reply),
    }
}

/// What the frames say together; nothing if the first is not whole yet.
fn frames(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Option<Verdict> {
    if bytes.first() == Some(&0) {
        return frame_1_0(look, bytes, findings);
    }
    let mut reader = Reader::new(bytes);
    let mut known = false;
    let mut want = Want::Rest;
    while let Some(kind) = reader.u8() {
        let (Some(_channel), Some(size)) = (reader.u16(), reader.array().map(u32::from_be_bytes)) else {
            break;
        };
        // Method, header, body, heartbeat.
        if !matches!(kind, 1..=3 | 8) || size > 1 << 20 || kind == 8 && size != 0 {
            return Some(if known { Verdict::proven("AMQP frames", Want::Reply) } else { Verdict::No });
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if kind == 1
            && !matches!(
                reader.rest().get(..2),
                None | Some([0, 10 | 20 | 30 | 40 | 50 | 60 | 70 | 80 | 85 | 90])
            )
        {
            return Some(Verdict::No);
        }
        let (Some(payload), Some(end)) = (reader.take(size), reader.u8()) else { break };
        if end != FRAME_END {
            return Some(Verdict::No);
        }
        known = true;
        if kind == 1 && method(payload, findings) == Want::Reply {
            want = Want::Reply;
        }
    }
    known.then(|| Verdict::proven("AMQP frames", want))
}

/// Methods worth noting, by class and method (0-9-1 s1.1); [`Want::Reply`] once work begins.
fn method(payload: &[u8], findings: &mut Findings) -> Want {
    let mut reader = Reader::new(payload);
    let (Some(class), Some(method)) = (reader.u16(), reader.u16()) else { return Want::Rest };
    let mut short = |field: &'static str| {
        let text = reader.block8();
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            findings.note(field, lossy(text, NAME_MAX));
        }
    };
    match (class, method) {
        (10, 10) => start(payload, findings),
        (10, 11) => start_ok(payload, findings),
        (10, 40) => short("vhost"),
        (10, _) | (20, _) => {}
        (50, 10) => {
            let mut reader = Reader::new(payload.get(6..).unwrap_or_default());
            if let Some(name) = reader.block8().filter(|name| !name.is_empty()) {
                findings.note("queue", lossy(name, NAME_MAX));
            }
        }
        // Publish: a reserved number, then exchange and key.
        (60, 40) => {
            let mut reader = Reader::new(payload.get(6..).unwrap_or_default());
            for field in ["exchange", "routing_key"] {
                if let Some(text) = reader.block8().filter(|text| !text.is_empty()) {
                    findings.note(field, lossy(text, NAME_MAX));
                }
            }
            return Want::Reply;
        }
        (60, 60) => return Want::Reply,
        _ => {}
    }
    Want::Rest
}

/// Connection.Start: version, server properties, mechanisms.
fn start(payload: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(payload.get(6..).unwrap_or_default());
    if let Some(properties) = table(&mut reader) {
        product(properties, findings);
    }
}

/// Connection.StartOk: client properties, mechanism, response.
fn start_ok(payload: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(payload.get(4..).unwrap_or_default());
    let Some(properties) = table(&mut reader) else { return };
    product(properties, findings);
    let (Some(mechanism), Some(response)) = (reader.block8(), table(&mut reader)) else { return };
    credentials(mechanism, response, findings);
}

/// SASL PLAIN (RFC 4616) carries the password as it is.
fn credentials(mechanism: &[u8], response: &[u8], findings: &mut Findings) {
    findings.note("mechanism", lossy(mechanism, NAME_MAX));
    if mechanism == b"PLAIN" || mechanism == b"AMQPLAIN" {
        findings.risk(Risk::CleartextCredentials);
    }
    if mechanism == b"PLAIN"
        && let Some(user) = response.split(|byte| *byte == 0).nth(1)
    {
        findings.note("user", lossy(user, NAME_MAX));
    }
}

/// A field table or long string: its size in four bytes.
fn table<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.array().map(u32::from_be_bytes)?;
    reader.take(usize::try_from(len).ok()?)
}

fn product(properties: &[u8], findings: &mut Findings) {
    const NAME: &[u8] = b"\x07productS";
    if let Some(value) = past(properties, NAME).and_then(|rest| table(&mut Reader::new(rest))) {
        findings.note("product", lossy(value, NAME_MAX));
    }
}

/// AMQP 1.0 (s2.3): size, offset of the data in words, type, channel, then a described list.
fn frame_1_0(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Option<Verdict> {
    let mut reader = Reader::new(bytes);
    let (Some([0, 0, ..]), Some([2..=255, 0 | 1, _, _]), Some([0, 0x53, code])) =
        (reader.array::<4>(), reader.array::<4>(), reader.array::<3>())
    else {
        let fits = bytes.len() < 11 && bytes.get(1).is_none_or(|byte| *byte == 0);
        return if fits && !look.cut { None } else { Some(Verdict::No) };
    };
    match code {
        // Performatives: open, begin, attach, flow, transfer, disposition, detach, end, close.
        0x10 => open(reader.rest(), findings),
        0x11..=0x18 => {}
        // SASL: mechanisms, init, challenge, response, outcome.
        0x40..=0x44 => {
            if let (0x41, [0xc0, _, _, 0xa3, rest @ ..]) = (code, reader.rest()) {
                let mut reader = Reader::new(rest);
                let mechanism = reader.block8().unwrap_or_default();
                let response = reader.u8().filter(|kind| *kind == 0xa0).and_then(|_| reader.block8());
                credentials(mechanism, response.unwrap_or_default(), findings);
            }
        }
        _ => return Some(Verdict::No),
    }
    findings.note("version", "1.0");
    Some(Verdict::proven("AMQP 1.0 frame", Want::Reply))
}

/// Open: container id and host name, strings of the short form.
fn open(list: &[u8], findings: &mut Findings) {
    let skip = match list.first() {
        Some(0xc0) => 3,
        Some(0xd0) => 9,
        _ => return,
    };
    let mut reader = Reader::new(list.get(skip..).unwrap_or_default());
    for field in ["container", "host"] {
        if reader.u8() != Some(0xa1) {
            return;
        }
        if let Some(text) = reader.block8() {
            findings.note(field, lossy(text, NAME_MAX));
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            5673,
            &[
                (SRC, b"AMQP\0\0\x09\x01"),
                (
                    DST,
                    b"\x01\0\0\0\0\0\x2b\0\x0a\0\x0a\0\x09\0\0\0\x11\x07productS\0\0\0\x04Duck\0\0\0\x05PLAIN\0\0\0\x05en_US\xce",
                ),
                (SRC, b"\x01\0\0\0\0\0\x25\0\x0a\0\x0b\0\0\0\0\x05PLAIN\0\0\0\x0c\0guest\0secret\x05en_US\xce"),
            ],
        ),
        Sample::tcp(50000, 5672, &[(SRC, b"\x01\0\x01\0\0\0\x10\0\x3c\0\x28\0\0\x02ex\x05key.a\0\xce")]),
        Sample::tcp(50000, 5672, &[(SRC, b"\0\0\0\x19\x02\0\0\0\0S\x10\xc0\x0c\x02\xa1\x03abc\xa1\x03d.e")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 5672, &[(SRC, b"AMQP\0\0\x07\x01")]),
        Sample::tcp(50000, 5672, &[(SRC, b"\x01\0\x01\0\0\0\x10\0\x3c\0\x28\0\0\x02ex\x05key.a\0\xcf")]),
    ],
};
