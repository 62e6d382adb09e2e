//! SAP network interface (SAP, NI): route requests, pings, and the frames of dispatcher and router.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sap-ni",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[3200, 3201, 3299, 3300],
    bound: false,
    fields: &["messages", "route"],
    head: SHALLOW,
    inspect,
};

/// What the first message of a connection says of itself, behind its length in 32 bits.
const TEXTS: [(&[u8], &str); 4] =
    [(b"NI_ROUTE\0", "route"), (b"NI_RTERR\0", "error"), (b"NI_PING\0", "ping"), (b"NI_PONG\0", "pong")];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some(len) = reader.array().map(u32::from_be_bytes) else {
        return if look.bytes.iter().take(2).all(|byte| *byte == 0) { more } else { Verdict::No };
    };
    if !(8..=4096).contains(&len) {
        return Verdict::No;
    }
    let text = reader.rest();
    let Some((mark, kind)) = TEXTS.iter().find(|(mark, _)| text.starts_with(mark)) else {
        let begun = TEXTS.iter().any(|(mark, _)| mark.starts_with(text));
        return if begun { more } else { Verdict::No };
    };
    findings.add("messages", (*kind).into());
    if *kind == "route" {
        let len = usize::try_from(len).unwrap_or_default();
        if text.len() < len && !look.cut {
            return Verdict::proven("message by its name", Want::Rest);
        }
        reader.up_to(mark.len());
        note_route(reader, findings);
    }
    Verdict::proven("message by its name", Want::Reply)
}

/// Versions, number of hops and what is left of them, then host, service and password of each.
fn note_route(mut reader: Reader<'_>, findings: &mut Findings) {
    let Some([_route, _ni, count, _talk, _, _, _left]) = reader.array() else { return };
    reader.up_to(8);
    let mut parts = reader.rest().split(|byte| *byte == 0);
    for _ in 0..count.min(8) {
        let (Some(host), Some(service), Some(password)) = (parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let hop = [host, b":".as_slice(), service].concat();
        findings.add("route", lossy(&hop, NAME_MAX));
        if !password.is_empty() {
            findings.risk(Risk::CleartextCredentials);
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 3299, &[(SRC, b"\0\0\0\x2cNI_ROUTE\0\x02\x28\x02\0\0\0\x01\0\0\0\x14\0\0\0\x0arouter\x003299\0\0db\x003200\0\0")]),
    Sample::tcp(50000, 3200, &[(SRC, b"\0\0\0\x08NI_PING\0"), (DST, b"\0\0\0\x08NI_PONG\0")]),],
    near_miss: &[Sample::tcp(50000, 3299, &[(SRC, b"\0\0\0\x2cNI_ROUTA\0\x02\x28\x02\0\0\0\x01")]),],
};
