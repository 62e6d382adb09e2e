//! Sonos' sound between players over UDP: its control packets.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sonos",
    category: "streaming",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=3])],
    ports: &[7080],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// A sequence number, then a kind: a control packet is that and one byte of 0xfc or more, and a
/// few zeros. Packets with sound in them say nothing by themselves, two in a row do.
fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let [a, b, c, d, rest @ ..] = look.bytes else { return Verdict::No };
    match rest {
        [0 | 1, 0, 0, 0, 0xfc..=0xff] | [0 | 1, 0, 0, 0, 0xfc..=0xff, 0, 0, _] => {
            return Verdict::proven("Sonos' control packet", Want::Nothing);
        }
        [0, 0, _, _, sound @ ..] if !sound.is_empty() => {}
        _ => return Verdict::No,
    }
    let sequence = u32::from_be_bytes([*a, *b, *c, *d]);
    match look.last(true) {
        Some(before) => {
            let [a, b, c, d, 0, 0, ..] = before.start else { return Verdict::No };
            let distance = sequence.wrapping_sub(u32::from_be_bytes([a, b, c, d]));
            if (1..=32).contains(&distance) {
                Verdict::likely("Sonos' sound, numbered", Want::Nothing)
            } else {
                Verdict::No
            }
        }
        None => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 7080, &[(SRC, b"\0\x12\x34\x56\0\0\0\0\xfc")]),
        Sample::udp(
            50000,
            7080,
            &[
                (SRC, b"\0\x12\x34\x56\0\0\xff\xff\x11\x22\x33\x44"),
                (SRC, b"\0\x12\x34\x57\0\0\xff\xff\x55\x66\x77"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 7080, &[(SRC, b"\0\x12\x34\x56\0\0\0\0\x0c")]),
        Sample::udp(
            50000,
            7080,
            &[
                (SRC, b"\0\x12\x34\x56\0\0\xff\xff\x11\x22\x33\x44"),
                (SRC, b"\0\x11\x34\x57\0\0\xff\xff\x55\x66\x77"),
            ],
        ),
    ],
};
