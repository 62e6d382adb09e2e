//! eDonkey 2000 and eMule (eMule protocol specification): TCP messages, UDP messages, Kademlia.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "edonkey",
    category: "p2p",
    encrypted: false,
    over: &[
        (Transport::Tcp, &[0xc5..=0xc5, 0xd4..=0xd4, 0xe3..=0xe3]),
        (Transport::Udp, &[0xc5..=0xc5, 0xe3..=0xe5]),
    ],
    ports: &[4661, 4662, 4665, 4672],
    bound: false,
    fields: &["message"],
    head: SHALLOW,
    inspect,
};

/// Protocols: eDonkey, eMule's extensions, both packed, Kademlia, Kademlia packed.
const EDONKEY: u8 = 0xe3;
const EMULE: u8 = 0xc5;
const PACKED: u8 = 0xd4;
const KAD: u8 = 0xe4;
const KAD_PACKED: u8 = 0xe5;

const HELLO: u8 = 0x01;
const HELLO_ANSWER: u8 = 0x4c;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => stream(look, findings),
        Transport::Udp => datagram(look, findings),
    }
}

/// Protocol, length, type.
fn stream(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut messages = 0_u32;
    let mut sure = false;
    while let Some(protocol) = reader.u8() {
        let len = reader.array().map(u32::from_le_bytes);
        let (Some(len), Some(kind)) = (len, reader.rest().first()) else { break };
        if !is_known(protocol, *kind, len) {
            return if messages > 1 {
                Verdict::proven("eDonkey messages", Want::Nothing)
            } else {
                Verdict::No
            };
        }
        let size = usize::try_from(len).unwrap_or(usize::MAX);
        let body = reader.up_to(size);
        sure |= is_hello(protocol, body);
        if sure && messages == 0 {
            findings.note("message", "hello");
        }
        if body.len() < size {
            break;
        }
        messages += 1;
    }
    if sure || messages > 1 {
        return Verdict::proven("eDonkey messages", Want::Nothing);
    }
    let answered = Reader::new(look.other).array().is_some_and(|[protocol, a, b, c, d, kind]| {
        is_known(protocol, kind, u32::from_le_bytes([a, b, c, d]))
    });
    match messages {
        1 if answered => Verdict::proven("eDonkey message and its answer", Want::Nothing),
        1 if look.hinted => Verdict::likely("eDonkey message", Want::Rest),
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

fn is_known(protocol: u8, kind: u8, len: u32) -> bool {
    (1..1 << 21).contains(&len)
        && match protocol {
            EDONKEY => {
                matches!(kind, 0x01 | 0x05 | 0x14..=0x16 | 0x18..=0x1c | 0x20 | 0x21 | 0x32..=0x36 | 0x38 | 0x40..=0x54 | 0x58..=0x61)
            }
            EMULE => {
                matches!(kind, 0x01 | 0x02 | 0x40 | 0x60 | 0x61 | 0x81..=0x88 | 0x90..=0x9f | 0xa0..=0xac)
            }
            PACKED => (0x01..=0xac).contains(&kind),
            _ => false,
        }
}

/// Hello: the hash's size, hash, id, port, a small number of tags; its answer has no size. Logins
/// to servers look like the answer.
fn is_hello(protocol: u8, body: &[u8]) -> bool {
    let after = match body {
        [HELLO, 0x10, rest @ ..] | [HELLO_ANSWER, rest @ ..] | [HELLO, rest @ ..] if protocol == EDONKEY => {
            rest
        }
        _ => return false,
    };
    matches!(after.get(22..26), Some([1..=32, 0, 0, 0]))
}

/// Two datagrams that both can be: the first bytes alone are too little.
fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(name) = name(look.bytes, look.bytes.len()) else { return Verdict::No };
    let same = |glimpse: &Glimpse| self::name(&glimpse.start, usize::from(glimpse.len)).is_some();
    let sides =
        look.earlier.iter().filter(|glimpse| same(glimpse)).map(|glimpse| glimpse.from_src != look.from_src);
    let (others, all) = sides.fold((0, 0), |(others, all), other| (others + u32::from(other), all + 1));
    if others > 0 && all > 0 {
        findings.note("message", name);
        return Verdict::proven("eDonkey datagrams in both directions", Want::Nothing);
    }
    if all > 1 && look.hinted {
        findings.note("message", name);
        return Verdict::likely("eDonkey datagrams", Want::Rest);
    }
    Verdict::NeedMore
}

/// What a datagram of this length is.
fn name(bytes: &[u8], len: usize) -> Option<&'static str> {
    let [protocol, kind, ..] = *bytes else { return None };
    match (protocol, kind, len) {
        (EDONKEY, 0x96, 6) | (EDONKEY, 0xa2, 6) => Some("server status"),
        (EDONKEY, 0x97, 14..=50) | (EDONKEY, 0xa3, 6..) => Some("server answer"),
        (EDONKEY, 0x92 | 0x94 | 0x98..=0x9b, 6..) => Some("search"),
        (EMULE, 0x90, 18..) | (EMULE, 0x91, 2..=8) | (EMULE, 0x92 | 0x93, 2) | (EMULE, 0x94, 38..=70) => {
            Some("peer")
        }
        // Kademlia 1 and 2: bootstrap, hello, request, search, publish, firewall, ping.
        (KAD, 0x00, 27) | (KAD, 0x01, 2 | 18) | (KAD, 0x08 | 0x09, 27..) | (KAD, 0x10 | 0x18, 27) => {
            Some("kad")
        }
        (KAD, 0x11 | 0x19, 22..) | (KAD, 0x20 | 0x21, 35) | (KAD, 0x22, 18) | (KAD, 0x28 | 0x29, 19..) => {
            Some("kad")
        }
        (KAD, 0x33, 26)
        | (KAD, 0x34, 34..)
        | (KAD, 0x35, 34)
        | (KAD, 0x3b, 40..)
        | (KAD, 0x40 | 0x43 | 0x44, 40..) => Some("kad"),
        (KAD, 0x4b, 19..=20)
        | (KAD, 0x50, 4)
        | (KAD, 0x53, 21..=23)
        | (KAD, 0x58, 6)
        | (KAD, 0x52, 36)
        | (KAD, 0x60, 2)
        | (KAD, 0x61, 4) => Some("kad"),
        // zlib.
        (KAD_PACKED, 0x08 | 0x09 | 0x28 | 0x29 | 0x3b | 0x43 | 0x44, 8..)
            if matches!(bytes.get(2..4), Some([0x78, 0x01 | 0x5e | 0x9c | 0xda])) =>
        {
            Some("kad")
        }
        _ => None,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            4663,
            &[(SRC, b"\xe3\x28\0\0\0\x01\x10aaaaaaaaaaaaaaaa\x0a\0\0\x05\x36\x12\x01\0\0\0\x11\x01\0\x3c\0\0\0\0\0\0\0\0\0\0")],
        ),
        Sample::udp(
            50000,
            4673,
            &[
                (SRC, b"\xe4\x21\x02aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb"),
                (DST, b"\xe4\x29aaaaaaaaaaaaaaaa\x01bbbbbbbbbbbbbbbb\x0a\0\0\x05\x12\x36\x12\x37\x08"),
            ],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, 4662, &[(SRC, b"\xe3\x28\0\0\x7f\x01\x10aaaaaaaaaaaaaaaa\x0a\0\0\x05\x36\x12\x01\0\0\0\x11")]),
        Sample::udp(50000, 4672, &[(SRC, b"\xe4\x21\x02aaaaaaaaaaaaaaaabbbbbbbbbbbbbbb"), (DST, b"\xe4\x77")]),
    ],
};
