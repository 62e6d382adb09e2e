//! RIPE Atlas-style probes of open ports: a greeting with the address and port that it was sent to.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ripe-atlas",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[b'M'..=b'M']), (Transport::Tcp, &[b'M'..=b'M'])],
    ports: &[],
    bound: false,
    fields: &["target"],
    head: SHALLOW,
    inspect,
};

const START: &[u8] = b"MGLNDD_";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(target) = look.bytes.strip_prefix(START) else {
        let begun = look.transport == Transport::Tcp && START.starts_with(look.bytes) && !look.cut;
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    let target = target.trim_ascii_end();
    if !target.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'_')) {
        return Verdict::No;
    }
    findings.note("target", lossy(target, NAME_MAX));
    Verdict::proven("greeting with the target's address", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 4712, &[(SRC, b"MGLNDD_192.0.2.1_4712\n")]),
        Sample::tcp(50000, 22, &[(SRC, b"MGLNDD_192.0.2.1_22\n")]),
    ],
    near_miss: &[Sample::udp(50000, 4712, &[(SRC, b"MGLNDD_what is this\n")])],
};
