//! Monero between nodes (Levin): command, and whether it is a request.

use crate::dialogue::agree;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "monero",
    category: "mining",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=1])],
    ports: &[18080, 28080, 38080],
    bound: false,
    fields: &["command"],
    head: SHALLOW,
    inspect,
};

/// Levin's signature.
const SIGNATURE: &[u8] = &[1, 0x21, 1, 1, 1, 1, 1, 1];

/// Signature, length, whether an answer is expected, command.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(rest) = look.bytes.strip_prefix(SIGNATURE) else {
        return if agree(look.bytes, SIGNATURE) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let Some(command) = rest.get(9..).and_then(|rest| rest.first_chunk()) else {
        return Verdict::proven("Levin signature", if look.cut { Want::Nothing } else { Want::Rest });
    };
    findings.note("command", u32::from_le_bytes(*command));
    Verdict::proven("Levin signature", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        18080,
        &[(
            SRC,
            b"\x01\x21\x01\x01\x01\x01\x01\x01\xe3\0\0\0\0\0\0\0\x01\xe9\x03\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0",
        )],
    )],
    near_miss: &[Sample::tcp(
        50000,
        18080,
        &[(SRC, b"\x01\x21\x01\x01\x01\x01\x01\x02\xe3\0\0\0\0\0\0\0\x01")],
    )],
};
