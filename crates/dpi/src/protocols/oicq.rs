//! OICQ, Tencent QQ over UDP and TCP (no specification is public): version, command, number of the
//! user.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "oicq",
    category: "chat",
    encrypted: true,
    over: &[(Transport::Udp, &[2..=2])],
    ports: &[8000, 8001],
    bound: false,
    fields: &["version", "command", "user"],
    head: SHALLOW,
    inspect,
};

/// Ends every datagram.
const END: u8 = 3;

/// The version of clients since 2009 or so.
const USUAL: u16 = 0x3b0b;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(2), Some(version), Some(command), Some(_sequence)) =
        (reader.u8(), reader.u16(), reader.u16(), reader.u16())
    else {
        return Verdict::No;
    };
    let closed = look.bytes.last() == Some(&END) || look.cut;
    let known = matches!(command, 1..=0xb5 | 0x3f7);
    if !known || !closed || version != USUAL && !(look.hinted && (0x0c00..0x4000).contains(&version)) {
        return Verdict::No;
    }
    let user = reader.array().map(u32::from_be_bytes).filter(|user| *user >= 10_000);
    if version != USUAL && (user.is_none() || look.earlier.is_empty()) {
        return Verdict::NeedMore;
    }
    findings.note("version", format!("{version:04x}"));
    findings.note("command", command);
    if let Some(user) = user {
        findings.note("user", user);
    }
    if version == USUAL {
        Verdict::proven("OICQ envelope", Want::Reply)
    } else {
        Verdict::likely("OICQ envelopes at their port", Want::Reply)
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        8002,
        &[(SRC, b"\x02\x3b\x0b\0\x01\0\x17\x56\x1f\x0c\x7b\0\0\0\0abcd\x03")],
    )],
    near_miss: &[Sample::udp(
        50000,
        8000,
        &[(SRC, b"\x02\x3b\x0b\x04\x01\0\x17\x56\x1f\x0c\x7b\0\0\0\0abcd\x03")],
    )],
};
