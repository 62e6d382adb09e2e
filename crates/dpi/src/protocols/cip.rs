//! CIP's implicit messages (CIP volume 2, s2-6.5, class 0 and 1 connections over UDP): the connection's number.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cip",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[0x02..=0x04])],
    ports: &[2222],
    bound: false,
    fields: &["connection_id"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    // Two items, a sequenced address and connected data; socket addresses may follow.
    let Some([count, 0, 0x02, 0x80, 8, 0]) = reader.array() else { return Verdict::No };
    let (Some(connection), Some(_sequence)) = (reader.array().map(u32::from_le_bytes), reader.array::<4>())
    else {
        return Verdict::No;
    };
    let Some([0xb1, 0, low, high]) = reader.array() else { return Verdict::No };
    let length = usize::from(u16::from_le_bytes([low, high]));
    if reader.take(length).is_none() && !look.cut || count == 2 && !reader.is_empty() {
        return Verdict::No;
    }
    findings.note("connection_id", format!("{connection:08x}"));
    Verdict::proven("sequenced address and connected data items", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        2222,
        2222,
        &[(SRC, b"\x02\0\x02\x80\x08\0\x01\x02\x03\x04\x01\0\0\0\xb1\0\x04\0\x01\0\xff\xff")],
    )],
    near_miss: &[Sample::udp(
        2222,
        2222,
        &[(SRC, b"\x02\0\x02\x80\x08\0\x01\x02\x03\x04\x01\0\0\0\xb1\0\x05\0\x01\0\xff\xff")],
    )],
};
