//! Photon Realtime (Exit Games, no public specification), found by most in Toca Boca World: commands and pings.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "toca-boca",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[5055, 5056, 5058, 27000, 27001, 27002],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Peer, a checksum's flag, number of commands, time, challenge.
const HEADER_LEN: usize = 12;

/// Kind, channel, flags, a reserved byte, length of it all, number.
const COMMAND_LEN: usize = 12;

const ACKNOWLEDGE: u8 = 1;
const CONNECT: u8 = 2;
const KINDS: std::ops::RangeInclusive<u8> = ACKNOWLEDGE..=16;

/// Peers that have no number yet.
const NEW: [u8; 2] = [0xff, 0xff];

/// A ping to a region's server is all this letter but for the end.
const PING: [u8; 8] = [0x7d; 8];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    if bytes.starts_with(&PING) {
        return match bytes.len() {
            13..=64 if bytes.iter().any(|byte| *byte != 0x7d) => {
                Verdict::proven("ping to a region's server", Want::Nothing)
            }
            _ => Verdict::No,
        };
    }
    let Some([peer_high, peer_low, 0, count @ 1..=16]) = bytes.first_chunk() else { return Verdict::No };
    let Some((kind, length)) = commands(bytes, *count) else { return Verdict::No };
    match kind {
        CONNECT if [*peer_high, *peer_low] == NEW => {
            Verdict::proven("connect that fills its datagram", Want::Nothing)
        }
        ACKNOWLEDGE if length == 20 => Verdict::proven("commands that fill their datagram", Want::Nothing),
        _ => Verdict::No,
    }
}

/// Kind and length of the first, if the lengths of all make up the datagram.
fn commands(bytes: &[u8], count: u8) -> Option<(u8, usize)> {
    let mut rest = bytes.get(HEADER_LEN..)?;
    let mut first = None;
    for _ in 0..count {
        let [kind, _channel, flags, _reserved, a, b, c, d] = rest.first_chunk()?;
        let len = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).ok()?;
        if !KINDS.contains(kind) || *flags > 3 || len < COMMAND_LEN {
            return None;
        }
        rest = rest.get(len..)?;
        first = first.or(Some((*kind, len)));
    }
    first.filter(|_| rest.is_empty())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 5055, &[(SRC, b"\xff\xff\0\x01\0\0\0\x01\x12\x34\x56\x78\x02\xff\x01\x04\0\0\0\x2c\0\0\0\x01aaaaaaaabbbbbbbbccccccccdddddddd")]),
    Sample::udp(50000, 5056, &[(SRC, b"\0\x01\0\x01\0\0\0\x09\x12\x34\x56\x78\x01\xff\0\0\0\0\0\x14\0\0\0\0\0\0\0\x01\0\0\0\x08")]),
    Sample::udp(50000, 5056, &[(SRC, b"}}}}}}}}}}}}\x01\x02")]),],
    near_miss: &[Sample::udp(50000, 5055, &[(SRC, b"\xff\xff\0\x01\0\0\0\x01\x12\x34\x56\x78\x02\xff\x01\x04\0\0\0\x2d\0\0\0\x01aaaaaaaabbbbbbbbccccccccdddddddd")]),],
};
