//! Ubiquiti's discovery (versions 1 and 2, AirControl): hostname, model, firmware, addresses.

use crate::notation::mac;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ubiquiti-discovery",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=2])],
    ports: &[10001],
    bound: false,
    fields: &["hostname", "model", "firmware", "mac", "essid", "uptime"],
    head: SHALLOW,
    inspect,
};

/// Version, command, length of the rest; values of type, length of two bytes, and value.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((&[version, command, high, low], rest)) = look.bytes.split_first_chunk() else {
        return Verdict::No;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    match (version, command, length, rest) {
        // A question has nothing to say.
        (1, 0, 0, []) | (2, 8, 0, []) if look.hinted => {
            return Verdict::proven("Ubiquiti's question at its port", Want::Reply);
        }
        (1 | 2, 0..=0x10, 3.., _) if length == rest.len() || (look.cut && length > rest.len()) => {}
        _ => return Verdict::No,
    }
    let mut reader = Reader::new(rest);
    let mut count = 0;
    while let Some(kind) = reader.u8() {
        match (kind, reader.block16()) {
            (1..=0x40, Some(_)) => count += 1,
            _ if look.cut => break,
            _ => return Verdict::No,
        }
    }
    note(Reader::new(rest), findings);
    if look.hinted || count > 2 {
        Verdict::proven("Ubiquiti's announcement", Want::Nothing)
    } else {
        Verdict::likely("values as in Ubiquiti's announcement", Want::Nothing)
    }
}

fn note(mut reader: Reader<'_>, findings: &mut Findings) {
    while let Some(kind) = reader.u8() {
        let Some(value) = reader.block16() else { break };
        match (kind, value) {
            (0x01, address @ [_, _, _, _, _, _]) | (0x02, address @ [_, _, _, _, _, _, ..]) => {
                findings.note("mac", mac(address.get(..6).unwrap_or_default()));
            }
            (0x0a, [a, b, c, d]) => findings.note("uptime", u32::from_be_bytes([*a, *b, *c, *d])),
            (0x03 | 0x16, text) => findings.note("firmware", lossy(text, NAME_MAX)),
            (0x0b, text) => findings.note("hostname", lossy(text, NAME_MAX)),
            (0x0d, text) => findings.note("essid", lossy(text, NAME_MAX)),
            (0x14, text) => findings.note("model", lossy(text, NAME_MAX)),
            // The short name stands in where there is no long one.
            (0x0c | 0x15, text) if findings.noted("model").is_none() => {
                findings.note("model", lossy(text, NAME_MAX));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            10001,
            &[
                (SRC, b"\x01\0\0\0"),
                (DST, b"\x01\0\0\x22\x01\0\x06\x24\xa4\x3c\x01\x02\x03\x0b\0\x04UBNT\x0c\0\x03NB5\x03\0\x09XW.v5.6.3"),
            ],
        ),
        Sample::udp(50000, 10001, &[(SRC, b"\x02\x06\0\x10\x0b\0\x04UBNT\x16\0\x065.6.30")]),
    ],
    near_miss: &[
        Sample::udp(50000, 10001, &[(SRC, b"\x01\0\0\x01")]),
        Sample::udp(50000, 10001, &[(SRC, b"\x02\x06\0\x10\x0b\0\x04UBNT\x16\0\x075.6.30")]),
    ],
};
