//! Port Control Protocol (RFC 6887), the successor of NAT-PMP: which ports a host opens to itself.

use crate::notation::address;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "pcp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[VERSION..=VERSION])],
    ports: &[5350, 5351],
    bound: true,
    fields: &[
        "operation",
        "lifetime",
        "result",
        "client",
        "protocol",
        "internal_port",
        "external_port",
        "external_address",
    ],
    head: SHALLOW,
    inspect,
};

const VERSION: u8 = 2;

/// RFC 6887 s7: messages have at most 1100 bytes, in fours.
const MAX_LEN: usize = 1100;
const RESPONSE: u8 = 0x80;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(VERSION), Some(op), Some(0), Some(result)) =
        (reader.u8(), reader.u8(), reader.u8(), reader.u8())
    else {
        return Verdict::No;
    };
    let (Some(lifetime), Some(block)) = (reader.u32(), reader.array::<16>()) else { return Verdict::No };
    // RFC 6887 s19, RFC 7225, RFC 7652.
    let Some(operation) = ["announce", "map", "peer", "authentication"].get(usize::from(op & !RESPONSE))
    else {
        return Verdict::No;
    };
    let [_epoch @ .., z0, z1, z2, z3, z4, z5, z6, z7, z8, z9, z10, z11] = block;
    let zeros = [z0, z1, z2, z3, z4, z5, z6, z7, z8, z9, z10, z11];
    // s7.1: the client's own address, where IPv4's begins with the mapped prefix; s7.2: zeros.
    let sound = match op & RESPONSE != 0 {
        true => result <= 21 && zeros == [0; 12],
        false => {
            result == 0
                && (block.starts_with(&[0; 10]) || matches!(block.first(), Some(0x20..=0x3f | 0xfc..=0xfe)))
        }
    };
    // s11.1, s12.1: what a mapping and a peer's has behind the header.
    let least = match op & !RESPONSE {
        1 => 60,
        2 => 80,
        _ => 24,
    };
    if !sound || look.bytes.len() < least || !look.bytes.len().is_multiple_of(4) || look.bytes.len() > MAX_LEN
    {
        return Verdict::No;
    }
    findings.note("operation", *operation);
    findings.note("lifetime", lifetime);
    if op & RESPONSE != 0 {
        findings.note("result", result);
    } else if let Some(client) = address_of(block) {
        findings.note("client", client);
    }
    // s11.1, s12.1: a number of 12 bytes, protocol, three reserved bytes, ports, address outside.
    if matches!(op & !RESPONSE, 1 | 2) && reader.array::<12>().is_some() {
        let (protocol, _reserved) = (reader.u8(), reader.array::<3>());
        let (inside, outside, external) = (reader.u16(), reader.u16(), reader.array::<16>());
        if let (Some(protocol), Some(inside), Some(outside)) = (protocol, inside, outside) {
            findings.note("protocol", protocol);
            findings.note("internal_port", inside);
            findings.note("external_port", outside);
        }
        if let Some(external) = external.and_then(address_of) {
            findings.note("external_address", external);
        }
    }
    Verdict::proven("PCP header", if op & RESPONSE != 0 { Want::Nothing } else { Want::Reply })
}

/// RFC 6887 s5: IPv4 addresses are mapped into IPv6.
fn address_of(block: [u8; 16]) -> Option<String> {
    match block {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => address(&[a, b, c, d]),
        _ => address(&block),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        5351,
        &[(SRC, b"\x02\x01\0\0\0\0\x0e\x10\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x07abcdefghijkl\x06\0\0\0\x1f\x90\x1f\x90\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\0")],
    )],
    near_miss: &[Sample::udp(
        50000,
        5351,
        &[(SRC, b"\x02\x01\0\x07\0\0\x0e\x10\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x07abcdefghijkl\x06\0\0\0\x1f\x90\x1f\x90\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\0")],
    )],
};
