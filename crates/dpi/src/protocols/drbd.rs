//! DRBD's replication of block devices (drbd_protocol.h): headers of the three kinds.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "drbd",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x83..=0x83, 0x86..=0x86])],
    ports: &[7788, 7789, 7790],
    bound: false,
    fields: &["command"],
    head: SHALLOW,
    inspect,
};

const MAGIC: u32 = 0x8374_0267;
const MAGIC_BIG: u16 = 0x835a;
const MAGIC_100: u32 = 0x8620_ec20;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let more = if look.cut || look.bytes.len() >= 16 { Verdict::No } else { Verdict::NeedMore };
    let Some([a, b, c, d]) = reader.array() else {
        return if matches!(look.bytes, [_] | [0x83, 0x74 | 0x5a, ..] | [0x86, 0x20, ..]) {
            more
        } else {
            Verdict::No
        };
    };
    let command = match u32::from_be_bytes([a, b, c, d]) {
        // Command and length; then volume, command, length, padding.
        MAGIC => reader.u16(),
        MAGIC_100 => reader.u16().and_then(|_volume| reader.u16()),
        _ if u16::from_be_bytes([a, b]) == MAGIC_BIG => {
            let big = reader.array().map(u32::from_be_bytes);
            match big {
                // Whole requests of a megabyte and more.
                Some(len) if u16::from_be_bytes([c, d]) < 0x60 && len < 1 << 24 => {
                    Some(u16::from_be_bytes([c, d]))
                }
                Some(_) => return Verdict::No,
                None => None,
            }
        }
        _ => return Verdict::No,
    };
    match command {
        // The handshake's commands are at the end: initial meta and data, features.
        Some(command @ (0..=0x60 | 0xfff1..=0xfffe)) => {
            findings.note("command", command);
            Verdict::proven("DRBD magic number", Want::Reply)
        }
        Some(_) => Verdict::No,
        None => more,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 7791, &[(SRC, b"\x83\x74\x02\x67\xff\xfe\0\x50\0\0\0\x56\0\0\0\0")])],
    near_miss: &[Sample::tcp(50000, 7788, &[(SRC, b"\x83\x74\x02\x68\xff\xfe\0\x50\0\0\0\x56\0\0\0\0")])],
};
