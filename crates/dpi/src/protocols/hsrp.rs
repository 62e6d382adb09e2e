//! Cisco's Hot Standby Router Protocol 1 (RFC 2281) and 2: a router's group, its state and priority.

use crate::notation::address;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "hsrp",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=4])],
    ports: &[1985, 2029],
    bound: true,
    fields: &["version", "message", "state", "priority", "group", "virtual_address"],
    head: SHALLOW,
    inspect,
};

const MESSAGES: [&str; 4] = ["hello", "coup", "resign", "advertise"];

/// RFC 2281 s5.2: authentication data unless configured otherwise.
const DEFAULT_AUTHENTICATION: [u8; 8] = *b"cisco\0\0\0";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        [0, 3, 0, 1, 0, 10, rest @ ..] if rest.len() == 10 => {
            findings.note("version", 1u8);
            findings.note("message", "advertise");
            Verdict::proven("HSRP advertisement", Want::Nothing)
        }
        [0, rest @ ..] => version_1(rest, look.cut, findings),
        _ => version_2(look, findings),
    }
}

/// RFC 2281 s5.1.
fn version_1(rest: &[u8], cut: bool, findings: &mut Findings) -> Verdict {
    let Some((fixed, more)) = rest.split_first_chunk::<19>() else { return Verdict::No };
    let [op, state, hello, hold, priority, group, reserved, authentication @ ..] = *fixed;
    let Some(message) = MESSAGES.get(usize::from(op)) else { return Verdict::No };
    let Some(state_name) = state_name(state, &[0, 1, 2, 4, 8, 16]) else { return Verdict::No };
    // Behind it there may be an MD5 digest: type 4, 28 bytes.
    let known_end = more.is_empty() || more.starts_with(&[4, 28]) || cut;
    if reserved != 0 || hello == 0 || hold < hello || !known_end {
        return Verdict::No;
    }
    let (secret, virtual_address) = authentication.split_at(8);
    findings.note("version", 1u8);
    findings.note("message", *message);
    findings.note("state", state_name);
    findings.note("priority", priority);
    findings.note("group", group);
    note_address(virtual_address, findings);
    if secret != DEFAULT_AUTHENTICATION && more.is_empty() && secret.first() != Some(&0) {
        findings.risk(Risk::CleartextCredentials);
    }
    Verdict::proven("HSRP header with a known state", Want::Nothing)
}

/// A chain of types and lengths: 1 is the group's state, 2 the interface's (how many of its 4,096
/// groups are active and passive), 3 a text that authenticates, 4 a digest.
fn version_2(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut chain = Reader::new(look.bytes);
    while let Some(kind) = chain.u8() {
        let Some(value) = chain.block8() else { return Verdict::No };
        let known = matches!((kind, value.len()), (1, 40) | (2, 4) | (3, 8) | (4, 28));
        let sound = match kind {
            1 => is_state(value),
            2 => matches!(value, [0..=0x0f, _, 0..=0x0f, _]),
            _ => true,
        };
        if !known || !sound {
            return Verdict::No;
        }
    }
    findings.note("version", 2u8);
    let mut chain = Reader::new(look.bytes);
    while let Some((kind, value)) = chain.u8().and_then(|kind| Some((kind, chain.block8()?))) {
        match kind {
            1 => note_state(value, findings),
            3 if value != DEFAULT_AUTHENTICATION => findings.risk(Risk::CleartextCredentials),
            _ => {}
        }
    }
    Verdict::proven("chain of HSRP elements", Want::Nothing)
}

/// Version, operation, state, family of addresses, group, then what version 1 has too, but wider.
fn is_state(value: &[u8]) -> bool {
    matches!(value, [2, 0..=3, 0..=6, 4 | 6, ..])
}

fn note_state(value: &[u8], findings: &mut Findings) {
    let Some(([_, op, state, family, group @ ..], rest)) = value.split_first_chunk::<6>() else { return };
    if let Some(message) = MESSAGES.get(usize::from(*op)) {
        findings.note("message", *message);
    }
    if let Some(state) = state_name(*state, &[1, 2, 3, 4, 5, 6]) {
        findings.note("state", state);
    }
    let mut rest = Reader::new(rest);
    let (_mac, priority) = (rest.array::<6>(), rest.u32());
    findings.note("group", u16::from_be_bytes(*group));
    if let Some(priority) = priority {
        findings.note("priority", priority);
    }
    let _times = rest.array::<8>();
    let addresses = rest.rest();
    note_address(addresses.get(..if *family == 4 { 4 } else { 16 }).unwrap_or_default(), findings);
}

fn note_address(bytes: &[u8], findings: &mut Findings) {
    if let Some(text) = address(bytes) {
        findings.note("virtual_address", text);
    }
}

/// The states in their order, by the numbers that the version gives them.
fn state_name(state: u8, numbers: &[u8]) -> Option<&'static str> {
    const NAMES: [&str; 6] = ["initial", "learn", "listen", "speak", "standby", "active"];
    NAMES.get(numbers.iter().position(|number| *number == state)?).copied()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(1985, 1985, &[(SRC, b"\0\0\x10\x03\x0a\x64\x01\0cisco\0\0\0\xc0\0\x02\xfe")]),
        Sample::udp(
            2029,
            2029,
            &[(SRC, b"\x01\x28\x02\0\x05\x06\0\x01\x02\0\0\0\0\x01\0\0\0\x64\0\0\x0b\xb8\0\0\x27\x10\xfe\x80\0\0\0\0\0\0\0\x05\x73\xff\xfe\xa0\0\x01")],
        ),
        Sample::udp(1985, 1985, &[(SRC, b"\x02\x04\0\x01\0\0")]),
    ],
    near_miss: &[
        Sample::udp(1985, 1985, &[(SRC, b"\0\0\x11\x03\x0a\x64\x01\0cisco\0\0\0\xc0\0\x02\xfe")]),
        Sample::udp(1985, 1985, &[(SRC, b"\x02\x04\0\x01\0\0\x07")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    /// Unlike version 1, version 2 numbers its states from 1 to 6 in a row.
    #[test]
    fn states_of_version_2() {
        let mut flow = Flow::new(UDP, 2029, 2029);
        flow.src(super::SAMPLES.positive[1].said[0].1);
        assert!(flow.inspection.facts().details.contains(&("state", Value::from("standby"))));
    }
}
