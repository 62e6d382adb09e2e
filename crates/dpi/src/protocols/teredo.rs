//! Teredo (RFC 4380): IPv6 packets in UDP, through the address translators of IPv4.

use crate::inner::is_ipv6;
use crate::notation::address;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "teredo",
    category: "tunnel",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0, 0x60..=0x6f])],
    ports: &[3544],
    bound: false,
    fields: &["source", "destination"],
    head: SHALLOW,
    inspect,
};

/// RFC 4380 s2.6, and what addresses began with before it.
const PREFIXES: [[u8; 4]; 2] = [[0x20, 0x01, 0, 0], [0x3f, 0xfe, 0x83, 0x1f]];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(packet) = packet(look.bytes).filter(|packet| is_ipv6(packet, look.cut)) else {
        return Verdict::No;
    };
    let mut addresses = Reader::new(packet.get(8..).unwrap_or_default());
    let (Some(source), Some(destination)) = (addresses.array::<16>(), addresses.array::<16>()) else {
        return Verdict::No;
    };
    let teredo = |address: &[u8]| PREFIXES.iter().any(|prefix| address.starts_with(prefix));
    // RFC 4380 s5.2.1: qualification uses addresses of the link.
    let link = source.starts_with(&[0xfe, 0x80]);
    if !(teredo(&source) || teredo(&destination) || link && look.hinted) {
        return Verdict::No;
    }
    for (field, known) in [("source", source), ("destination", destination)] {
        if let Some(text) = address(&known) {
            findings.note(field, text);
        }
    }
    Verdict::proven("IPv6 packet with Teredo's addresses", Want::Nothing)
}

/// The packet behind authentication and origin (RFC 4380 s5.1.1).
fn packet(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    if bytes.starts_with(&[0, 1]) {
        let (_kind, client, code) = (reader.u16()?, reader.u8()?, reader.u8()?);
        reader.take(usize::from(client) + usize::from(code) + 9)?;
    }
    if reader.rest().starts_with(&[0, 0]) {
        reader.take(8)?;
    }
    Some(reader.rest())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        // Bubbles: packets without anything in them.
        Sample::udp(
            50000,
            50001,
            &[(SRC, b"\x60\0\0\0\0\0\x3b\x15\x20\x01\0\0\xc0\0\x02\x01\0\0\x3c\xaf\x3f\xff\xfd\xf4\x20\x01\0\0\xc0\0\x02\x01\0\0\x3c\xaf\x3f\xff\xfd\xf5")],
        ),
        Sample::udp(
            50000,
            3544,
            &[(SRC, b"\0\x01\0\0\x12\x34\x56\x78\x9a\xbc\xde\xf0\0\x60\0\0\0\0\0\x3b\xff\xfe\x80\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xfe\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x02")],
        ),
    ],
    near_miss: &[Sample::udp(
        50000,
        3544,
        &[(SRC, b"\x60\0\0\0\0\x01\x3b\x15\x20\x01\0\0\xc0\0\x02\x01\0\0\x3c\xaf\x3f\xff\xfd\xf4\x20\x01\0\0\xc0\0\x02\x01\0\0\x3c\xaf\x3f\xff\xfd\xf5")],
    )],
};
