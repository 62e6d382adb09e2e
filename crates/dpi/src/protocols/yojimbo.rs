//! yojimbo by netcode's connection request (netcode 1.02 standard): protocol number and version.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "yojimbo",
    category: "game",
    encrypted: true,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[40000],
    bound: false,
    fields: &["version"],
    head: SHALLOW,
    inspect,
};

/// Prefix byte 0, then the version as text with its final zero.
const REQUEST: &[u8] = b"\0NETCODE ";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some([a @ b'0'..=b'9', b'.', c, d, 0, ..]) = look.bytes.strip_prefix(REQUEST) else {
        return Verdict::No;
    };
    findings.note("version", lossy(&[*a, b'.', *c, *d], NAME_MAX));
    Verdict::proven("connection request of netcode", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 40001, &[(SRC, b"\0NETCODE 1.02\0\x01\x02\x03\x04\x05\x06\x07\x08")])],
    near_miss: &[Sample::udp(50000, 40000, &[(SRC, b"\0NETCODE v1.2\0\x01\x02\x03\x04\x05\x06\x07\x08")])],
};
