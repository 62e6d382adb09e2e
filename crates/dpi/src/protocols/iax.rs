//! IAX2 (RFC 5456): full frames and their information elements; who calls whom.

use crate::findings::Findings;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "iax",
    category: "voip",
    encrypted: false,
    // Full frames have the first bit set; a flow begins with them.
    over: &[(Transport::Udp, &[0x80..=0xff])],
    ports: &[4569],
    bound: false,
    fields: &["messages", "username", "called", "calling", "calling_name"],
    head: SHALLOW,
    inspect,
};

/// RFC 5456 s8.1.1.
const HEADER_LEN: usize = 12;
/// RFC 5456 s8.2: frames that control a call.
const CONTROL: u8 = 6;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let &[_, _, to_high, to_low, _, _, _, _, out_number, in_number, kind, subclass, ..] = look.bytes else {
        return Verdict::No;
    };
    if kind != CONTROL || !matches!(subclass, 1..=0x28) {
        // Voice, DTMF and others: their payloads say nothing.
        let known = matches!(kind, 1..=12)
            && look.hinted
            && look.earlier.iter().any(|glimpse| is_control(&glimpse.start));
        return if known { Verdict::NeedMore } else { Verdict::No };
    }
    let elements = look.bytes.get(HEADER_LEN..).unwrap_or_default();
    if !fit(elements) {
        return Verdict::No;
    }
    // RFC 5456 s6: a first message goes to no call yet, and counts from zero.
    let first = to_high & 0x7f == 0
        && to_low == 0
        && out_number == 0
        && in_number == 0
        && matches!(subclass, 0x01 | 0x0d | 0x11 | 0x1e | 0x20)
        && !elements.is_empty();
    let counted = out_number <= 8 && in_number <= 8;
    let answers = look.last(false).is_some_and(|other| is_control(&other.start));
    if !(first || (look.hinted && counted) || answers) {
        return Verdict::No;
    }
    note(subclass, elements, findings);
    match first || answers || !elements.is_empty() {
        true => Verdict::proven("IAX2 control frame whose elements fit", Want::Reply),
        false => Verdict::likely("IAX2 control frame at its port", Want::Every),
    }
}

fn is_control(start: &[u8]) -> bool {
    matches!(start, [0x80..=0xff, _, _, _, _, _, _, _, _, _, CONTROL, 1..=0x28, ..])
}

/// RFC 5456 s8.6: type, length, data.
fn elements(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || Some((reader.u8()?, reader.block8()?)))
}

fn fit(bytes: &[u8]) -> bool {
    let used: usize = elements(bytes).map(|(_, data)| data.len() + 2).sum();
    used == bytes.len() && elements(bytes).all(|(kind, _)| matches!(kind, 0x01..=0x38))
}

fn note(subclass: u8, bytes: &[u8], findings: &mut Findings) {
    if let Some(name) = name(subclass) {
        findings.add("messages", name.into());
    }
    for (kind, data) in elements(bytes) {
        let field = match kind {
            0x01 => "called",
            0x02 => "calling",
            0x04 => "calling_name",
            0x06 => "username",
            // RFC 5456 s8.6: the password itself, no longer allowed.
            0x07 => {
                findings.risk(Risk::CleartextCredentials);
                continue;
            }
            _ => continue,
        };
        findings.note(field, lossy(data, NAME_MAX));
    }
}

fn name(subclass: u8) -> Option<&'static str> {
    Some(match subclass {
        0x01 => "NEW",
        0x02 => "PING",
        0x03 => "PONG",
        0x04 => "ACK",
        0x05 => "HANGUP",
        0x06 => "REJECT",
        0x07 => "ACCEPT",
        0x08 => "AUTHREQ",
        0x09 => "AUTHREP",
        0x0a => "INVAL",
        0x0b => "LAGRQ",
        0x0c => "LAGRP",
        0x0d => "REGREQ",
        0x0e => "REGAUTH",
        0x0f => "REGACK",
        0x10 => "REGREJ",
        0x11 => "REGREL",
        0x1e => "POKE",
        0x28 => "CALLTOKEN",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            4569,
            50000,
            &[
                (SRC, b"\x80\x01\0\0\0\0\0\x02\0\0\x06\x01\x0b\x02\0\x02\x01\x03100\x06\x05alice"),
                (DST, b"\x80\x02\x80\x01\0\0\0\x03\0\x01\x06\x07\x09\x04\0\0\0\x04"),
            ],
        ),
        Sample::udp(50000, 4569, &[(DST, b"\x80\x02\0\x01\0\0\0\x03\x01\x01\x06\x04")]),
    ],
    near_miss: &[
        Sample::udp(4569, 4569, &[(SRC, b"\x80\x01\0\0\0\0\0\x02\0\0\x06\x01\x0b\x02\0\x02\x01\x04100")]),
        Sample::udp(4569, 4569, &[(SRC, b"\x80\x01\0\0\0\0\0\x02\0\0\x16\x01\x0b\x02\0\x02\x01\x03100")]),
    ],
};
