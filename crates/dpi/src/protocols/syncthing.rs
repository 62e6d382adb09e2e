//! Syncthing: local discovery (v3, v4) and relay protocol: device addresses.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "syncthing",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Udp, &[0x2e..=0x2e, 0x9d..=0x9d]), (Transport::Tcp, &[0x2e..=0x2e, 0x9e..=0x9e])],
    ports: &[21027, 22000, 22067],
    bound: false,
    fields: &["addresses"],
    head: SHALLOW,
    inspect,
};

/// Local discovery and hello, local discovery before 0.14.14, relays.
const MAGIC: [u8; 4] = [0x2e, 0xa7, 0xd9, 0x0b];
const OLD_MAGIC: [u8; 4] = [0x9d, 0x79, 0xbc, 0x39];
const RELAY_MAGIC: [u8; 4] = [0x9e, 0x79, 0xbc, 0x40];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(magic) = reader.array::<4>() else {
        let begun = [MAGIC, RELAY_MAGIC].iter().any(|magic| magic.starts_with(look.bytes));
        return if begun && look.transport == Transport::Tcp && !look.cut {
            Verdict::NeedMore
        } else {
            Verdict::No
        };
    };
    match (magic, look.transport) {
        (MAGIC | OLD_MAGIC, Transport::Udp) => {
            addresses(reader.rest(), findings);
            Verdict::proven("Syncthing discovery's magic", Want::Nothing)
        }
        (MAGIC | RELAY_MAGIC, Transport::Tcp) => Verdict::proven("Syncthing's magic", Want::Nothing),
        _ => Verdict::No,
    }
}

/// The announcement's second field, as often as there are addresses (protocol buffers).
fn addresses(bytes: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(bytes);
    while let Some(tag) = reader.u8() {
        match tag {
            0x0a | 0x12 => {
                let Some(len) = reader.u8() else { return };
                // Relays' addresses are longer than 127 bytes: two bytes of length.
                let len = match len {
                    ..0x80 => usize::from(len),
                    _ => usize::from(len & 0x7f) | usize::from(reader.u8().unwrap_or_default()) << 7,
                };
                let Some(value) = reader.take(len) else { return };
                if tag == 0x12 {
                    findings.add(
                        "addresses",
                        lossy(value.split(|byte| *byte == b'?').next().unwrap_or(value), NAME_MAX),
                    );
                }
            }
            _ => return,
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        21027,
        &[(SRC, b"\x2e\xa7\xd9\x0b\x0a\x04abcd\x12\x15tcp://192.0.2.1:22000")],
    )],
    near_miss: &[Sample::udp(
        50000,
        21027,
        &[(SRC, b"\x2e\xa7\xd9\x0c\x0a\x04abcd\x12\x15tcp://192.0.2.1:22000")],
    )],
};
