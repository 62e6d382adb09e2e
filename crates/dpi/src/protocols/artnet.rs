//! Art-Net 4, lighting over UDP: operations, and the names that nodes announce.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "artnet",
    category: "media",
    encrypted: false,
    over: &[(Transport::Udp, &[b'A'..=b'A'])],
    ports: &[6454],
    bound: false,
    fields: &["operation", "node", "description", "universe"],
    head: SHALLOW,
    inspect,
};

/// Magic, operation with its low byte first; all but the answer to a poll have a version.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(rest) = look.bytes.strip_prefix(b"Art-Net\0") else { return Verdict::No };
    let [low, high, rest @ ..] = rest else { return Verdict::No };
    let operation = u16::from_le_bytes([*low, *high]);
    let name = match operation {
        0x2000 => "poll",
        0x2100 => "poll-reply",
        0x2300 => "diagnostics",
        0x2400 => "command",
        0x5000 => "dmx",
        0x5100 => "nzs",
        0x5200 => "sync",
        0x6000 => "address",
        0x7000 => "input",
        0x8000..=0x8300 => "device-management",
        0x9700 => "time-code",
        0xf800..=0xf900 => "ip-programming",
        _ => "other",
    };
    findings.note("operation", name);
    match (operation, rest) {
        // Version, sequence, physical port, universe.
        (0x5000, [_, _, _, _, low, high, ..]) => findings.note("universe", u16::from_le_bytes([*low, *high])),
        (0x2100, _) => {
            for (field, from, to) in [("node", 16, 34), ("description", 34, 98)] {
                if let Some(text) = rest.get(from..to) {
                    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
                    findings.note(field, lossy(text.get(..end).unwrap_or_default(), NAME_MAX));
                }
            }
        }
        _ => {}
    }
    Verdict::proven("Art-Net's magic", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(6454, 6454, &[(SRC, b"Art-Net\0\0\x50\0\x0e\x01\0\x02\0\0\x02\xff\0")])],
    near_miss: &[Sample::udp(6454, 6454, &[(SRC, b"Art-NeT\0\0\x50\0\x0e\x01\0\x02\0\0\x02\xff\0")])],
};
