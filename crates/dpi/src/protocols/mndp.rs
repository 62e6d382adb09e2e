//! MikroTik's neighbour discovery: identity, version, board, address.

use crate::notation::mac;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mndp",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[5678],
    bound: true,
    fields: &["mac", "identity", "version", "platform", "software_id", "board", "interface"],
    head: SHALLOW,
    inspect,
};

/// Header and sequence, then type, length, value.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((header, values)) = look.bytes.split_first_chunk::<4>() else { return Verdict::No };
    if values.is_empty() {
        return match header {
            [0, 0, 0, 0] => Verdict::proven("MikroTik's question at its port", Want::Reply),
            _ => Verdict::No,
        };
    }
    // The first is the address, which has six bytes.
    let [0, 1, 0, 6, ..] = values else { return Verdict::No };
    let mut reader = Reader::new(values);
    while let Some(kind) = reader.u16() {
        let Some(value) = reader.block16() else {
            return if look.cut { break } else { Verdict::No };
        };
        let field = match (kind, value) {
            (1, address @ [_, _, _, _, _, _]) => {
                findings.note("mac", mac(address));
                continue;
            }
            (5, _) => "identity",
            (7, _) => "version",
            (8, _) => "platform",
            (11, _) => "software_id",
            (12, _) => "board",
            (16, _) => "interface",
            (1..=0x20, _) => continue,
            _ => return Verdict::No,
        };
        findings.note(field, lossy(value, NAME_MAX));
    }
    Verdict::proven("MikroTik's announcement", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            5678,
            5678,
            &[(SRC, b"\0\0\x01\x02\0\x01\0\x06\x4c\x5e\x0c\x01\x02\x03\0\x05\0\x05gw-01\0\x07\0\x05 7.11\0\x08\0\x08MikroTik")],
        ),
        Sample::udp(5678, 5678, &[(SRC, &[0; 4])]),
    ],
    near_miss: &[Sample::udp(
        5678,
        5678,
        &[(SRC, b"\0\0\x01\x02\0\x01\0\x06\x4c\x5e\x0c\x01\x02\x03\0\x05\0\x06gw-01\0\x07\0\x05 7.11\0\x08\0\x08MikroTik")],
    )],
};
