//! MAVLink, of drones and their ground stations (versions 1 and 2): systems, components, messages.

use crate::checksum::crc16_hdlc;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mavlink",
    category: "iot",
    encrypted: false,
    over: &[(Transport::Udp, FIRST), (Transport::Tcp, FIRST)],
    ports: &[14550, 14540, 14551, 14555, 5760],
    bound: false,
    fields: &["version", "system", "component", "messages"],
    head: SHALLOW,
    inspect,
};

/// Magic numbers of both versions.
const FIRST: Starts = &[0xfd..=0xfe];

struct Frame<'a> {
    version: u8,
    system: u8,
    component: u8,
    message: u32,
    /// What the checksum covers, without the magic.
    checked: &'a [u8],
    check: [u8; 2],
    len: usize,
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut rest = look.bytes;
    while let Some(frame) = frame(rest) {
        // The checksum goes on over a byte that depends on the message's definition.
        if let Some((name, extra)) = message(frame.message) {
            let covered = [frame.checked, &[extra]].concat();
            if !crc16_hdlc(&covered) != u16::from_le_bytes(frame.check) {
                return Verdict::No;
            }
            findings.note("version", frame.version);
            findings.note("system", frame.system);
            findings.note("component", frame.component);
            findings.add("messages", name.into());
            return Verdict::proven("MAVLink frame with a correct checksum", Want::Nothing);
        }
        rest = rest.get(frame.len..).unwrap_or_default();
    }
    let partial =
        look.transport == Transport::Tcp && rest.len() < 280 && matches!(rest.first(), Some(0xfd | 0xfe));
    // A datagram of messages that are not known here may be followed by one that is.
    let waits = look.transport == Transport::Udp && rest.is_empty();
    if !look.cut && (partial || waits) { Verdict::NeedMore } else { Verdict::No }
}

fn frame(bytes: &[u8]) -> Option<Frame<'_>> {
    let (version, length, head, signature) = match bytes {
        [0xfe, length, ..] => (1, *length, 6, 0),
        // Flags that are not understood forbid reading on; the one there is means a signature.
        [0xfd, length, flags @ 0..=1, ..] => (2, *length, 10, usize::from(*flags) * 13),
        _ => return None,
    };
    let (system, component, message) = match (version, bytes) {
        (1, [_, _, _, system, component, message, ..]) => (*system, *component, u32::from(*message)),
        (_, [_, _, _, _, _, system, component, a, b, c, ..]) => {
            (*system, *component, u32::from_le_bytes([*a, *b, *c, 0]))
        }
        _ => return None,
    };
    let end = head + usize::from(length);
    let checked = bytes.get(1..end)?;
    let check = *bytes.get(end..)?.first_chunk()?;
    let len = end + 2 + signature;
    (bytes.len() >= len).then_some(Frame { version, system, component, message, checked, check, len })
}

/// Messages that every vehicle or ground station sends, with their extra byte (common.xml).
fn message(number: u32) -> Option<(&'static str, u8)> {
    Some(match number {
        0 => ("heartbeat", 50),
        1 => ("system-status", 124),
        2 => ("system-time", 137),
        4 => ("ping", 237),
        20 => ("parameter-request-read", 214),
        21 => ("parameter-request-list", 159),
        22 => ("parameter-value", 220),
        23 => ("parameter-set", 168),
        24 => ("gps-raw", 24),
        30 => ("attitude", 39),
        33 => ("global-position", 104),
        74 => ("head-up-display", 20),
        76 => ("command-long", 152),
        77 => ("command-ack", 143),
        111 => ("time-synchronization", 34),
        253 => ("status-text", 83),
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        14550,
        &[(SRC, b"\xfe\x09\x07\x01\x01\0\0\0\0\0\x02\x03\x51\x04\x03\xfa\xad")],
    )],
    near_miss: &[Sample::udp(
        50000,
        14550,
        &[(SRC, b"\xfe\x09\x07\x01\x01\0\0\0\0\0\x02\x03\x51\x04\x03\x12\x34")],
    )],
};
