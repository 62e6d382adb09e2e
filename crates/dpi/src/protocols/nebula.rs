//! Nebula: a mesh VPN by its header.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nebula",
    category: "vpn",
    encrypted: true,
    // Version 1 and a type.
    over: &[(Transport::Udp, &[0x10..=0x16])],
    ports: &[4242],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const HANDSHAKE: u8 = 0x10;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    // Type, subtype, two reserved bytes, index of the receiver, counter.
    let mut reader = Reader::new(look.bytes);
    let (Some(first), Some(0 | 1), Some(0)) = (reader.u8(), reader.u8(), reader.u16()) else {
        return Verdict::No;
    };
    let (Some(index), Some(0), Some(counter)) = (reader.u32(), reader.u32(), reader.u32()) else {
        return Verdict::No;
    };
    // The first message of a handshake is for nobody yet, and of protocol buffers in clear.
    let handshake = first == HANDSHAKE
        && matches!((index, counter), (0, 1) | (_, 2))
        && reader.rest().first() == Some(&0x0a);
    if handshake {
        return Verdict::proven("Nebula's handshake", Want::Nothing);
    }
    if look.hinted && first != HANDSHAKE && index != 0 && reader.rest().len() >= 16 && counter < 1 << 24 {
        return Verdict::proven("Nebula's header with a small counter", Want::Nothing);
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            4242,
            4242,
            &[(SRC, b"\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x0a\x20 key and more of the message")],
        ),
        Sample::udp(
            4242,
            4242,
            &[(DST, b"\x11\0\0\0\x12\x34\x56\x78\0\0\0\0\0\0\0\x07sixteen bytes of it and more")],
        ),
    ],
    near_miss: &[Sample::udp(4242, 4242, &[(SRC, b"\x10\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x0a\x20 key")])],
};
