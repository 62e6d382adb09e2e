//! Streaming ACN, lighting over UDP (ANSI E1.31): source and universe.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sacn",
    category: "media",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[5568],
    bound: false,
    fields: &["source", "universe"],
    head: SHALLOW,
    inspect,
};

/// Sizes of preamble and postamble, and the identifier of ACN's packets (s5).
const PREAMBLE: &[u8] = b"\0\x10\0\0ASC-E1.17\0\0\0";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.starts_with(PREAMBLE) {
        return Verdict::No;
    }
    // Root layer's vector 4 is data, and within framing has vector 2 (s6.2).
    if look.bytes.get(18..22) == Some(&[0, 0, 0, 4])
        && let (Some(source), Some(&[high, low])) = (look.bytes.get(44..108), look.bytes.get(113..115))
    {
        let end = source.iter().position(|byte| *byte == 0).unwrap_or(source.len());
        findings.note("source", lossy(source.get(..end).unwrap_or_default(), NAME_MAX));
        findings.note("universe", u16::from_be_bytes([high, low]));
    }
    Verdict::proven("ACN packet identifier", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        5568,
        &[(SRC, b"\0\x10\0\0ASC-E1.17\0\0\0\x70\x1e\0\0\0\x04\x01\x02\x03\x04")],
    )],
    near_miss: &[Sample::udp(
        50000,
        5568,
        &[(SRC, b"\0\x10\0\0ASC-E1.18\0\0\0\x70\x1e\0\0\0\x04\x01\x02\x03\x04")],
    )],
};
