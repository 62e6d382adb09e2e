//! Apache RocketMQ remoting (org.apache.rocketmq.remoting.protocol): commands with a JSON header.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, holds, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rocketmq",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[9876, 10909, 10911],
    bound: false,
    fields: &["code", "language"],
    head: SHALLOW,
    inspect,
};

/// Length, then in one byte how the header is encoded, and its length.
const JSON: u8 = 0;
const HEADER_MAX: usize = 4000;

/// Fields that every header has.
const REQUIRED: [&[u8]; 3] = [b"\"code\":", b"\"language\":\"", b"\"opaque\":"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let total = reader.array().map(u32::from_be_bytes);
    let (encoding, header_len) = (reader.u8(), reader.u24());
    let (Some(total), Some(JSON), Some(len)) = (total, encoding, header_len) else {
        return if look.bytes.len() < 8 && encoding.is_none_or(|encoding| encoding == JSON) {
            more
        } else {
            Verdict::No
        };
    };
    let sane = (16..=HEADER_MAX).contains(&len)
        && usize::try_from(total).is_ok_and(|total| total >= len.saturating_add(4));
    if !sane || !matches!(reader.rest(), [] | [b'{', ..]) {
        return Verdict::No;
    }
    let Some(header) = reader.take(len) else { return more };
    if !header.ends_with(b"}") || !REQUIRED.iter().all(|key| holds(header, key)) {
        return Verdict::No;
    }
    for (field, key) in [("code", REQUIRED[0]), ("language", REQUIRED[1])] {
        if let Some(value) = past(header, key) {
            let end = value.iter().position(|byte| matches!(byte, b',' | b'"' | b'}')).unwrap_or(0);
            findings.note(field, lossy(value.get(..end).unwrap_or_default(), NAME_MAX));
        }
    }
    Verdict::proven("command with a JSON header", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        9876,
        &[(SRC, b"\0\0\0\x36\0\0\0\x32{\"code\":105,\"flag\":0,\"language\":\"JAVA\",\"opaque\":7}")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        9876,
        &[(SRC, b"\0\0\0\x36\0\0\0\x32{\"code\":105,\"flag\":0,\"langwage\":\"JAVA\",\"opaque\":7}")],
    )],
};
