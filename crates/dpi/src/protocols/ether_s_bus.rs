//! SAIA's Ether-S-Bus: stations and commands.

use crate::checksum::crc16_ccitt;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ether-s-bus",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[5050],
    bound: false,
    fields: &["station", "command"],
    head: SHALLOW,
    inspect,
};

/// Length of the whole, version, protocol type, sequence, kind of telegram; a request's station
/// and command; CRC.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(([0, 0, high, low, 0 | 1, 0, _, _, kind @ 0..=2, first, ..], _)) =
        look.bytes.split_first_chunk::<11>()
    else {
        return Verdict::No;
    };
    let Some((checked, check)) = look.bytes.split_last_chunk::<2>() else { return Verdict::No };
    if usize::from(u16::from_be_bytes([*high, *low])) != look.bytes.len()
        || crc16_ccitt(0, checked) != u16::from_be_bytes(*check)
    {
        return Verdict::No;
    }
    if *kind == 0 {
        findings.note("station", *first);
        if let Some(command) = look.bytes.get(10) {
            findings.note("command", *command);
        }
    }
    Verdict::proven("Ether-S-Bus telegram with a correct CRC", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        5050,
        &[
            (SRC, b"\0\0\0\x0d\x01\0\0\x07\0\x0a\x20\x74\x81"),
            (DST, b"\0\0\0\x0f\x01\0\0\x07\x01\0\0\0\x05\x8f\x27"),
        ],
    )],
    near_miss: &[Sample::udp(50000, 5050, &[(SRC, b"\0\0\0\x0d\x01\0\0\x07\0\x0a\x20\0\0")])],
};
