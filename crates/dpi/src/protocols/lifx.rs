//! LIFX lamps' protocol on the local network: messages, the lamp's address and label.

use crate::notation::mac;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "lifx",
    category: "iot",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[56700],
    bound: false,
    fields: &["message", "target", "label"],
    head: SHALLOW,
    inspect,
};

/// Size, protocol 1024 with the addressable bit, source, target, acknowledgement, sequence, type.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [low, high, 0, 0x14 | 0x34, rest @ ..] = look.bytes else { return Verdict::No };
    let [_, _, _, _, a, b, c, d, e, f, 0, 0, rest @ ..] = rest else { return Verdict::No };
    // Six reserved bytes, flags, sequence, eight more, the type, two more.
    let Some(([_, _, _, _, _, _, flags, _, _, _, _, _, _, _, _, _, kind_low, kind_high, 0, 0], payload)) =
        rest.split_first_chunk::<20>()
    else {
        return Verdict::No;
    };
    if usize::from(u16::from_le_bytes([*low, *high])) != look.bytes.len() || flags & 0xfc != 0 {
        return Verdict::No;
    }
    let kind = u16::from_le_bytes([*kind_low, *kind_high]);
    if kind > 1000 {
        return Verdict::No;
    }
    findings.note("message", kind);
    findings.note("target", mac(&[*a, *b, *c, *d, *e, *f]));
    // State of the label, and of the light with it.
    let label = match kind {
        25 => payload.get(..32),
        107 => payload.get(12..44),
        _ => None,
    };
    if let Some(label) = label {
        let end = label.iter().position(|byte| *byte == 0).unwrap_or(label.len());
        findings.note("label", lossy(label.get(..end).unwrap_or_default(), NAME_MAX));
    }
    Verdict::proven("LIFX header and its size", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        56700,
        &[(
            SRC,
            b"\x24\0\0\x34\x01\x02\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\0\x02\0\0\0",
        )],
    )],
    near_miss: &[Sample::udp(
        50000,
        56700,
        &[(
            SRC,
            b"\x25\0\0\x34\x01\x02\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\0\x02\0\0\0",
        )],
    )],
};
