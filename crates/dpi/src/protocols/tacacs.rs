//! TACACS+ (RFC 8907): what is asked for, and whether bodies are obfuscated.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tacacs",
    category: "authentication",
    encrypted: false,
    over: &[(Transport::Tcp, &[0xc0..=0xc1])],
    ports: &[49],
    bound: false,
    fields: &["type", "obfuscated"],
    head: SHALLOW,
    inspect,
};

/// RFC 8907 s4.1.
const UNENCRYPTED: u8 = 1;
const SINGLE_CONNECTION: u8 = 4;
const MAX_LEN: u32 = 1 << 16;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (_, kind, sequence, flags) = (reader.u8(), reader.u8(), reader.u8(), reader.u8());
    let kind = match kind {
        Some(1) => "authentication",
        Some(2) => "authorization",
        Some(3) => "accounting",
        None if !look.cut => return Verdict::NeedMore,
        _ => return Verdict::No,
    };
    // Clients send odd numbers, servers even ones; a session begins with 1.
    let early = sequence.is_none_or(|sequence| (1..=4).contains(&sequence));
    if !early || flags.is_some_and(|flags| flags & !(UNENCRYPTED | SINGLE_CONNECTION) != 0) {
        return Verdict::No;
    }
    let (Some(_), Some(len)) = (reader.array::<4>(), reader.array().map(u32::from_be_bytes)) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let whole = usize::try_from(len).is_ok_and(|len| len == reader.rest().len());
    if !(5..=MAX_LEN).contains(&len) || !(whole || look.hinted) {
        return Verdict::No;
    }
    let obfuscated = flags.is_some_and(|flags| flags & UNENCRYPTED == 0);
    findings.note("type", kind);
    findings.note("obfuscated", obfuscated);
    if !obfuscated && kind == "authentication" {
        findings.risk(Risk::CleartextCredentials);
    }
    match whole {
        true => Verdict::proven("TACACS+ header with its length", Want::Nothing),
        false => Verdict::likely("TACACS+ header", Want::Rest),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        49,
        &[(SRC, b"\xc0\x01\x01\0abcd\0\0\0\x08\x01\x02\x03\x04\x05\x06\x07\x08")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        49,
        &[(SRC, b"\xc0\x04\x01\0abcd\0\0\0\x08\x01\x02\x03\x04\x05\x06\x07\x08")],
    )],
};
