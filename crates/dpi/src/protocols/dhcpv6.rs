//! DHCP for IPv6 (RFC 8415) by a chain of options that ends where the message does.

use crate::notation::{address, hexadecimal};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dhcpv6",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=36])],
    ports: &[546, 547],
    bound: true,
    fields: &["message_type", "client_duid", "server_duid", "client_fqdn", "vendor_class", "addresses"],
    head: SHALLOW,
    inspect,
};

/// RFC 8415 s7.3.
const RELAY_FORW: u8 = 12;
const RELAY_REPL: u8 = 13;

/// The highest option that IANA has assigned, with room for some more.
const MAX_OPTION: u16 = 160;

/// RFC 8415 s11.1: a DUID has at most 128 bytes behind its type.
const MAX_DUID: usize = 130;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(kind) = reader.u8() else { return Verdict::No };
    // RFC 8415 s8, s9: a transaction number, or hops and two addresses.
    let fixed = if matches!(kind, RELAY_FORW | RELAY_REPL) { 33 } else { 3 };
    if reader.take(fixed).is_none() || reader.is_empty() || !is_chain(reader, look.cut) {
        return Verdict::No;
    }
    findings.note("message_type", message_type(kind));
    read_options(reader, findings, 0);
    Verdict::proven("chain of DHCPv6 options", Want::Reply)
}

fn is_chain(mut reader: Reader<'_>, cut: bool) -> bool {
    while !reader.is_empty() {
        let Some(code) = reader.u16() else { return cut };
        if code == 0 || code > MAX_OPTION {
            return false;
        }
        if reader.block16().is_none() {
            return cut;
        }
    }
    true
}

fn read_options(mut reader: Reader<'_>, findings: &mut Findings, depth: u8) {
    while let Some((code, value)) = reader.u16().and_then(|code| Some((code, reader.block16()?))) {
        match (code, value) {
            (1, _) => findings.note("client_duid", hexadecimal(value, MAX_DUID)),
            (2, _) => findings.note("server_duid", hexadecimal(value, MAX_DUID)),
            // RFC 8415 s21.4, s21.21: what identifies an association comes before its options.
            (3 | 25, [_, _, _, _, _, _, _, _, _, _, _, _, inner @ ..]) if depth < 4 => {
                read_options(Reader::new(inner), findings, depth + 1);
            }
            (5, [..]) => {
                if let Some(text) = value.get(..16).and_then(address) {
                    findings.add("addresses", text.into());
                }
            }
            // RFC 8415 s21.10: what a relay passes on.
            (9, [kind, _, _, _, inner @ ..]) if depth < 4 && !matches!(*kind, RELAY_FORW | RELAY_REPL) => {
                findings.note("message_type", message_type(*kind));
                read_options(Reader::new(inner), findings, depth + 1);
            }
            // RFC 8415 s21.16: the vendor's number, then texts after their lengths.
            (16, [_, _, _, _, classes @ ..]) => {
                let class = Reader::new(classes).block16().unwrap_or_default();
                findings.note("vendor_class", lossy(class, NAME_MAX));
            }
            (39, [_flags, name @ ..]) => findings.note("client_fqdn", labels(name)),
            _ => {}
        }
    }
}

/// RFC 8415 s7.3.
fn message_type(kind: u8) -> &'static str {
    const NAMES: [&str; 13] = [
        "solicit",
        "advertise",
        "request",
        "confirm",
        "renew",
        "rebind",
        "reply",
        "release",
        "decline",
        "reconfigure",
        "information-request",
        "relay-forward",
        "relay-reply",
    ];
    NAMES.get(usize::from(kind).wrapping_sub(1)).copied().unwrap_or("other")
}

/// A name in DNS's labels (RFC 1035 s3.1), possibly without the last one.
pub(super) fn labels(name: &[u8]) -> Box<str> {
    let mut reader = Reader::new(name);
    let mut text = Vec::with_capacity(name.len());
    while let Some(label) = reader.block8().filter(|label| !label.is_empty()) {
        if !text.is_empty() {
            text.push(b'.');
        }
        text.extend_from_slice(label);
    }
    lossy(&text, NAME_MAX)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        546,
        547,
        &[(
            SRC,
            b"\x01\x12\x34\x56\0\x01\0\x0a\0\x03\0\x01\x02\0\0\0\0\x2a\0\x08\0\x02\0\0\0\x27\0\x09\0\x07printer",
        )],
    )],
    near_miss: &[Sample::udp(
        546,
        547,
        &[(SRC, b"\x01\x12\x34\x56\0\x01\0\x0a\0\x03\0\x01\x02\0\0\0\0\x2a\0\x08\0\x02\0\0\0\x27\0\x0a\0\x07printer")],
    )],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn through_a_relay() {
        let inner = b"\x01\x12\x34\x56\0\x01\0\x04\0\x03\0\x01\0\x27\0\x0b\0\x07printer\x01a";
        let mut message = [&[RELAY_FORW, 0][..], &[0xfe; 32]].concat();
        message.extend([0, 9, 0, inner.len() as u8]);
        message.extend(inner);
        let mut flow = Flow::new(UDP, 547, 547);
        flow.src(&message);
        let facts = flow.inspection.facts();
        let expected = [
            ("message_type", Value::from("solicit")),
            ("client_duid", Value::from("00030001")),
            ("client_fqdn", Value::from("printer.a")),
        ];
        assert_eq!(facts.details, expected);
    }
}
