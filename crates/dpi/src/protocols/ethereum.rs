//! Ethereum's peers (devp2p): discovery version 4 over UDP, RLPx handshakes over TCP.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ethereum",
    category: "p2p",
    encrypted: false,
    // Discovery begins with a hash, RLPx with a length of some hundred bytes.
    over: &[(Transport::Udp, ANY), (Transport::Tcp, &[0..=2])],
    ports: &[30300, 30301, 30302, 30303, 30304, 30305],
    bound: false,
    fields: &["message", "version"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => discovery(look, findings),
        Transport::Tcp => handshake(look),
    }
}

/// discv4: hash of 32 bytes, signature of 65 whose last one is 0 or 1, type, a list in RLP.
fn discovery(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    const MESSAGES: [&str; 6] = ["Ping", "Pong", "FindNode", "Neighbors", "ENRRequest", "ENRResponse"];
    let Some([0..=1, kind @ 1..=6, data @ ..]) = look.bytes.get(96..) else { return Verdict::No };
    // No packet is longer than 1,280 bytes.
    if look.bytes.len() > 1280 {
        return Verdict::No;
    }
    let mut reader = Reader::new(data);
    let Some(Item::List(list)) = Item::read(&mut reader) else { return Verdict::No };
    let mut parts = Reader::new(list);
    let first = Item::read(&mut parts);
    let fits = match (kind, &first) {
        // Version, then the two endpoints.
        (1, Some(Item::Text(version))) => {
            version.len() == 1 && matches!(Item::read(&mut parts), Some(Item::List(_)))
        }
        (2, Some(Item::List(endpoint))) => {
            endpoint.len() >= 5
                && matches!(Item::read(&mut parts), Some(Item::Text(hash)) if hash.len() == 32)
        }
        (3, Some(Item::Text(key))) => key.len() == 64 && is_time(&mut parts),
        (4, Some(Item::List(_))) => is_time(&mut parts),
        (5, Some(Item::Text(time))) => matches!(time, [0x50..=0xff, _, _, _]),
        (6, Some(Item::Text(hash))) => {
            hash.len() == 32 && matches!(Item::read(&mut parts), Some(Item::List(_)))
        }
        _ => false,
    };
    // Later versions may add to the packet.
    if !fits || reader.rest().len() > 64 {
        return Verdict::No;
    }
    findings.note("message", MESSAGES.get(usize::from(kind.saturating_sub(1))).copied().unwrap_or("other"));
    if let (1, Some(Item::Text([version]))) = (kind, first) {
        findings.note("version", *version);
    }
    Verdict::proven("Ethereum node discovery", Want::Reply)
}

/// The time at which the packet expires, of this century.
fn is_time(reader: &mut Reader<'_>) -> bool {
    matches!(Item::read(reader), Some(Item::Text([0x50..=0xff, _, _, _])))
}

/// EIP-8: the length of the rest, then an uncompressed point of the curve, which begins with 4.
fn handshake(look: &Look<'_>) -> Verdict {
    let told = |bytes: &[u8]| match bytes {
        [high, low, 4, ..] => {
            Some(usize::from(u16::from_be_bytes([*high, *low]))).filter(|len| (194..=800).contains(len))
        }
        _ => None,
    };
    if look.bytes.len() < 3 {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    let Some(len) = told(look.bytes) else { return Verdict::No };
    let whole = look.bytes.len() == len.saturating_add(2);
    let answered = told(look.other).is_some_and(|len| look.other.len() >= len.saturating_add(2));
    match whole {
        true if answered => Verdict::proven("both halves of an RLPx handshake", Want::Nothing),
        true if look.hinted => Verdict::likely("half of an RLPx handshake", Want::Rest),
        _ if look.bytes.len() > len.saturating_add(2) && answered && look.hinted => {
            Verdict::proven("both halves of an RLPx handshake", Want::Nothing)
        }
        _ if look.cut || look.bytes.len() > len.saturating_add(2) => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

/// Recursive length prefix (yellow paper, appendix B).
enum Item<'a> {
    Text(&'a [u8]),
    List(&'a [u8]),
}

impl<'a> Item<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let whole = reader.rest();
        let first = reader.u8()?;
        let mut long = |bytes: u8| {
            let len = reader
                .take(usize::from(bytes))?
                .iter()
                .try_fold(0_usize, |len, byte| len.checked_mul(256)?.checked_add(usize::from(*byte)))?;
            reader.take(len)
        };
        Some(match first {
            0..=0x7f => Self::Text(whole.get(..1)?),
            0x80..=0xb7 => Self::Text(reader.take(usize::from(first - 0x80))?),
            0xb8..=0xbf => Self::Text(long(first - 0xb7)?),
            0xc0..=0xf7 => Self::List(reader.take(usize::from(first - 0xc0))?),
            0xf8..=0xff => Self::List(long(first - 0xf7)?),
        })
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        30306,
        &[(
            SRC,
            b"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhssssssssssssssssssssssssssssssss\
              ssssssssssssssssssssssssssssssss\x01\x01\xdc\x04\xcb\x84\x0a\0\0\x05\x82\x76\x5f\x82\x76\x5f\
              \xc9\x84\x0a\0\0\x06\x82\x76\x5f\x80\x84\x66\0\0\x01",
        )],
    )],
    near_miss: &[
        Sample::udp(
            50000,
            30303,
            &[(
                SRC,
                b"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhssssssssssssssssssssssssssssssss\
                  ssssssssssssssssssssssssssssssss\x01\x01\x9c\x04\xcb\x84\x0a\0\0\x05\x82\x76\x5f\x82\x76\x5f\
                  \xc9\x84\x0a\0\0\x06\x82\x76\x5f\x80\x84\x66\0\0\x01",
            )],
        ),
        Sample::tcp(50000, 30303, &[(SRC, b"\x01\x03\x04abcdefgh"), (SRC, b"\0")]),
    ],
};
