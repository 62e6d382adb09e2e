//! Radmin: messages with their length and checksum.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "radmin",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[1..=1])],
    ports: &[4899],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// The longest message whose checksum is waited for.
const MAX_LEN: u32 = 1024;

/// A one, the body's length, the sum of the body's little-endian words, the body.
fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if look.bytes.get(1..3).is_some_and(|high| high != [0, 0]) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    let (Some(1), Some(len), Some(sum)) =
        (reader.u8(), reader.array().map(u32::from_be_bytes), reader.array().map(u32::from_be_bytes))
    else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if !(1..=MAX_LEN).contains(&len) {
        return Verdict::No;
    }
    let Some(body) = usize::try_from(len).ok().and_then(|len| reader.take(len)) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let words =
        body.chunks(4).map(|chunk| chunk.iter().rev().fold(0u32, |word, byte| word << 8 | u32::from(*byte)));
    match words.fold(0u32, u32::wrapping_add) == sum {
        true => Verdict::proven("Radmin message with its checksum", Want::Nothing),
        false => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        4899,
        &[(SRC, b"\x01\0\0\0\x05\0\0\x02\x27\x27\x02\0\0\0"), (DST, b"\x01\0\0\0\x05\0\0\0\x27\x27\0\0\0\0")],
    )],
    near_miss: &[Sample::tcp(50000, 4899, &[(SRC, b"\x01\0\0\0\x05\0\0\x02\x28\x27\x02\0\0\0")])],
};
