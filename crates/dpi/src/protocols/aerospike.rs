//! Aerospike's wire protocol: info requests in text, messages.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "aerospike",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[2..=2])],
    ports: &[3000, 3001, 3002, 3003],
    bound: false,
    fields: &["info", "namespace", "set"],
    head: SHALLOW,
    inspect,
};

/// Types: info, security, message, compressed message.
const INFO: u8 = 1;
const MESSAGE: u8 = 3;

/// The header that every message has, by its own first byte.
const MESSAGE_HEADER: u8 = 22;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some([2, kind, 0, 0, a, b, c, d]) = reader.array() else {
        let begun = look.bytes.len() < 8
            && matches!(
                look.bytes.get(1..).unwrap_or_default(),
                [] | [1..=4] | [1..=4, 0] | [1..=4, 0, 0, ..]
            );
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let len = u32::from_be_bytes([a, b, c, d]);
    let body = reader.up_to(usize::try_from(len).unwrap_or(usize::MAX));
    match kind {
        INFO if len > 2 && len < 1 << 24 => {
            if body.len() < 3 && !look.cut {
                return Verdict::NeedMore;
            }
            let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b' '..=b'~');
            if body.len() < 3 || !body.iter().take(64).all(is_text) {
                return Verdict::No;
            }
            let first = body.split(|byte| matches!(byte, b'\n' | b'\t')).next().unwrap_or_default();
            findings.note("info", lossy(first, NAME_MAX));
            Verdict::proven("Aerospike info request", Want::Reply)
        }
        MESSAGE if len >= 22 => message(look, body, findings),
        _ => Verdict::No,
    }
}

/// Header size, flags, result, generation, times, counts of fields and operations; then fields.
fn message(look: &Look<'_>, body: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body);
    let Some([size, _, _, _, unused, result, rest @ ..]) = reader.array::<22>() else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let [.., fields_high, fields_low, _, _] = rest;
    let fields = u16::from_be_bytes([fields_high, fields_low]);
    if size != MESSAGE_HEADER || unused != 0 || result > 230 || fields > 64 {
        return Verdict::No;
    }
    for _ in 0..fields {
        let Some(len) = reader.array().map(u32::from_be_bytes).filter(|len| *len > 0) else { break };
        let Some(kind) = reader.u8() else { break };
        let value = reader.up_to(usize::try_from(len).unwrap_or(0).saturating_sub(1));
        match kind {
            0 => findings.note("namespace", lossy(value, NAME_MAX)),
            1 => findings.note("set", lossy(value, NAME_MAX)),
            _ => {}
        }
    }
    Verdict::proven("Aerospike message", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 3004, &[(SRC, b"\x02\x01\0\0\0\0\0\x05node\n")]),
        Sample::tcp(
            50000,
            3000,
            &[(SRC, b"\x02\x03\0\0\0\0\0\x1f\x16\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\xe8\0\x01\0\0\0\0\0\x05\0test")],
        ),
    ],
    near_miss: &[Sample::tcp(50000, 3000, &[(SRC, b"\x02\x01\0\0\0\0\0\x05\x01\x02\x03\x04\x05")])],
};
