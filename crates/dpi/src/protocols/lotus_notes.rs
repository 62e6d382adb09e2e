//! HCL (IBM, Lotus) Notes RPC (no public specification): the first message of a connection.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "lotus-notes",
    category: "mail",
    encrypted: false,
    over: &[(Transport::Tcp, ANY)],
    ports: &[1352],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// What every first message has after its length, of which the upper half is zero: two bytes of
/// its own, then always the same.
const FIXED: [Option<u8>; 12] = [
    Some(0),
    Some(0),
    None,
    None,
    Some(0),
    Some(0),
    Some(2),
    Some(0),
    Some(0),
    Some(0x40),
    Some(2),
    Some(0x0f),
];
const AT: usize = 2;
const MIN: usize = 17;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let rest = look.bytes.get(AT..).unwrap_or_default();
    if !rest.iter().zip(&FIXED).all(|(byte, fixed)| fixed.is_none_or(|fixed| fixed == *byte)) {
        return Verdict::No;
    }
    match look.bytes.len() {
        MIN.. => Verdict::proven("first message of Notes RPC", Want::Nothing),
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        1352,
        &[(SRC, b"\x7a\0\0\0\x12\x34\0\0\x02\0\0\x40\x02\x0f\0\x07\0\x39\x05")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        1352,
        &[(SRC, b"\x7a\0\0\0\x12\x34\0\0\x02\0\0\x41\x02\x0f\0\x07\0\x39\x05")],
    )],
};
