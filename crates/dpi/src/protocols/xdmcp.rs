//! X display manager control protocol (X Consortium, version 1.1): operations, hosts, display classes.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "xdmcp",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[177],
    bound: false,
    fields: &["operations", "host", "status", "display_class"],
    head: SHALLOW,
    inspect,
};

/// Broadcast query to keep-alive's answer: section 4 of the protocol.
const OPERATIONS: [&str; 14] = [
    "broadcast-query",
    "query",
    "indirect-query",
    "forward-query",
    "willing",
    "unwilling",
    "request",
    "accept",
    "decline",
    "manage",
    "refuse",
    "failed",
    "keep-alive",
    "alive",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(1), Some(operation), Some(len)) = (reader.u16(), reader.u16(), reader.u16()) else {
        return Verdict::No;
    };
    let name = usize::from(operation).checked_sub(1).and_then(|place| OPERATIONS.get(place));
    let (Some(name), true) = (name, usize::from(len) == reader.rest().len()) else { return Verdict::No };
    if !body_fits(operation, reader.rest()) {
        return Verdict::No;
    }
    findings.add("operations", (*name).into());
    note(operation, reader, findings);
    match look.hinted {
        true => Verdict::proven("message of its own length at its port", Want::Reply),
        false => Verdict::likely("message of its own length", Want::Reply),
    }
}

/// Queries are lists of names, answers names or numbers of fixed length.
fn body_fits(operation: u16, body: &[u8]) -> bool {
    let mut reader = Reader::new(body);
    let mut arrays = |count: u8| (0..count).all(|_| reader.block16().is_some()) && reader.is_empty();
    match operation {
        1..=3 => {
            let mut reader = Reader::new(body);
            let count = reader.u8().unwrap_or(u8::MAX);
            (0..count).all(|_| reader.block16().is_some()) && reader.is_empty()
        }
        5 => arrays(3),
        6 => arrays(2),
        11 => body.len() == 4,
        13 => body.len() == 6,
        14 => body.len() == 5,
        4 | 7..=10 | 12 => body.len() >= 4,
        _ => false,
    }
}

fn note(operation: u16, mut reader: Reader<'_>, findings: &mut Findings) {
    match operation {
        5 => {
            let (_authentication, host, status) = (reader.block16(), reader.block16(), reader.block16());
            if let Some(host) = host.filter(|host| !host.is_empty()) {
                findings.note("host", lossy(host, NAME_MAX));
            }
            if let Some(status) = status.filter(|status| !status.is_empty()) {
                findings.note("status", lossy(status, TEXT_MAX));
            }
        }
        // Session, display, class.
        10 => {
            let (_session, _display) = (reader.take(4), reader.u16());
            if let Some(class) = reader.block16() {
                findings.note("display_class", lossy(class, NAME_MAX));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            177,
            &[(SRC, b"\0\x01\0\x02\0\x01\0"), (DST, b"\0\x01\0\x05\0\x11\0\0\0\x04host\0\x07Willing")],
        ),
        Sample::udp(50000, 1770, &[(SRC, b"\0\x01\0\x0a\0\x0f\x12\x34\x56\x78\0\0\0\x07MIT-unk")]),
    ],
    near_miss: &[
        Sample::udp(50000, 177, &[(SRC, b"\0\x01\0\x02\0\x02\0")]),
        Sample::udp(50000, 177, &[(SRC, b"\0\x01\0\x05\0\x04\0\x09ab")]),
    ],
};
