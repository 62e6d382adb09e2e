//! RADIUS (RFC 2865, RFC 2866, RFC 5176): message, user, network access server.

use std::net::Ipv4Addr;

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "radius",
    category: "authentication",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=5, 11..=13, 40..=45])],
    ports: &[1645, 1646, 1812, 1813, 3799],
    bound: false,
    fields: &["messages", "user", "nas_identifier", "nas_address", "called_station", "calling_station"],
    head: SHALLOW,
    inspect,
};

/// Code, identifier, length, authenticator of 16 bytes (RFC 2865 s3).
const HEADER: usize = 20;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(code), Some(_), Some(len)) = (reader.u8(), reader.u8(), reader.u16()) else {
        return Verdict::No;
    };
    let len = usize::from(len);
    let Some(name) = name(code) else { return Verdict::No };
    let Some(_) = reader.take(HEADER - 4) else { return Verdict::No };
    // Octets outside the length are padding (RFC 2865 s3); senders do not pad.
    let fits =
        (HEADER..=4096).contains(&len) && (len == look.bytes.len() || (look.cut && len > look.bytes.len()));
    if !fits {
        return Verdict::No;
    }
    let whole = walk(reader.rest(), look.cut, |_, _| {});
    if !look.hinted && (!whole || len < HEADER + 6) {
        return Verdict::No;
    }
    findings.add("messages", name.into());
    walk(reader.rest(), look.cut, |kind, value| describe(kind, value, findings));
    if whole {
        return Verdict::proven("RADIUS header and attributes", Want::Reply);
    }
    findings.risk(Risk::Malformed);
    Verdict::likely("RADIUS header with its length", Want::Reply)
}

fn describe(kind: u8, value: &[u8], findings: &mut Findings) {
    let field = match kind {
        1 => "user",
        4 => {
            if let Some(address) = Reader::new(value).array::<4>() {
                findings.note("nas_address", Ipv4Addr::from(address).to_string());
            }
            return;
        }
        30 => "called_station",
        31 => "calling_station",
        32 => "nas_identifier",
        _ => return,
    };
    findings.note(field, lossy(value, NAME_MAX));
}

/// Attributes (RFC 2865 s5) up to the end; false if they do not end there.
fn walk<'a>(bytes: &'a [u8], cut: bool, mut attribute: impl FnMut(u8, &'a [u8])) -> bool {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let (Some(kind), Some(len)) = (reader.u8(), reader.u8()) else { return cut };
        let Some(rest) = usize::from(len).checked_sub(2) else { return false };
        let Some(value) = reader.take(rest) else { return cut };
        if kind == 0 {
            return false;
        }
        attribute(kind, value);
    }
    true
}

fn name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "access-request",
        2 => "access-accept",
        3 => "access-reject",
        4 => "accounting-request",
        5 => "accounting-response",
        11 => "access-challenge",
        12 => "status-server",
        13 => "status-client",
        40 => "disconnect-request",
        41 => "disconnect-ack",
        42 => "disconnect-nak",
        43 => "coa-request",
        44 => "coa-ack",
        45 => "coa-nak",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        1812,
        &[
            (SRC, b"\x01\x07\0\x1fabcdefghijklmnop\x01\x05joe\x04\x06\xc0\0\x02\x01"),
            (DST, b"\x02\x07\0\x14abcdefghijklmnop"),
        ],
    )],
    near_miss: &[
        Sample::udp(
            50000,
            1812,
            &[(SRC, b"\x01\x07\0\x20abcdefghijklmnop\x01\x05joe\x04\x06\xc0\0\x02\x01")],
        ),
        Sample::udp(
            50000,
            9812,
            &[(SRC, b"\x01\x07\0\x1fabcdefghijklmnop\x01\x06joe\x04\x06\xc0\0\x02\x01")],
        ),
    ],
};
