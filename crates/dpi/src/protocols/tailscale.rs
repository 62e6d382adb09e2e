//! Tailscale's path discovery (disco): its magic in front of a key and a sealed box.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tailscale",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Udp, &[b'T'..=b'T'])],
    ports: &[41641],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// "TS" and a speech balloon in UTF-8.
const MAGIC: &[u8] = b"TS\xf0\x9f\x92\xac";

/// After it the sender's key, a nonce, and a box with at least type and version and its tag.
const LEN_MIN: usize = MAGIC.len() + 32 + 24 + 16 + 2;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.bytes.starts_with(MAGIC) && (look.cut || look.bytes.len() >= LEN_MIN) {
        true => Verdict::proven("Tailscale disco magic", Want::Nothing),
        false => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        40000,
        &[(SRC, b"TS\xf0\x9f\x92\xac0123456789abcdef0123456789abcdef0123456789abcdef012345670123456789abcdefgh")],
    )],
    near_miss: &[
        Sample::udp(50000, 41641, &[(SRC, b"TS\xf0\x9f\x92\xac0123456789abcdef")]),
        Sample::udp(
            50000,
            41641,
            &[(SRC, b"TS\xf0\x9f\x92\xad0123456789abcdef0123456789abcdef0123456789abcdef012345670123456789abcdefgh")],
        ),
    ],
};
