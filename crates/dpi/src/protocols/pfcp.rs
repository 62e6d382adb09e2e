//! Packet Forwarding Control Protocol of mobile cores (3GPP TS 29.244): kind of message, node.

use crate::notation::address;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "pfcp",
    category: "management",
    encrypted: false,
    // Version 1; three spare bits; another message follows, has a priority, has a session.
    over: &[(Transport::Udp, &[0x20..=0x27])],
    ports: &[8805],
    bound: true,
    fields: &["message", "node"],
    head: SHALLOW,
    inspect,
};

/// TS 29.244 s8.2.38.
const NODE_ID: u16 = 60;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(flags), Some(kind), Some(len)) = (reader.u8(), reader.u8(), reader.u16()) else {
        return Verdict::No;
    };
    let rest = reader.rest().len();
    let len = usize::from(len);
    let follows = flags & 4 != 0;
    let exact = len == rest || look.cut && len > rest || follows && len < rest;
    let fixed = if flags & 1 != 0 { 12 } else { 4 };
    let Some(message) = message(kind).filter(|_| exact && len >= fixed) else { return Verdict::No };
    findings.note("message", message);
    let mut elements = Reader::new(reader.up_to(len).get(fixed..).unwrap_or_default());
    while let Some((kind, value)) = elements.u16().and_then(|kind| Some((kind, elements.block16()?))) {
        if kind == NODE_ID
            && let [family, node @ ..] = value
        {
            let text = if family & 0xf == 2 {
                Some(super::dhcpv6::labels(node).into_string())
            } else {
                address(node)
            };
            if let Some(text) = text {
                findings.note("node", text);
            }
        }
    }
    Verdict::proven("PFCP header that counts what follows", Want::Reply)
}

/// TS 29.244 table 7.3-1.
fn message(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "heartbeat-request",
        2 => "heartbeat-response",
        3 => "pfd-management-request",
        4 => "pfd-management-response",
        5 => "association-setup-request",
        6 => "association-setup-response",
        7 => "association-update-request",
        8 => "association-update-response",
        9 => "association-release-request",
        10 => "association-release-response",
        11 => "version-not-supported",
        12 => "node-report-request",
        13 => "node-report-response",
        14 => "session-set-deletion-request",
        15 => "session-set-deletion-response",
        16 => "session-set-modification-request",
        17 => "session-set-modification-response",
        50 => "session-establishment-request",
        51 => "session-establishment-response",
        52 => "session-modification-request",
        53 => "session-modification-response",
        54 => "session-deletion-request",
        55 => "session-deletion-response",
        56 => "session-report-request",
        57 => "session-report-response",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            8805,
            8805,
            &[(SRC, b"\x20\x05\0\x15\0\0\x01\0\0\x3c\0\x05\0\xc0\0\x02\x01\0\x60\0\x04\xe6\0\0\0")],
        ),
        Sample::udp(8805, 8805, &[(SRC, b"\x21\x36\0\x0c\0\0\0\0\0\0\0\x07\0\0\x02\0")]),
    ],
    near_miss: &[Sample::udp(8805, 8805, &[(SRC, b"\x21\x36\0\x0d\0\0\0\0\0\0\0\x07\0\0\x02\0")])],
};
