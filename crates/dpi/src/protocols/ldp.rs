//! Label Distribution Protocol of MPLS (RFC 5036): hellos over UDP, sessions over TCP.

use crate::notation::dotted;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ldp",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0]), (Transport::Tcp, &[0..=0])],
    ports: &[646],
    bound: false,
    fields: &["router", "message"],
    head: SHALLOW,
    inspect,
};

const VERSION: u16 = 1;
const HELLO: u16 = 0x0100;

/// RFC 5036 s3.1: version and length, then identifier of router and label space.
const IDENTIFIER_LEN: usize = 6;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (version, len) = (reader.u16(), reader.u16());
    let (router, space, kind, message_len) = (reader.u32(), reader.u16(), reader.u16(), reader.u16());
    if version.is_some_and(|version| version != VERSION)
        || len.is_some_and(|len| usize::from(len) < IDENTIFIER_LEN + 8 || len > 4096)
    {
        return Verdict::No;
    }
    let (Some(len), Some(router), Some(space), Some(kind), Some(message_len)) =
        (len, router, space, kind, message_len)
    else {
        return if look.transport == Transport::Tcp && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // The U bit of a message type says what to do if it is not known.
    let Some(name) = message(kind & 0x7fff) else { return Verdict::No };
    let (len, message_len) = (usize::from(len), usize::from(message_len));
    // RFC 5036 s3.1: maximal once agreed; the global label space is 0.
    let fits = message_len >= 4 && message_len + 4 + IDENTIFIER_LEN <= len && router != 0 && space <= 0xff;
    let exact = look.bytes.len() == len + 4 || look.cut && look.bytes.len() < len + 4;
    match look.transport {
        // RFC 5036 s2.4.1: hellos, which have their parameters first (RFC 5036 s3.5.2).
        Transport::Udp if fits && exact && kind == HELLO && is_hello(reader) => {}
        // Sessions begin with an initialization; later on a message ends where its unit does.
        Transport::Tcp
            if fits && kind != HELLO && (message_len + 4 + IDENTIFIER_LEN == len || look.hinted) => {}
        _ => return Verdict::No,
    }
    findings.note("router", dotted(router));
    findings.note("message", name);
    Verdict::proven("LDP unit of one length with its message", Want::Nothing)
}

/// RFC 5036 s3.5.2: number of the message, then parameters: type 0x0400, length 4.
fn is_hello(mut reader: Reader<'_>) -> bool {
    let _number = reader.u32();
    reader.rest().starts_with(&[4, 0, 0, 4])
}

/// RFC 5036 s3.7, RFC 5561, RFC 7275.
fn message(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0x0001 => "notification",
        HELLO => "hello",
        0x0200 => "initialization",
        0x0201 => "keepalive",
        0x0202 => "capability",
        0x0300 => "address",
        0x0301 => "address-withdraw",
        0x0400 => "label-mapping",
        0x0401 => "label-request",
        0x0402 => "label-withdraw",
        0x0403 => "label-release",
        0x0404 => "label-abort-request",
        0x0700..=0x0703 => "redundancy-group",
        0x3e00..=0x3eff => "vendor",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            646,
            646,
            &[(SRC, b"\0\x01\0\x16\xc0\0\x02\x01\0\0\x01\0\0\x0c\0\0\0\x01\x04\0\0\x04\0\x0f\0\0")],
        ),
        Sample::tcp(
            50000,
            646,
            &[(SRC, b"\0\x01\0\x20\xc0\0\x02\x01\0\0\x02\0\0\x16\0\0\0\x02\x05\0\0\x0e\0\x01\0\xb4\0\0\0\0\xc0\0\x02\x02\0\0")],
        ),
    ],
    near_miss: &[
        Sample::udp(
            646,
            646,
            &[(SRC, b"\0\x01\0\x16\xc0\0\x02\x01\0\0\x01\0\0\x0c\0\0\0\x01\x04\x01\0\x04\0\x0f\0\0")],
        ),
        Sample::tcp(50000, 646, &[(SRC, b"\0\x01\0\x20\xc0\0\x02\x01\0\0\x02\x09\0\x16\0\0\0\x02\x05\0\0\x0e\0\x01")]),
    ],
};
