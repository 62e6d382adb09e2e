//! Apache Thrift: calls in the binary and the compact protocol, framed or not.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "thrift",
    category: "web",
    encrypted: false,
    over: &[
        (Transport::Tcp, &[0x80..=0x80, 0x82..=0x82, 0..=0]),
        (Transport::Udp, &[0x80..=0x80, 0x82..=0x82]),
    ],
    ports: &[9090, 9091, 6831, 6832],
    bound: false,
    fields: &["method", "encoding", "exception"],
    head: SHALLOW,
    inspect,
};

/// The longest name of a method, qualified.
const MAX_NAME: usize = 128;
const MAX_FRAME: u32 = 16 << 20;
const EXCEPTION: u8 = 3;

struct Call<'a> {
    kind: u8,
    name: &'a [u8],
    encoding: &'static str,
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if look.bytes.first() == Some(&0) {
        // The framed transport's length.
        let Some(len) = reader.array().map(u32::from_be_bytes) else {
            return if look.cut { Verdict::No } else { Verdict::NeedMore };
        };
        if !(8..MAX_FRAME).contains(&len) {
            return Verdict::No;
        }
    }
    let body = reader.rest();
    let read = match body.first() {
        Some(0x80) => binary(reader),
        Some(0x82) => compact(reader),
        Some(_) => return Verdict::No,
        None => None,
    };
    let Some(call) = read else {
        let begun =
            !look.cut && look.transport == Transport::Tcp && body.len() < 12 + MAX_NAME && may_begin(body);
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'-' | b'$');
    if call.name.is_empty() || !call.name.iter().all(is_name) {
        return Verdict::No;
    }
    // Compact headers have less in them.
    let long = call.encoding == "binary" || call.name.len() >= 3;
    findings.note("method", lossy(call.name, NAME_MAX));
    findings.note("encoding", call.encoding);
    if call.kind == EXCEPTION {
        findings.note("exception", true);
    }
    match long {
        true => Verdict::proven("Thrift message with a method's name", Want::Nothing),
        false => Verdict::likely("Thrift message with a method's short name", Want::Nothing),
    }
}

fn may_begin(body: &[u8]) -> bool {
    match body {
        [] | [0x80 | 0x82] | [0x80, 1] => true,
        [0x80, 1, 0, kind, len @ ..] => matches!(kind, 1..=4) && len.iter().take(2).all(|byte| *byte == 0),
        [0x80, 1, 0] => true,
        [0x82, kind, ..] => is_compact(*kind),
        _ => false,
    }
}

/// Version 1 in two bytes, a zero, the type; then name and number.
fn binary<'a>(mut reader: Reader<'a>) -> Option<Call<'a>> {
    let [0x80, 1, 0, kind @ 1..=4] = reader.array()? else { return None };
    let len = usize::try_from(u32::from_be_bytes(reader.array()?)).ok().filter(|len| *len <= MAX_NAME)?;
    let name = reader.take(len)?;
    reader.array::<4>()?;
    Some(Call { kind, name, encoding: "binary" })
}

/// Type and version share a byte; then number and name, their lengths in seven bits a byte.
fn compact<'a>(mut reader: Reader<'a>) -> Option<Call<'a>> {
    let [0x82, second] = reader.array()? else { return None };
    if !is_compact(second) {
        return None;
    }
    for _ in 0..5 {
        if reader.u8()? & 0x80 == 0 {
            break;
        }
    }
    let name = reader.block8().filter(|name| name.len() <= MAX_NAME)?;
    Some(Call { kind: second >> 5, name, encoding: "compact" })
}

/// Version 1, types 1 to 4.
fn is_compact(byte: u8) -> bool {
    byte & 0x1f == 1 && matches!(byte >> 5, 1..=4)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            9090,
            &[
                (SRC, b"\x80\x01\0\x01\0\0\0\x04ping\0\0\0\x01\0"),
                (DST, b"\x80\x01\0\x02\0\0\0\x04ping\0\0\0\x01\0"),
            ],
        ),
        Sample::tcp(50000, 9091, &[(SRC, b"\0\0\0\x11\x80\x01\0\x01\0\0\0\x04ping\0\0\0\x01\0")]),
        Sample::udp(50000, 6831, &[(SRC, b"\x82\x81\xb2\x81\x01\x09emitBatch\x1c")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 9090, &[(SRC, b"\x80\x01\0\x05\0\0\0\x04ping\0\0\0\x01\0")]),
        Sample::tcp(50000, 9090, &[(SRC, b"\x80\x01\0\x01\0\0\0\x04p\0ng\0\0\0\x01\0")]),
        Sample::udp(50000, 6831, &[(SRC, b"\x82\x82\xb2\x81\x01\x09emitBatch\x1c")]),
    ],
};
