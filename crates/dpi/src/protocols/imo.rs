//! imo's calls over UDP: the small packets that keep paths open; no specification is public.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "imo",
    category: "voip",
    encrypted: true,
    over: &[(Transport::Udp, ANY)],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Datagrams that may come before one that says something.
const PATIENCE: usize = 5;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.bytes {
        // A type, a counter that grows by few, zeros.
        [9, 2, _, _, _, 0, 0, 0, 0, 0] | [0, 9, 3, _, _, _, 0, 0, 0, 0, 0] => {
            Verdict::proven("imo keep-alive", Want::Nothing)
        }
        // Paths are probed with single bytes; the first media comes before the first keep-alive.
        [_] if look.earlier.len() < PATIENCE => Verdict::NeedMore,
        _ if look.earlier.len() < PATIENCE && is_framed(look.bytes) => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

/// A length of one or two bytes, seven bits in each, that is the datagram's, perhaps after a zero
/// and with a keep-alive behind.
fn is_framed(bytes: &[u8]) -> bool {
    let framed = bytes.strip_prefix(&[0]).unwrap_or(bytes);
    let (len, rest) = match framed {
        [high @ 0x80..=0x8f, low @ 0..=0x7f, rest @ ..] => {
            (usize::from(high & 0x7f) << 7 | usize::from(*low), rest)
        }
        [len @ 0..=0x7f, rest @ ..] => (usize::from(*len), rest),
        _ => return false,
    };
    match rest.get(len..) {
        Some([]) => true,
        Some([9, 2, after @ ..]) => after.len() == 8,
        _ => false,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 40000, &[(SRC, b"\x07"), (SRC, b"\x09\x02\xdc\x9a\x02\0\0\0\0\0")])],
    near_miss: &[Sample::udp(50000, 40000, &[(SRC, b"\x07"), (SRC, b"\x09\x02\xdc\x9a\x02\0\0\x01\0\0")])],
};
