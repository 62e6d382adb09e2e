//! Optimized Link State Routing (RFC 3626): a routing protocol of meshes.

use crate::notation::dotted;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "olsr",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=5])],
    ports: &[698],
    bound: true,
    fields: &["originator", "message"],
    head: SHALLOW,
    inspect,
};

/// RFC 3626 s3.3: the header of a message over IPv4.
const MESSAGE_LEN: u16 = 12;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(len), Some(_number)) = (reader.u16(), reader.u16()) else { return Verdict::No };
    if usize::from(len) != look.bytes.len() && !(look.cut && usize::from(len) > look.bytes.len()) {
        return Verdict::No;
    }
    // RFC 3626 s18.4; above them those of extensions.
    let (Some(kind @ (1..=6 | 128..=133)), Some(_validity), Some(size), Some(originator)) =
        (reader.u8(), reader.u8(), reader.u16(), reader.u32())
    else {
        return Verdict::No;
    };
    if size < MESSAGE_LEN || size > len - 4 {
        return Verdict::No;
    }
    findings.note("originator", dotted(originator));
    const NAMES: [&str; 4] = ["hello", "tc", "mid", "hna"];
    if let Some(name) = NAMES.get(usize::from(kind - 1)) {
        findings.note("message", *name);
    }
    Verdict::proven("OLSR packet and message that count what follows", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        698,
        698,
        &[(SRC, b"\0\x14\0\x07\x01\x86\0\x10\xc0\0\x02\x01\x01\0\0\x05\0\0\x05\x03")],
    )],
    near_miss: &[Sample::udp(
        698,
        698,
        &[(SRC, b"\0\x14\0\x07\x01\x86\0\x11\xc0\0\x02\x01\x01\0\0\x05\0\0\x05\x03")],
    )],
};
