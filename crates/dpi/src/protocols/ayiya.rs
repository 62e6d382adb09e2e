//! Anything In Anything (draft-massar-v6ops-ayiya-02): IPv6 in signed UDP.

use crate::inner::is_ip;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ayiya",
    category: "tunnel",
    encrypted: false,
    // Length of the identity as a power of two, and its type.
    over: &[(Transport::Udp, &[0x21..=0x23, 0x41..=0x43])],
    ports: &[5072],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// draft-massar-v6ops-ayiya-02 s3.1: no next header, IPv4, IPv6.
const NOTHING: u8 = 59;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let [first, signature, operation, next, _epoch @ ..] = look.bytes else { return Verdict::No };
    let identity = 1usize << (first >> 4);
    // The signature's length in words, its method up to SHA-1; the way of authentication.
    let words = usize::from(signature >> 4);
    let (method, authentication) = (signature & 0xf, operation >> 4);
    let packet = look.bytes.get(8 + identity + words * 4..).unwrap_or_default();
    let sound = method <= 3 && authentication <= 3 && operation & 0xf <= 5;
    let carried = match *next {
        NOTHING => packet.is_empty() && look.bytes.len() == 8 + identity + words * 4,
        4 | 41 => is_ip(packet, look.cut),
        _ => false,
    };
    if sound && carried {
        Verdict::proven("packet behind an AYIYA header", Want::Nothing)
    } else {
        Verdict::No
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        5072,
        &[(
            SRC,
            b"\x41\x52\x11\x3b\x65\x53\xf1\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01abcdefghijklmnopqrst",
        )],
    )],
    near_miss: &[Sample::udp(
        50000,
        5072,
        &[(
            SRC,
            b"\x41\x52\x11\x3b\x65\x53\xf1\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01abcdefghijklmnopqrstu",
        )],
    )],
};
