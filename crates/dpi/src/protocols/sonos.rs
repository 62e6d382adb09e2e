<<<<<<< HEAD
//! Sonos' sound between players over UDP: its control packets.
=======
//! Sonos, audio between its players at UDP port 7080: numbered packets.
>>>>>>> dpi-text

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
<<<<<<< HEAD
=======
use crate::reader::Reader;
>>>>>>> dpi-text

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sonos",
    category: "streaming",
    encrypted: false,
<<<<<<< HEAD
    over: &[(Transport::Udp, &[0..=3])],
=======
    over: &[(Transport::Udp, &[0..=0])],
>>>>>>> dpi-text
    ports: &[7080],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

<<<<<<< HEAD
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
            if (1..=1024).contains(&distance) {
                Verdict::likely("Sonos' sound, numbered", Want::Nothing)
            } else {
                Verdict::No
            }
        }
        None => Verdict::NeedMore,
=======
/// Furthest that the number of the next packet may be away.
const MAX_STEP: u32 = 16;

/// Commands are short, audio comes in pieces of 1024 bytes after a header of eight. A number of 32
/// bits begins them, and the one of the datagram before has to be just below.
fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let plausible = |len: usize| (9..200).contains(&len) || (1000..1100).contains(&len);
    let Some(number) = Reader::new(look.bytes).array().map(u32::from_be_bytes) else { return Verdict::No };
    if !plausible(look.bytes.len()) {
        return Verdict::No;
    }
    let Some(before) = look.last(true) else { return Verdict::NeedMore };
    let earlier = Reader::new(&before.start).array().map(u32::from_be_bytes).unwrap_or_default();
    let step = number.wrapping_sub(earlier);
    match plausible(before.len.into()) && (1..=MAX_STEP).contains(&step) {
        true => Verdict::likely("numbered packets at Sonos' port", Want::Nothing),
        false => Verdict::No,
>>>>>>> dpi-text
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
<<<<<<< HEAD
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
=======
    positive: &[Sample::udp(
        50000,
        7080,
        &[(SRC, b"\0\x13\x59\x84\0\0\0\0\xfc"), (SRC, b"\0\x13\x59\x85\x01\0\0\0\xfd\0\0\x0c")],
    )],
    near_miss: &[Sample::udp(
        50000,
        7080,
        &[(SRC, b"\0\x13\x59\x84\0\0\0\0\xfc"), (SRC, b"\0\x14\x59\x85\x01\0\0\0\xfd\0\0\x0c")],
    )],
>>>>>>> dpi-text
};
