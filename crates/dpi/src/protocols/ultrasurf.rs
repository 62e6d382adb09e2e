//! UltraSurf: the eight bytes with which its client's streams begin.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ultrasurf",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Tcp, &[0xcc..=0xcc])],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const MAGIC: &[u8] = &[0xcc, 0x1c, 0x30, 0x41, 0x5b, 0xa4, 0x38, 0x66];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if look.bytes.starts_with(MAGIC) {
        return Verdict::proven("UltraSurf's first bytes", Want::Nothing);
    }
    match !look.cut && MAGIC.starts_with(look.bytes) {
        true => Verdict::NeedMore,
        false => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 443, &[(SRC, b"\xcc\x1c\x30\x41\x5b"), (SRC, b"\xa4\x38\x66\x00")])],
    near_miss: &[Sample::tcp(50000, 443, &[(SRC, b"\xcc\x1c\x30\x41\x5b\xa4\x38\x67\x00")])],
};
