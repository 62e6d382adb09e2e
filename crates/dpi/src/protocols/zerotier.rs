//! `ZeroTier` by its first packet, whose version and clock are in clear.

use crate::notation::hexadecimal;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "zerotier",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Udp, ANY)],
    ports: &[9993],
    bound: true,
    fields: &["node", "version"],
    head: SHALLOW,
    inspect,
};

/// What introduces a node.
const HELLO: u8 = 1;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // Number, receiver, sender, then cipher (none but a code) and hops, and the code.
    let mut reader = Reader::new(look.bytes);
    let (Some(_number), Some(_to), Some(from)) =
        (reader.array::<8>(), reader.array::<5>(), reader.array::<5>())
    else {
        return Verdict::No;
    };
    let (Some(cipher), Some(_code), Some(verb)) = (reader.u8(), reader.array::<8>(), reader.u8()) else {
        return Verdict::No;
    };
    let (Some(protocol), Some(major), Some(minor)) = (reader.u8(), reader.u8(), reader.u8()) else {
        return Verdict::No;
    };
    // Milliseconds since 1970: until 2100 they have 42 bits, and have had 41 since 2004.
    let (_revision, time) = (reader.u16(), reader.array::<8>());
    let clock = matches!(time, Some([0, 0, 1..=3, ..]));
    let address = from.first().is_some_and(|first| !matches!(first, 0 | 0xff));
    if cipher & 0x38 != 0
        || verb & 0x1f != HELLO
        || protocol > 32
        || major != 1
        || minor > 64
        || !clock
        || !address
    {
        return Verdict::No;
    }
    findings.note("node", hexadecimal(&from, 5));
    findings.note("version", format!("{major}.{minor}"));
    Verdict::proven("ZeroTier's hello with a clock that can be right", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        9993,
        9993,
        &[(SRC, b"\x12\x34\x56\x78\x9a\xbc\xde\xf0\x3a\x46\xf1\xbf\x30\x8b\x01\x02\x03\x04\0abcdefgh\x01\x0c\x01\x0e\0\x02\0\0\x01\x8f\x12\x34\x56\x78and an identity")],
    )],
    near_miss: &[Sample::udp(
        9993,
        9993,
        &[(SRC, b"\x12\x34\x56\x78\x9a\xbc\xde\xf0\x3a\x46\xf1\xbf\x30\x8b\x01\x02\x03\x04\0abcdefgh\x01\x0c\x01\x0e\0\x02\0\x07\x01\x8f\x12\x34\x56\x78and an identity")],
    )],
};
