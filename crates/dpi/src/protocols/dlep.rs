//! Dynamic Link Exchange Protocol (RFC 8175): a router and its modem.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dlep",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[b'D'..=b'D']), (Transport::Tcp, &[0..=0])],
    ports: &[854],
    bound: true,
    fields: &["message", "peer"],
    head: SHALLOW,
    inspect,
};

/// RFC 8175 s11.1: what signals begin with.
const SIGNAL: &[u8] = b"DLEP";

/// RFC 8175 s13.4.
const PEER_TYPE: u16 = 4;

/// IANA's registry of data items, with room for more.
const MAX_ITEM: u16 = 40;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let udp = look.transport == Transport::Udp;
    let mut reader = Reader::new(look.bytes);
    if udp && reader.take(SIGNAL.len()) != Some(SIGNAL) {
        return Verdict::No;
    }
    let (Some(kind), Some(len)) = (reader.u16(), reader.u16()) else {
        return if udp || look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let Some(name) = (if udp { signal(kind) } else { message(kind) }) else { return Verdict::No };
    let len = usize::from(len);
    if reader.rest().len() < len && !look.cut {
        // RFC 8175 s11.2: a message has items, and few of them.
        return if udp || len > SHALLOW - 4 { Verdict::No } else { Verdict::NeedMore };
    }
    // Only a heartbeat or a termination's answer has no items, and those are never first.
    let mut items = Reader::new(reader.up_to(len));
    let mut peer = None;
    while !items.is_empty() {
        match items.u16().and_then(|item| Some((item, items.block16()?))) {
            Some((item @ 1..=MAX_ITEM, value)) => {
                // A flag comes before the description.
                peer = if item == PEER_TYPE { value.get(1..) } else { peer };
            }
            _ if look.cut && items.rest().len() < 4 => break,
            _ => return Verdict::No,
        }
    }
    if !udp && len == 0 {
        return Verdict::No;
    }
    findings.add("message", name.into());
    if let Some(peer) = peer.filter(|peer| !peer.is_empty()) {
        findings.note("peer", lossy(peer, NAME_MAX));
    }
    Verdict::proven("chain of DLEP data items", Want::Reply)
}

fn signal(kind: u16) -> Option<&'static str> {
    match kind {
        1 => Some("peer-discovery"),
        2 => Some("peer-offer"),
        _ => None,
    }
}

/// RFC 8175 s15.3.
fn message(kind: u16) -> Option<&'static str> {
    const NAMES: [&str; 16] = [
        "session-initialization",
        "session-initialization-response",
        "session-update",
        "session-update-response",
        "session-termination",
        "session-termination-response",
        "destination-up",
        "destination-up-response",
        "destination-announce",
        "destination-announce-response",
        "destination-down",
        "destination-down-response",
        "destination-update",
        "link-characteristics-request",
        "link-characteristics-response",
        "heartbeat",
    ];
    NAMES.get(usize::from(kind).wrapping_sub(1)).copied()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 854, &[(SRC, b"DLEP\0\x01\0\x0b\0\x04\0\x07\0router")]),
        Sample::tcp(50000, 854, &[(SRC, b"\0\x01\0\x13\0\x05\0\x04\0\0\xea\x60\0\x04\0\x07\0router")]),
    ],
    near_miss: &[
        Sample::udp(50000, 854, &[(SRC, b"DLEP\0\x01\0\x0b\0\x04\0\x08\0router")]),
        Sample::tcp(50000, 854, &[(SRC, b"\0\x01\0\x13\0\x05\0\x04\0\0\xea\x60\0\x04\0\x08\0router")]),
    ],
};
