//! iQIYI's peer-to-peer streaming, from PPStream: its client's name in a message to a tracker.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::holds;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "iqiyi",
    category: "streaming",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[16600],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const NAME: &[u8] = b"PPStream";

fn inspect(look: &Look<'_>, _: &mut Findings) -> Verdict {
    // Two bytes, then the whole length in little endian.
    let &[_, _, low, high, ..] = look.bytes else { return Verdict::No };
    if usize::from(u16::from_le_bytes([low, high])) != look.bytes.len()
        || !(64..=512).contains(&look.bytes.len())
    {
        return Verdict::No;
    }
    match holds(look.bytes, NAME) {
        true => Verdict::proven("PPStream's name behind a length", Want::Nothing),
        false => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        16600,
        &[(SRC, b"\x1c\x40\x48\0................................................PPStream............")],
    )],
    near_miss: &[Sample::udp(
        50000,
        16600,
        &[(SRC, b"\x1c\x40\x49\0................................................PPStream............")],
    )],
};
