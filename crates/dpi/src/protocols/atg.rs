//! Automatic tank gauges (Veeder-Root TLS-350 serial interface): function codes.

use crate::dialogue::agree;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "atg",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=1, b'\n'..=b'\n', b'\r'..=b'\r', b'9'..=b'9'])],
    ports: &[10001],
    bound: false,
    fields: &["functions"],
    head: SHALLOW,
    inspect,
};

/// The answer to a function that does not exist.
const UNKNOWN: &[u8] = b"9999FF1B";

/// Control-A, then `I` (inquire) or `S` (set), in lower case for computers; three digits of
/// function and two of tank. Answers repeat them.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = look.bytes.strip_prefix(b"\x01").unwrap_or(look.bytes).trim_ascii_start();
    if bytes.starts_with(UNKNOWN) {
        return Verdict::proven("tank gauge's answer", Want::Reply);
    }
    let Some(function) = bytes.get(..6) else {
        let begun = agree(bytes, UNKNOWN) || matches!(bytes, [] | [b'I' | b'i' | b'S' | b's', ..]);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let [b'I' | b'i' | b'S' | b's', digits @ ..] = function else { return Verdict::No };
    let asked = look.bytes.first() == Some(&1);
    if !digits.iter().all(u8::is_ascii_hexdigit) || !(asked || look.hinted) {
        return Verdict::No;
    }
    for command in look.bytes.split(|byte| *byte == 1).filter_map(|command| command.get(..6)).take(8) {
        if command.iter().all(u8::is_ascii_alphanumeric) {
            findings.add("functions", lossy(command, NAME_MAX));
        }
    }
    Verdict::proven("tank gauge's function code", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 10001, &[(SRC, b"\x01I20100\r\n")])],
    near_miss: &[
        Sample::tcp(50000, 10001, &[(SRC, b"\x01I20Z00\r\n")]),
        Sample::tcp(50000, 10001, &[(SRC, b"\x01X20100\r\n")]),
    ],
};
