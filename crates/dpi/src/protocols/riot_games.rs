//! Riot Games' own datagrams (no public specification), by what ends them: League of Legends, Valorant.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "riot-games",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const TRAILER: [u8; 8] = [0xaa, 0xaa, 0xaa, 0xaa, 0xbb, 0xbb, 0xbb, 0xbb];

/// The first datagram of another game, which always has the same length.
const FIRST_TRAILER: [u8; 8] = [0x3c, 0xb1, 0x1f, 0x2d, 0xea, 0x23, 0x46, 0x0c];
const FIRST_LEN: usize = 53;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    if (bytes.len() > TRAILER.len() && bytes.ends_with(&TRAILER))
        || (bytes.len() == FIRST_LEN && bytes.ends_with(&FIRST_TRAILER))
    {
        return Verdict::proven("datagram with Riot's trailer", Want::Nothing);
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 5100, &[(SRC, b"\x01\x02\x03\x04\xaa\xaa\xaa\xaa\xbb\xbb\xbb\xbb")])],
    near_miss: &[Sample::udp(50000, 5100, &[(SRC, b"\x01\x02\x03\x04\xaa\xaa\xaa\xaa\xbb\xbb\xbb\xba")])],
};
