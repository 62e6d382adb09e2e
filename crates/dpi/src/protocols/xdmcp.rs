//! X Display Manager Control Protocol (XDMCP 1): opcodes, the host and status that a manager tells.

use crate::facts::HostnameSource;
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
    fields: &["operations", "status"],
    head: SHALLOW,
    inspect,
};

/// By opcode, from 1 (XDMCP s4).
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
    "keepalive",
    "alive",
];
const WILLING: u16 = 5;

/// Version 1, an opcode, and the length of the rest.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(1), Some(opcode), Some(len)) = (reader.u16(), reader.u16(), reader.u16()) else {
        return Verdict::No;
    };
    let Some(operation) = OPERATIONS.get(usize::from(opcode).wrapping_sub(1)) else { return Verdict::No };
    let body = reader.rest();
    if usize::from(len) != body.len() && !(look.cut && usize::from(len) > body.len()) {
        return Verdict::No;
    }
    // A body's least length, and some that are fixed.
    let fits = match opcode {
        1..=3 => body.first().is_some_and(|count| body.len() >= 1 + 2 * usize::from(*count)),
        10 | 12 => len >= 8,
        11 => len == 4,
        13 => len == 6,
        14 => len == 5,
        _ => len >= 6,
    };
    if !fits {
        return Verdict::No;
    }
    findings.add("operations", (*operation).into());
    if opcode == WILLING {
        // Authentication's name, then host and status.
        if let (Some(_), Some(host), Some(status)) = (reader.block16(), reader.block16(), reader.block16()) {
            if !host.is_empty() {
                findings.facts.hostname = Some(lossy(host, NAME_MAX));
                findings.facts.hostname_source = Some(HostnameSource::Protocol);
            }
            findings.note("status", lossy(status, TEXT_MAX));
        }
    }
    Verdict::proven("XDMCP header with its length", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        177,
        &[(SRC, b"\0\x01\0\x02\0\x01\0"), (DST, b"\0\x01\0\x05\0\x0e\0\0\0\x04host\0\x04idle")],
    )],
    near_miss: &[Sample::udp(50000, 177, &[(SRC, b"\0\x01\0\x02\0\x03\0")])],
};
