//! NetEase's games (no public specification): Lost Light, Badlanders, Naraka: Bladepoint.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "netease-games",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=1, 7..=7, 0xb3..=0xb3])],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Lost Light, and Naraka: Bladepoint.
const MAGICS: [[u8; 4]; 2] = [[0xb3, 0xaf, 0x8d, 0xe8], [0x07, 0x08, 0x08, 0x0c]];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if let [0x01, _, 0xd0, 0x01, _, _, _, _, 0x00, 0x01, 0x01, 0x01] = look.bytes {
        return Verdict::proven("greeting", Want::Nothing);
    }
    if look.bytes.len() < 30 || !MAGICS.iter().any(|magic| look.bytes.starts_with(magic)) {
        return Verdict::No;
    }
    match look.earlier.iter().any(|glimpse| glimpse.start.get(..4) == look.bytes.get(..4)) {
        true => Verdict::proven("a game's mark, twice", Want::Nothing),
        false => Verdict::likely("a game's mark", Want::Rest),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 4000, &[(SRC, b"\x01\x22\xd0\x01\x33\x44\x55\x66\0\x01\x01\x01")]),
        Sample::udp(50000, 4000, &[(SRC, b"\xb3\xaf\x8d\xe8abcdefghijklmnopqrstuvwxyz")]),
    ],
    near_miss: &[
        Sample::udp(50000, 4000, &[(SRC, b"\x01\x22\xd0\x01\x33\x44\x55\x66\0\x01\x01\x02")]),
        Sample::udp(50000, 4000, &[(SRC, b"\xb3\xaf\x8d\xe9abcdefghijklmnopqrstuvwxyz")]),
    ],
};
