//! Avast's own protocol between its parts (no public specification): the frame.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "avast",
    category: "security",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'N'..=b'N'])],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const MAGIC: &[u8] = b"NOSA";

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (magic, len) = (reader.up_to(MAGIC.len()), reader.u16());
    if !MAGIC.starts_with(magic) {
        return Verdict::No;
    }
    match len {
        // The length counts the magic and itself.
        Some(len) if len >= 6 => Verdict::proven("Avast frame", Want::Nothing),
        Some(_) => Verdict::No,
        None if look.cut => Verdict::No,
        None => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 443, &[(SRC, b"NOSA\0\x0a\0\x01\x02\x03")])],
    near_miss: &[
        Sample::tcp(50000, 443, &[(SRC, b"NOSB\0\x0a\0\x01\x02\x03")]),
        Sample::tcp(50000, 443, &[(SRC, b"NOSA\0\x02\0\x01\x02\x03")]),
    ],
};
