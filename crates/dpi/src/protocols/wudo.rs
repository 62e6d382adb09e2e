//! Windows Delivery Optimization: updates from peers, by the handshake of its swarm.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "wudo",
    category: "software-update",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x0e..=0x0e])],
    ports: &[7680],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// A length and a name, as BitTorrent's handshake has them.
const HANDSHAKE: &[u8] = b"\x0eSwarm protocol";

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if look.bytes.starts_with(HANDSHAKE) {
        return Verdict::proven("handshake of Delivery Optimization's swarm", Want::Nothing);
    }
    if HANDSHAKE.starts_with(look.bytes) && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 7680, &[(SRC, b"\x0eSwarm protocol\0\0\0\0\0\x10\0\0")])],
    near_miss: &[Sample::tcp(50000, 7680, &[(SRC, b"\x0eSwarm Protocol\0\0\0\0\0\x10\0\0")])],
};
