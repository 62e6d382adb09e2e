//! League of Legends: Wild Rift (no public specification): probes and the key exchange before a game.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "lol-wild-rift",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=1, 4..=4, 0x10..=0x10])],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const PROBE: [u8; 4] = [0x01, 0x02, 0xc8, 0x41];
const PROBE_LEN: usize = 22;

/// A text of four letters after its length.
const PROBE_END: [u8; 6] = *b"\0\x04A0B1";

/// What a client and its server begin with, and the lengths that it has.
const CLIENT: ([u8; 4], usize) = ([0x04, 0, 0, 0], 69);
const SERVER: ([u8; 4], usize) = ([0x10, 0, 0, 0], 359);

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let is = |bytes: &[u8], len: usize, kind: ([u8; 4], usize)| len == kind.1 && bytes.starts_with(&kind.0);
    let (bytes, len) = (look.bytes, look.bytes.len());
    if len == PROBE_LEN && bytes.starts_with(&PROBE) && bytes.ends_with(&PROBE_END) {
        return Verdict::proven("probe", Want::Nothing);
    }
    if is(bytes, len, CLIENT) {
        return Verdict::NeedMore;
    }
    let asked = look.last(false).is_some_and(|other| is(&other.start, usize::from(other.len), CLIENT));
    if is(bytes, len, SERVER) && asked {
        return Verdict::proven("hello and its answer, of the lengths that they have", Want::Nothing);
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        18001,
        &[(SRC, b"\x01\x02\xc8\x41\0\0\0\x01\0\x01\0\0\0\x64\0\x04\0\x04A0B1")],
    )],
    near_miss: &[Sample::udp(
        50000,
        18001,
        &[(SRC, b"\x01\x02\xc8\x41\0\0\0\x01\0\x01\0\0\0\x64\0\x04\0\x04A0B2")],
    )],
};
