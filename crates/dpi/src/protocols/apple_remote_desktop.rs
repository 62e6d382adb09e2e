//! Apple Remote Desktop's network assistant (no public specification): who is there, and the answer.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "apple-remote-desktop",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[3283],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Which Macs can be managed?
const QUESTION: [u8; 4] = [0, 0x14, 0, 0];

/// What an answer begins with; it counts what follows.
const ANSWER: u16 = 1;
const HEADER_LEN: usize = 4;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if look.bytes == QUESTION {
        return Verdict::proven("question for machines at its port", Want::Nothing);
    }
    let mut reader = Reader::new(look.bytes);
    let (Some(ANSWER), Some(len)) = (reader.u16(), reader.u16()) else { return Verdict::No };
    let whole = usize::from(len).saturating_add(HEADER_LEN) == look.bytes.len();
    match whole && len > 64 {
        // Answers to discovery of other kinds are short, and have a length in the same place.
        true if len < 256 => Verdict::likely("short answer of its own length at its port", Want::Rest),
        true => Verdict::proven("answer of its own length at its port", Want::Nothing),
        false => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 3283, &[(SRC, b"\0\x14\0\0")])],
    near_miss: &[
        Sample::udp(50000, 3283, &[(SRC, b"\0\x14\0\x01")]),
        Sample::udp(50000, 3284, &[(SRC, b"\0\x14\0\0")]),
    ],
};
