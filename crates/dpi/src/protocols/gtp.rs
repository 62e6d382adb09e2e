//! GPRS Tunnelling Protocol 0, 1, 2 and prime (3GPP TS 29.060, 29.281, 29.274): messages, subscribers.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gtp",
    category: "tunnel",
    encrypted: false,
    // Version 0 with its spare bits, or prime's; 1 with its type; 2 with its spare bit.
    over: &[(Transport::Udp, &[0x0e..=0x0f, 0x1e..=0x1f, 0x2e..=0x37, 0x40..=0x5f])],
    ports: &[2123, 2152, 3386],
    bound: true,
    fields: &["version", "message", "teid", "imsi", "apn"],
    head: SHALLOW,
    inspect,
};

/// User data.
const G_PDU: u8 = 255;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [first, kind, high, low, rest @ ..] = look.bytes else { return Verdict::No };
    let len = usize::from(u16::from_be_bytes([*high, *low]));
    let (version, prime) = (first >> 5, first & 0x10 == 0);
    // What the length does not count: the first four bytes, and an identifier or its like.
    let (name, uncounted) = match (version, prime) {
        (0, true) => ("prime", if first & 1 == 0 { 20 } else { 6 }),
        (0, false) => ("0", 20),
        (1, true) => ("prime", 6),
        (1, false) => ("1", 8),
        (2, _) if first & 0x0f == 0x0e => ("prime", 6),
        (2, _) => ("2", 4),
        _ => return Verdict::No,
    };
    let spare = match name {
        "1" => first & 0x08 != 0,
        "2" => first & 0x03 != 0,
        _ => first & 0x0e != 0x0e,
    };
    let total = len + uncounted;
    let exact = total == look.bytes.len()
        || look.cut && total > look.bytes.len()
        || name == "2" && first & 0x10 != 0 && look.bytes.get(total..).is_some_and(is_piggybacked);
    if spare || !exact || !is_known(*kind, name) {
        return Verdict::No;
    }
    findings.note("version", name);
    findings.note("message", message(*kind, name));
    let sound = match name {
        "1" => version_1(*first, *kind, rest, findings),
        "2" => version_2(*first, rest, findings),
        _ => true,
    };
    let want = if *kind == G_PDU { Want::Nothing } else { Want::Reply };
    match sound || look.cut {
        true => Verdict::proven("GTP header that counts what follows, and what it carries", want),
        false => Verdict::likely("GTP header that counts what follows", want),
    }
}

/// TS 29.274 s5.5.1: with flag P a second message of version 2 follows, which has no third.
fn is_piggybacked(bytes: &[u8]) -> bool {
    matches!(bytes, [0x48, _, high, low, rest @ ..] if usize::from(u16::from_be_bytes([*high, *low])) == rest.len())
}

fn is_known(kind: u8, version: &str) -> bool {
    match version {
        "2" => {
            matches!(kind, 1..=3 | 25..=41 | 64..=73 | 95..=103 | 128..=141 | 149..=181 | 200 | 201 | 211 | 212 | 231..=240)
        }
        "prime" => matches!(kind, 1..=7 | 240 | 241),
        _ => {
            matches!(kind, 1..=7 | 16..=31 | 32..=38 | 48..=62 | 70 | 96..=105 | 112..=129 | 240 | 241 | 253..=G_PDU)
        }
    }
}

/// TS 29.060 table 1, TS 29.274 table 6.1-1, TS 32.295 table 6.2.1.2.
fn message(kind: u8, version: &str) -> Box<str> {
    match (kind, version) {
        (1, _) => "echo-request".into(),
        (2, _) => "echo-response".into(),
        (3, _) => "version-not-supported".into(),
        (32, "2") => "create-session-request".into(),
        (33, "2") => "create-session-response".into(),
        (34, "2") => "modify-bearer-request".into(),
        (35, "2") => "modify-bearer-response".into(),
        (36, "2") => "delete-session-request".into(),
        (37, "2") => "delete-session-response".into(),
        (95, "2") => "create-bearer-request".into(),
        (96, "2") => "create-bearer-response".into(),
        (4, "prime") => "node-alive-request".into(),
        (5, "prime") => "node-alive-response".into(),
        (6, "prime") => "redirection-request".into(),
        (7, "prime") => "redirection-response".into(),
        (240, "prime") => "data-record-transfer-request".into(),
        (241, "prime") => "data-record-transfer-response".into(),
        (16, _) => "create-pdp-context-request".into(),
        (17, _) => "create-pdp-context-response".into(),
        (18, _) => "update-pdp-context-request".into(),
        (19, _) => "update-pdp-context-response".into(),
        (20, _) => "delete-pdp-context-request".into(),
        (21, _) => "delete-pdp-context-response".into(),
        (26, _) => "error-indication".into(),
        (254, _) => "end-marker".into(),
        (G_PDU, _) => "g-pdu".into(),
        _ => kind.to_string().into(),
    }
}

