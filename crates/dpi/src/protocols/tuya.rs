//! Tuya's local protocol, of plugs, lamps and others: commands, and what a device says of itself in clear.

use crate::json;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tuya",
    category: "iot",
    encrypted: true,
    over: &[(Transport::Udp, FIRST), (Transport::Tcp, FIRST)],
    ports: &[6666, 6667, 6668],
    bound: false,
    fields: &["command", "version", "device_id", "product_key"],
    head: SHALLOW,
    inspect,
};

const FIRST: Starts = &[0..=0];

/// Beginnings and ends of a message: up to version 3.4, and from 3.5 on, which has two more bytes
/// in front of the sequence.
const FRAMES: [([u8; 4], [u8; 4], usize, usize); 2] =
    [([0, 0, 0x55, 0xaa], [0, 0, 0xaa, 0x55], 8, 16), ([0, 0, 0x66, 0x99], [0, 0, 0x99, 0x66], 10, 22)];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((prefix, suffix, at, overhead)) = FRAMES
        .into_iter()
        .find(|(prefix, ..)| look.bytes.iter().zip(prefix).all(|(byte, expected)| byte == expected))
    else {
        return Verdict::No;
    };
    let partial = if look.cut || look.transport == Transport::Udp { Verdict::No } else { Verdict::NeedMore };
    let Some(&[0, 0, 0, command, 0, 0, high, low]) = look.bytes.get(at..at + 8) else {
        return if look.bytes.len() < at + 8 { partial } else { Verdict::No };
    };
    // The length counts what comes after it, the suffix among it.
    let length = usize::from(u16::from_be_bytes([high, low]));
    let end = at + 8 + length + if overhead == 22 { 4 } else { 0 };
    let Some(message) = look.bytes.get(..end) else {
        return if length > 3000 { Verdict::No } else { partial };
    };
    if prefix != look.bytes.first_chunk().copied().unwrap_or_default() || !message.ends_with(&suffix) {
        return Verdict::No;
    }
    findings.note("command", name(command));
    for (field, member) in [("device_id", "gwId"), ("product_key", "productKey"), ("version", "version")] {
        if let Some(value) = json::value(message, member) {
            findings.note(field, lossy(value, NAME_MAX));
        }
    }
    Verdict::proven("Tuya's beginning and end of a message", Want::Reply)
}

fn name(command: u8) -> &'static str {
    match command {
        0x00 => "udp",
        0x01 => "access-point-configuration",
        0x02 => "active",
        0x03 => "session-key-negotiation-start",
        0x04 => "session-key-negotiation-response",
        0x05 => "session-key-negotiation-finish",
        0x06 => "unbind",
        0x07 => "control",
        0x08 => "status",
        0x09 => "heart-beat",
        0x0a => "query",
        0x0d => "control-new",
        0x10 => "query-new",
        0x12 => "update-data-points",
        0x13 => "discovery",
        0x23 => "broadcast-new",
        _ => "other",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            6666,
            &[(SRC, b"\0\0\x55\xaa\0\0\0\0\0\0\0\0\0\0\0\x2b\0\0\0\0{\"gwId\":\"0123\",\"version\":\"3.1\"}\x12\x34\x56\x78\0\0\xaa\x55")],
        ),
        Sample::tcp(50000, 6668, &[(SRC, b"\0\0\x55\xaa\0\0\0\x01\0\0\0\x09\0\0\0\x08\xb0\x51\xab\x03\0\0\xaa\x55")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 6668, &[(SRC, b"\0\0\x55\xaa\0\0\0\x01\0\0\0\x09\0\0\0\x08\xb0\x51\xab\x03\0\0\xaa\x56")]),
        Sample::udp(50000, 6667, &[(SRC, b"\0\0\x55\xaa\0\0\0\x01\0\0\0\x09\0\0\0\x09\xb0\x51\xab\x03\0\0\xaa\x55")]),
    ],
};
