//! n2n versions 2 and 3: a peer-to-peer VPN by the name of its community.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "n2n",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Udp, &[2..=3])],
    ports: &[7654, 7777],
    bound: true,
    fields: &["version", "community"],
    head: SHALLOW,
    inspect,
};

/// Hops, and types of packets: the lower five bits of two bytes of flags.
const MAX_HOPS: u8 = 16;
const MAX_TYPE: u8 = 12;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [version @ 2..=3, hops @ ..=MAX_HOPS, flags, kind, rest @ ..] = look.bytes else {
        return Verdict::No;
    };
    let len = if *version == 3 { 20 } else { 16 };
    let Some(community) = rest.get(..len) else { return Verdict::No };
    // A name and zeros.
    let end = community.iter().position(|byte| *byte == 0).unwrap_or(len);
    let (name, zeros) = community.split_at_checked(end).unwrap_or_default();
    let sound = name.len() >= 2
        && name.iter().all(u8::is_ascii_graphic)
        && zeros.iter().all(|byte| *byte == 0)
        && *flags == 0
        && (1..=MAX_TYPE).contains(&(kind & 0x1f));
    if !sound || *hops == 0 || rest.len() == len {
        return Verdict::No;
    }
    findings.note("version", *version);
    findings.note("community", lossy(name, NAME_MAX));
    Verdict::proven("n2n header with the name of a community", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        7654,
        &[(SRC, b"\x03\x02\0\x05office\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x12\x34\x56\x78")],
    )],
    near_miss: &[Sample::udp(
        50000,
        7654,
        &[(SRC, b"\x03\x02\0\x05office\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\x12\x34\x56\x78")],
    )],
};
