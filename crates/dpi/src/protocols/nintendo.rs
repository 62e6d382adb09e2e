//! Nintendo's peer-to-peer library Pia (no public specification): the header of its packets.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nintendo",
    category: "game",
    encrypted: true,
    over: &[(Transport::Udp, &[0x32..=0x32])],
    ports: &[],
    bound: false,
    fields: &["version"],
    head: SHALLOW,
    inspect,
};

const MAGIC: [u8; 4] = [0x32, 0xab, 0x98, 0x64];

/// The top bit says that it is encrypted, as all but the first consoles' are.
const ENCRYPTED: u8 = 0x80;
const VERSIONS: std::ops::RangeInclusive<u8> = 1..=15;

/// Version, connection, number, nonce and tag come before what is encrypted.
const HEADER_LEN: usize = 32;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((&MAGIC, [version, ..])) = look.bytes.split_first_chunk() else { return Verdict::No };
    let version = version & !ENCRYPTED;
    if !VERSIONS.contains(&version) || look.bytes.len() < HEADER_LEN {
        return Verdict::No;
    }
    findings.note("version", version);
    Verdict::proven("Pia header", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        50001,
        &[(SRC, b"\x32\xab\x98\x64\x02\x01\0\x01abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz")],
    )],
    near_miss: &[Sample::udp(
        50000,
        50001,
        &[(SRC, b"\x32\xab\x98\x65\x02\x01\0\x01abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz")],
    )],
};
