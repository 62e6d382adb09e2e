//! Sonos, audio between its players at UDP port 7080: numbered packets.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sonos",
    category: "streaming",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[7080],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

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
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
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
};
