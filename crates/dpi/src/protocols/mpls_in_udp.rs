//! MPLS in UDP (RFC 7510): which label is outermost.

use crate::inner::is_ip;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mpls-in-udp",
    category: "tunnel",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[6635],
    bound: true,
    fields: &["label"],
    head: SHALLOW,
    inspect,
};

/// Labels on top of each other, more than are ever seen.
const MOST: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // RFC 3032 s2.1: 20 bits of label, the last one has a flag.
    let mut entries = look.bytes.chunks_exact(4).take(MOST);
    let last = entries.position(|entry| matches!(entry, [_, _, third, _] if third & 1 == 1));
    let packet = last.and_then(|last| look.bytes.get(4 * (last + 1)..));
    let (Some(packet), [a, b, c, _, ..]) = (packet, look.bytes) else { return Verdict::No };
    if !is_ip(packet, look.cut) {
        return Verdict::No;
    }
    findings.note("label", u32::from_be_bytes([0, *a, *b, *c]) >> 4);
    Verdict::proven("IP packet behind MPLS labels", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        6635,
        &[(SRC, b"\0\x01\x21\x40\x45\0\0\x14\0\x01\0\0\x40\x11\x66\xd4\x0a\x01\0\x01\x0a\x01\0\x02")],
    )],
    near_miss: &[Sample::udp(
        50000,
        6635,
        &[(SRC, b"\0\x01\x20\x40\x45\0\0\x14\0\x01\0\0\x40\x11\x66\xd4\x0a\x01\0\x01\x0a\x01\0\x02")],
    )],
};
