//! Java debug wire protocol (Oracle, JDWP specification): the handshake.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "jdwp",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'J'..=b'J'])],
    ports: &[5005, 8000, 8453],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const HANDSHAKE: &[u8] = b"JDWP-Handshake";

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if look.bytes.starts_with(HANDSHAKE) {
        return Verdict::proven("handshake", Want::Nothing);
    }
    if HANDSHAKE.starts_with(look.bytes) && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 5005, &[(SRC, b"JDWP-Handshake")])],
    near_miss: &[Sample::tcp(50000, 5005, &[(SRC, b"JDWP-Handshook")])],
};
