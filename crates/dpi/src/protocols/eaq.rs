//! Entidade Aferidora da Qualidade: the echoes by which Brazil's regulator measures Internet access.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "eaq",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[6000],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const LEN: usize = 16;

fn inspect(look: &Look<'_>, _: &mut Findings) -> Verdict {
    let Ok(probe) = <[u8; LEN]>::try_from(look.bytes) else { return Verdict::No };
    // Number, seconds, microseconds, and two halves of which the second says question or echo.
    let [0, 0, _, _, 0, 0, _, _, a, b, c, d, 0, 0, kind, 0] = probe else { return Verdict::No };
    if u32::from_be_bytes([a, b, c, d]) >= 1_000_000 || !matches!(kind, 0x60 | 0x90) {
        return Verdict::No;
    }
    let same = |n: usize, glimpse: &crate::protocol::Glimpse| glimpse.start.get(..n) == probe.get(..n);
    let echo = look.last(false).is_some_and(|asked| same(14, asked));
    if echo || look.last(true).is_some() {
        return Verdict::proven("EAQ's probe and its echo", Want::Nothing);
    }
    // 75 bits of it are fixed, though mostly zeros.
    Verdict::likely("EAQ's probe", Want::Rest)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        6000,
        &[
            (SRC, b"\0\0\0\0\0\0\x0d\xda\0\x07\x16\x1c\0\0\x90\0"),
            (DST, b"\0\0\0\0\0\0\x0d\xda\0\x07\x16\x1c\0\0\x60\0"),
        ],
    )],
    near_miss: &[
        Sample::udp(50000, 6000, &[(SRC, b"\0\0\0\0\0\0\x0d\xda\0\x07\x16\x1c\0\0\x91\0")]),
        Sample::udp(50000, 6000, &[(SRC, &[0; 16])]),
    ],
};
