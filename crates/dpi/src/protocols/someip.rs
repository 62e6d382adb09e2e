//! SOME/IP and its service discovery (AUTOSAR PRS 696 and 697): services, methods, what is offered and sought.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "someip",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, ANY), (Transport::Tcp, ANY)],
    ports: &[30490, 30491, 30501, 30509],
    bound: false,
    fields: &["services", "methods", "messages", "return_code", "offers", "finds", "subscribes"],
    head: SHALLOW,
    inspect,
};

const HEADER_LEN: usize = 16;

/// Messages after which a direction has said what it does.
const ENOUGH: usize = 8;

/// Service and method of service discovery.
const DISCOVERY: [u8; 4] = [0xff, 0xff, 0x81, 0x00];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some((&header, _)) = reader.rest().split_first_chunk::<HEADER_LEN>() {
        // PRS 696 s4.1.2: message id, length from request id on, request id, versions, type, code.
        let [a, b, c, d, l0, l1, l2, l3, _, _, _, _, 1, _, kind, code] = header else { return Verdict::No };
        let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
        let (8..=0xff_ffff, Some(name)) = (length, message_type(kind)) else { return Verdict::No };
        // Requests and notifications have the code "ok".
        if code >= 0x5f || (kind & 0xdf < 3 && code != 0) {
            return Verdict::No;
        }
        let Some(message) = reader.take(length.saturating_add(8)) else {
            if look.transport == Transport::Udp && !look.cut {
                return Verdict::No;
            }
            break;
        };
        count += 1;
        findings.add("services", format!("{:04x}", u16::from_be_bytes([a, b])).into());
        findings.add("methods", format!("{:04x}", u16::from_be_bytes([c, d])).into());
        findings.add("messages", name.into());
        if kind & 0x80 != 0 {
            findings.note("return_code", code);
        }
        if [a, b, c, d] == DISCOVERY {
            discovery(message.get(HEADER_LEN..).unwrap_or_default(), findings);
        }
    }
    match count {
        0 if look.cut || look.transport == Transport::Udp => Verdict::No,
        // In a stream every flow would wait for 16 bytes; a length over 16 MiB rules most out.
        0 if matches!(look.bytes, [_, _, _, _, high, ..] if *high != 0) => Verdict::No,
        0 => Verdict::NeedMore,
        _ if look.transport == Transport::Udp && !reader.is_empty() && !look.cut => Verdict::No,
        1..ENOUGH => Verdict::proven("SOME/IP header and its length", Want::Rest),
        _ => Verdict::proven("SOME/IP header and its length", Want::Reply),
    }
}

/// PRS 696 s4.1.2.6; bit 5 is for segments (SOME/IP-TP).
fn message_type(kind: u8) -> Option<&'static str> {
    Some(match kind & !0x20 {
        0x00 => "request",
        0x01 => "request-no-return",
        0x02 => "notification",
        0x40 => "request-ack",
        0x41 => "request-no-return-ack",
        0x42 => "notification-ack",
        0x80 => "response",
        0x81 => "error",
        0xc0 => "response-ack",
        0xc1 => "error-ack",
        _ => return None,
    })
}

/// PRS 697 s4.1.2: flags, entries of 16 bytes each, options.
fn discovery(bytes: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(bytes);
    reader.take(4)?;
    let length = usize::try_from(reader.array().map(u32::from_be_bytes)?).ok()?;
    let mut entries = Reader::new(reader.take(length)?);
    while let Some([kind, _, _, _, a, b, c, d, _, ttl @ .., _, _, _, _]) = entries.array::<16>() {
        let service = format!("{:04x}.{:04x}", u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        match kind {
            0 => findings.add("finds", service.into()),
            // A time to live of 0 takes the offer back.
            1 if ttl != [0; 3] => findings.add("offers", service.into()),
            6 if ttl != [0; 3] => findings.add("subscribes", service.into()),
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            40000,
            40001,
            &[
                (SRC, b"\x12\x34\0\x08\0\0\0\x0a\0\0\0\x01\x01\x01\0\0\xab\xcd"),
                (DST, b"\x12\x34\0\x08\0\0\0\x0a\0\0\0\x01\x01\x01\x80\0\xab\xcd"),
            ],
        ),
        Sample::udp(
            30490,
            30490,
            &[(SRC, b"\xff\xff\x81\0\0\0\0\x24\0\0\0\x01\x01\x01\x02\0\xc0\0\0\0\0\0\0\x10\x01\0\0\0\x12\x34\0\x01\x01\0\0\x03\0\0\0\0\0\0\0\0")],
        ),
    ],
    near_miss: &[Sample::udp(
        30490,
        30490,
        &[(SRC, b"\x12\x34\0\x08\0\0\0\x0b\0\0\0\x01\x01\x01\0\0\xab\xcd")],
    )],
};
