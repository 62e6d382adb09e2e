//! Radmin (no public specification): frames with the sum that they carry.

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

/// Kind, length of the data, their sum.
const HEADER_LEN: usize = 9;

/// The first messages are short.
const LENGTHS: std::ops::RangeInclusive<usize> = 1..=1024;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some([1, 0, 0, high, low]) = reader.array() else {
        let begun = look.bytes.len() < 5 && look.bytes.iter().skip(1).take(2).all(|byte| *byte == 0);
        return if begun { more } else { Verdict::No };
    };
    let len = usize::from(u16::from_be_bytes([high, low]));
    if !LENGTHS.contains(&len) {
        return Verdict::No;
    }
    if look.bytes.len() < len.saturating_add(HEADER_LEN) {
        return more;
    }
    let (Some(sum), Some(data)) = (reader.array().map(u32::from_be_bytes), reader.take(len)) else {
        return Verdict::No;
    };
    if sum == 0 || sum != sum_of(data) {
        return Verdict::No;
    }
    Verdict::proven("frame with its sum", Want::Nothing)
}

/// The data as 32-bit numbers, the last one filled up with zeros.
fn sum_of(data: &[u8]) -> u32 {
    data.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        sum.wrapping_add(u32::from_le_bytes(word))
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        4899,
        &[(SRC, b"\x01\0\0\0\x01\0\0\0\x08\x08"), (DST, b"\x01\0\0\0\x08\0\0\x02\x12\x08\x02\0\0\x0a\0\0\0")],
    )],
    near_miss: &[Sample::tcp(50000, 4899, &[(SRC, b"\x01\0\0\0\x01\0\0\0\x09\x08")])],
};
