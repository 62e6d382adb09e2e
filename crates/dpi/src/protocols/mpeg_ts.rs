//! MPEG transport stream (ISO/IEC 13818-1) in datagrams or a plain stream: packets of 188 bytes.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mpeg-ts",
    category: "media",
    encrypted: false,
    over: &[(Transport::Udp, &[SYNC..=SYNC]), (Transport::Tcp, &[SYNC..=SYNC])],
    ports: &[1234],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const SYNC: u8 = 0x47;
const LEN: usize = 188;

/// Packets that begin as they should and are enough of a proof.
const ENOUGH: usize = 4;

fn inspect(look: &Look<'_>, _: &mut Findings) -> Verdict {
    let whole = look.bytes.len().is_multiple_of(LEN);
    if look.transport == Transport::Udp && !whole && !look.cut {
        return Verdict::No;
    }
    // HTTP's GET begins with the same letter.
    if look.transport == Transport::Tcp && look.bytes.starts_with(b"GET") {
        return Verdict::No;
    }
    let heads = || look.bytes.chunks(LEN).filter(|packet| packet.len() >= 4).take(ENOUGH);
    if !heads().all(is_packet) {
        return Verdict::No;
    }
    match (heads().count(), look.transport) {
        (ENOUGH, _) => Verdict::proven("MPEG-TS packets one after another", Want::Nothing),
        (_, Transport::Tcp) if look.cut => Verdict::No,
        (_, Transport::Tcp) => Verdict::NeedMore,
        (2.., Transport::Udp) => Verdict::likely("MPEG-TS packets one after another", Want::Rest),
        (_, Transport::Udp) if look.last(true).is_some() => {
            Verdict::likely("datagrams as long as an MPEG-TS packet", Want::Rest)
        }
        _ => Verdict::NeedMore,
    }
}

/// s2.4.3.2: sync byte, no error; it has an adaptation field or a payload; the first PIDs after
/// the tables' are reserved.
fn is_packet(packet: &[u8]) -> bool {
    let &[SYNC, high, low, control, ..] = packet else { return false };
    let pid = u16::from_be_bytes([high & 0x1f, low]);
    high & 0x80 == 0 && control & 0x30 != 0 && !(4..0x10).contains(&pid)
}

#[cfg(test)]
const PACKETS: [u8; 7 * LEN] = {
    let mut packets = [0xff; 7 * LEN];
    let mut at = 0;
    while at < packets.len() {
        (packets[at], packets[at + 1], packets[at + 2], packets[at + 3]) = (SYNC, 0x01, 0x00, 0x10);
        at += LEN;
    }
    packets
};

#[cfg(test)]
const SHIFTED: [u8; 7 * LEN] = {
    let mut packets = PACKETS;
    (packets[LEN], packets[LEN + 1]) = (0xff, SYNC);
    packets
};

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 1234, &[(SRC, &PACKETS)]), Sample::tcp(50000, 8001, &[(SRC, &PACKETS)])],
    near_miss: &[
        Sample::udp(50000, 1234, &[(SRC, &SHIFTED)]),
        Sample::udp(50000, 1234, &[(SRC, b"G and more")]),
    ],
};
