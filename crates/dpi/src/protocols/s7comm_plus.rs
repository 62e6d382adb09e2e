//! S7 communication plus (Siemens' own, of S7-1200 and S7-1500): version and functions.

use super::s7comm::tpkt::{Packet, Packets, VERSION};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "s7comm-plus",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[VERSION..=VERSION])],
    ports: &[102],
    bound: false,
    fields: &["version", "functions"],
    head: SHALLOW,
    inspect,
};

const ENOUGH: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut count = 0;
    let mut named = false;
    for packet in Packets::new(look.bytes) {
        match packet {
            Packet::Wrong => return Verdict::No,
            Packet::Partial => break,
            Packet::Other => {}
            Packet::Connect { called } => named |= called.starts_with(b"SIMATIC-ROOT-"),
            Packet::Data { bytes, whole } => match bytes {
                [0x72, version @ (1..=3 | 254), high, low, body @ ..] => {
                    if whole && body.len() < usize::from(u16::from_be_bytes([*high, *low])) {
                        // Of a fragmented message (the end-of-TSDU bit) only the first has a header.
                        break;
                    }
                    count += 1;
                    findings.note("version", *version);
                    if let Some(name) = function(*version, body) {
                        findings.add("functions", name.into());
                    }
                }
                [] | [0x72, ..] if !whole => break,
                _ if count > 0 => {}
                _ => return Verdict::No,
            },
        }
    }
    let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
    if count > 0 {
        Verdict::proven("S7 plus message in ISO transport", want)
    } else if named {
        Verdict::likely("ISO transport connection to SIMATIC-ROOT", want)
    } else if look.cut {
        Verdict::No
    } else {
        Verdict::NeedMore
    }
}

/// Opcode, two reserved bytes, function; from version 3 on a digest comes before.
fn function(version: u8, body: &[u8]) -> Option<&'static str> {
    let mut reader = Reader::new(body);
    if version == 3 {
        reader.block8()?;
    }
    let (0x31 | 0x32, 0) = (reader.u8()?, reader.u16()?) else { return None };
    Some(match reader.u16()? {
        0x04bb => "explore",
        0x04ca => "create-object",
        0x04d4 => "delete-object",
        0x04f2 => "set-variable",
        0x04fc => "get-variable",
        0x0524 => "set-variable-substreamed",
        0x0542 => "set-multiple-variables",
        0x054c => "get-multiple-variables",
        0x0556 => "begin-sequence",
        0x0560 => "end-sequence",
        0x056b => "invoke",
        0x0586 => "get-variable-substreamed",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x1b\x02\xf0\x80\x72\x01\0\x0c\x31\0\0\x04\xca\0\0\0\x01\0\0\x01\x72\x01\0\0")],
        ),
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x24\x1f\xe0\0\0\0\x01\0\xc1\x02\x06\0\xc2\x10SIMATIC-ROOT-HMI\xc0\x01\x0a")],
        ),
    ],
    near_miss: &[Sample::tcp(
        50000,
        102,
        &[(SRC, b"\x03\0\0\x1b\x02\xf0\x80\x73\x01\0\x0c\x31\0\0\x04\xca\0\0\0\x01\0\0\x01\x72\x01\0\0")],
    )],
};
