//! Steam Datagram Relay (Valve, no public specification): the ping to a relay.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "steam-datagram-relay",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=1])],
    ports: &[27015, 27045, 27055, 27060],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const PING: &[u8] = b"\x01\x81sdping";

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.bytes.starts_with(PING) {
        true => Verdict::proven("ping to a relay by its own name", Want::Nothing),
        false => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 27045, &[(SRC, b"\x01\x81sdping\x12\x34\x56\x78\0\0\0\0")])],
    near_miss: &[Sample::udp(50000, 27045, &[(SRC, b"\x01\x82sdping\x12\x34\x56\x78\0\0\0\0")])],
};
