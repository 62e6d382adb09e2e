//! ENet, reliable UDP for games (enet/protocol.h): the command that opens a connection.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "enet",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[0x8f..=0x8f, 0xbf..=0xbf])],
    ports: &[],
    bound: false,
    fields: &["mtu", "channels"],
    head: SHALLOW,
    inspect,
};

/// No peer is assigned yet, the header has a time; the second also a session.
const HEADERS: [[u8; 2]; 2] = [[0x8f, 0xff], [0xbf, 0xff]];

/// Connect, to be acknowledged, on no channel, the first one reliable.
const CONNECT: [u8; 4] = [0x82, 0xff, 0, 1];

/// A header with a time and the command: 4 and 48 bytes, after a checksum 4 more.
const LENGTHS: [usize; 2] = [52, 56];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if !LENGTHS.contains(&look.bytes.len()) || !reader.array().is_some_and(|header| HEADERS.contains(&header))
    {
        return Verdict::No;
    }
    reader.up_to(look.bytes.len().saturating_sub(50));
    if reader.array() != Some(CONNECT) {
        return Verdict::No;
    }
    let mut number = || reader.array().map(u32::from_be_bytes);
    let (_peer, Some(mtu), _window, Some(channels)) = (number(), number(), number(), number()) else {
        return Verdict::No;
    };
    // enet.h: ENET_PROTOCOL_MINIMUM_MTU and MAXIMUM_MTU, and as many channels.
    if !(576..=4096).contains(&mtu) || !(1..=255).contains(&channels) {
        return Verdict::No;
    }
    findings.note("mtu", mtu);
    findings.note("channels", channels);
    Verdict::proven("ENet connect", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 7777, &[(SRC, b"\x8f\xff\0\x22\x82\xff\0\x01\0\0\xff\xff\0\0\x05\x78\0\0\x80\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\x13\x88\0\0\0\x02\0\0\0\x02\x12\x34\x56\x78\0\0\0\0")]),],
    near_miss: &[Sample::udp(50000, 7777, &[(SRC, b"\x8f\xff\0\x22\x83\xff\0\x01\0\0\xff\xff\0\0\x05\x78\0\0\x80\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\x13\x88\0\0\0\x02\0\0\0\x02\x12\x34\x56\x78\0\0\0\0")]),],
};