/// TS 29.060 s6, s7.7: identifier of the tunnel, options if a flag says so, then elements: below
/// 128 each has the size that its type has.
///
/// True if they fill the message, or a tunnel's packet is one of IP.
fn version_1(flags: u8, kind: u8, rest: &[u8], findings: &mut Findings) -> bool {
    let mut reader = Reader::new(rest);
    if let Some(teid) = reader.u32() {
        findings.note("teid", teid);
    }
    let options = if flags & 7 != 0 { reader.u32() } else { None };
    if kind == G_PDU {
        let extended = options.is_some_and(|options| flags & 4 != 0 && options & 0xff != 0);
        return extended || matches!(reader.rest().first(), None | Some(0x45..=0x4f | 0x60..=0x6f));
    }
    while let Some(kind) = reader.u8() {
        let value = if kind < 128 { fixed(kind).and_then(|len| reader.take(len)) } else { reader.block16() };
        let Some(value) = value else { return false };
        match kind {
            2 => findings.note("imsi", digits(value)),
            131 => findings.note("apn", super::dhcpv6::labels(value)),
            _ => {}
        }
    }
    true
}

fn fixed(kind: u8) -> Option<usize> {
    Some(match kind {
        1 | 8 | 11 | 13 | 14 | 15 | 19 | 20 | 21 | 23 | 29 => 1,
        2 => 8,
        3 => 6,
        4 | 5 | 16 | 17 => 4,
        9 => 28,
        12 => 3,
        18 => 5,
        22 => 9,
        24..=28 => 2,
        127 => 4,
        _ => return None,
    })
}

/// TS 29.274 s5, s8: identifier if flag T says so, a number, then elements: type, length, instance.
/// True if they fill the message.
fn version_2(flags: u8, rest: &[u8], findings: &mut Findings) -> bool {
    let mut reader = Reader::new(rest);
    if flags & 8 != 0
        && let Some(teid) = reader.u32()
    {
        findings.note("teid", teid);
    }
    let _number = reader.u32();
    while let (Some(kind), Some(len), Some(_instance)) = (reader.u8(), reader.u16(), reader.u8()) {
        let Some(value) = reader.take(usize::from(len)) else { return false };
        match kind {
            1 => findings.note("imsi", digits(value)),
            71 => findings.note("apn", super::dhcpv6::labels(value)),
            _ => {}
        }
    }
    reader.is_empty()
}

/// TS 24.008 s10.5.1.4: two digits a byte, the lower half first; 15 fills.
fn digits(value: &[u8]) -> Box<str> {
    let halves = value.iter().take(16).flat_map(|byte| [byte & 15, byte >> 4]);
    let digits: Vec<u8> = halves.take_while(|digit| *digit <= 9).map(|digit| b'0' + digit).collect();
    lossy(&digits, NAME_MAX)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            2123,
            2123,
            &[(SRC, b"\x48\x20\0\x21\0\0\0\0\0\0\x01\0\x01\0\x08\0\0\x01\x21\x43\x65\x87\x09\xf1\x47\0\x09\0\x08internet")],
        ),
        Sample::udp(2152, 2152, &[(SRC, b"\x32\x01\0\x04\0\0\0\0\0\x07\0\0")]),
        Sample::udp(2152, 2152, &[(SRC, b"\x30\xff\0\x04\0\0\0\x2a\x45\0\0\0")]),
        Sample::udp(50000, 3386, &[(SRC, b"\x2e\x04\0\0\0\x01")]),
    ],
    near_miss: &[
        Sample::udp(
            2123,
            2123,
            &[(SRC, b"\x48\x20\0\x20\0\0\0\0\0\0\x01\0\x01\0\x08\0\0\x01\x21\x43\x65\x87\x09\xf1\x47\0\x09\0\x08internet")],
        ),
        Sample::udp(2152, 2152, &[(SRC, b"\x32\x08\0\x04\0\0\0\0\0\x07\0\0")]),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn a_subscriber_and_where_to() {
        let mut flow = Flow::new(UDP, 2123, 2123);
        flow.src(SAMPLES.positive[0].said[0].1);
        let details = &flow.inspection.facts().details;
        for expected in [
            ("message", Value::from("create-session-request")),
            ("imsi", Value::from("001012345678901")),
            ("apn", Value::from("internet")),
        ] {
            assert!(details.contains(&expected), "{expected:?} {details:?}");
        }
    }
}
