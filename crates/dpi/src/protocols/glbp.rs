//! Cisco's Gateway Load Balancing Protocol: group, state and priority of a gateway.

use crate::notation::{address, mac};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "glbp",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[VERSION..=VERSION])],
    ports: &[3222],
    bound: true,
    fields: &["group", "owner", "state", "priority", "virtual_address"],
    head: SHALLOW,
    inspect,
};

const VERSION: u8 = 1;

/// Types of elements, whose lengths count their own two bytes too.
const HELLO: u8 = 1;
const REQUEST_RESPONSE: u8 = 2;
const AUTHENTICATION: u8 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((header, elements)) = look.bytes.split_first_chunk::<12>() else { return Verdict::No };
    let [VERSION, 0, group_high, group_low, 0, 0, owner @ ..] = header else { return Verdict::No };
    let group = u16::from_be_bytes([*group_high, *group_low]);
    if group > 1023 || !is_chain(elements, look.cut) {
        return Verdict::No;
    }
    findings.note("group", group);
    findings.note("owner", mac(owner));
    let mut chain = Reader::new(elements);
    while let Some((kind, value)) = next(&mut chain) {
        match (kind, value) {
            (HELLO, [_, state, _, priority, ..]) => {
                findings.note("state", state_name(*state));
                findings.note("priority", *priority);
                if let Some(text) = hello_address(value) {
                    findings.note("virtual_address", text);
                }
            }
            // A plain string as type of authentication.
            (AUTHENTICATION, [1, ..]) => findings.risk(Risk::CleartextCredentials),
            _ => {}
        }
    }
    Verdict::proven("chain of GLBP elements", Want::Nothing)
}

fn is_chain(elements: &[u8], cut: bool) -> bool {
    let mut chain = Reader::new(elements);
    let mut known = false;
    while !chain.is_empty() {
        match next(&mut chain) {
            Some((kind, _)) => known |= matches!(kind, HELLO | REQUEST_RESPONSE),
            None => return cut && known,
        }
    }
    known
}

fn next<'a>(chain: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let (kind, len) = (chain.u8()?, chain.u8()?);
    Some((kind, chain.take(usize::from(len).checked_sub(2)?)?))
}

/// Behind intervals and timeouts: kind of address, its length, itself.
fn hello_address(value: &[u8]) -> Option<String> {
    let mut reader = Reader::new(value.get(20..)?);
    let (1 | 2, bytes) = (reader.u8()?, reader.block8()?) else { return None };
    address(bytes)
}

fn state_name(state: u8) -> &'static str {
    match state {
        1 => "disabled",
        2 => "initial",
        4 => "listen",
        8 => "speak",
        16 => "standby",
        32 => "active",
        _ => "other",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        3222,
        3222,
        &[(SRC, b"\x01\0\0\x0a\0\0\x02\0\0\0\0\x01\x01\x1c\0\x20\0\x64\0\0\0\0\x0b\xb8\0\0\x27\x10\x02\x58\x38\x40\0\0\x01\x04\xc0\0\x02\xfe")],
    )],
    near_miss: &[Sample::udp(
        3222,
        3222,
        &[(SRC, b"\x01\0\0\x0a\0\0\x02\0\0\0\0\x01\x01\x1d\0\x20\0\x64\0\0\0\0\x0b\xb8\0\0\x27\x10\x02\x58\x38\x40\0\0\x01\x04\xc0\0\x02\xfe")],
    )],
};
