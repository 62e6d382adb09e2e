//! Zug consensus protocol (Casper): magic number and version.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "zug",
    category: "p2p",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=1])],
    ports: &[19000],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.bytes {
        [0, b'z', b'U', b'G', 0x10, ..] => Verdict::proven("Zug's magic number", Want::Reply),
        // Answers have another second byte.
        [1, 0x9a, b'U', b'G', 0x10, ..] => Verdict::proven("Zug's magic number in an answer", Want::Reply),
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 19001, &[(SRC, b"\0zUG\x10\xae\xa0\x41\0\x6e")])],
    near_miss: &[Sample::udp(50000, 19000, &[(SRC, b"\0zUG\x20\xae\xa0\x41\0\x6e")])],
};
