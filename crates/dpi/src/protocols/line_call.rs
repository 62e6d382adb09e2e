//! LINE's calls over UDP: control messages with a length; no specification is public.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "line-call",
    category: "voip",
    encrypted: true,
    over: &[(Transport::Udp, &[0xb6..=0xb6])],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if !is_control(look.bytes, look.bytes.len()) {
        return Verdict::No;
    }
    let known = look.earlier.iter().any(|Glimpse { start, len, .. }| is_control(start, usize::from(*len)));
    if known {
        Verdict::proven("LINE control messages", Want::Nothing)
    } else {
        Verdict::likely("LINE control message", Want::Rest)
    }
}

/// A type, then the length of what follows the header; one type tells another length.
fn is_control(bytes: &[u8], len: usize) -> bool {
    match bytes.first_chunk() {
        Some([0xb6, 0x13, 0, 6]) => len == 46,
        Some([0xb6, 0x01..=0x3f, high, low]) => usize::from(u16::from_be_bytes([*high, *low])) + 4 == len,
        _ => false,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        40000,
        &[(SRC, b"\xb6\x07\0\x04abcd"), (DST, b"\xb6\x09\0\x0cabcdefghijkl")],
    )],
    near_miss: &[Sample::udp(
        50000,
        40000,
        &[(SRC, b"\xb6\x07\0\x05abcd"), (DST, b"\xb6\x09\0\x0dabcdefghijkl")],
    )],
};
