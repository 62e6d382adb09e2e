//! GE's Ethernet global data (GFK-2224): producer and exchange.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "egd",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[0x0d..=0x0d])],
    ports: &[18246],
    bound: false,
    fields: &["producer", "exchange", "status"],
    head: SHALLOW,
    inspect,
};

const SECOND: u32 = 1_000_000_000;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // Type and version, request, producer, exchange, seconds and nanoseconds, status, the
    // configuration's signature, reserved.
    let Some(([0x0d, 1, _, _, header @ ..], _)) = look.bytes.split_first_chunk::<32>() else {
        return Verdict::No;
    };
    let [a, b, c, d, exchange @ .., _, _, _, _, n0, n1, n2, n3, status, 0, 0, 0, _, _, _, _, 0, 0, 0, 0] =
        header
    else {
        return Verdict::No;
    };
    let Some((exchange, _)) = exchange.split_first_chunk() else { return Verdict::No };
    // Time is optional, and then 0.
    if u32::from_le_bytes([*n0, *n1, *n2, *n3]) >= SECOND || *status >= 32 || *a == 0 {
        return Verdict::No;
    }
    findings.note("producer", format!("{a}.{b}.{c}.{d}"));
    findings.note("exchange", u32::from_le_bytes(*exchange));
    findings.note("status", *status);
    Verdict::proven("EGD production message", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        18246,
        18246,
        &[(SRC, b"\x0d\x01\0\x01\x0a\0\0\x07\x01\0\0\0\0\x10\x20\x30\0\x01\x02\x2a\0\0\0\0\x01\0\0\0\0\0\0\0\x12\x34")],
    )],
    near_miss: &[Sample::udp(
        18246,
        18246,
        &[(SRC, b"\x0d\x01\0\x01\x0a\0\0\x07\x01\0\0\0\0\x10\x20\x30\0\xff\xff\xff\0\0\0\0\x01\0\0\0\0\0\0\0\x12\x34")],
    )],
};
