//! HP virtual machine group management (IANA port 5223; no specification is public): records with
//! a type and a length that counts the header.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "hp-virtgrp",
    category: "management",
    encrypted: true,
    over: &[(Transport::Tcp, &[0x16..=0x17])],
    ports: &[5223],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// The client's and the server's first record, and those after it.
const HELLO: u8 = 0x16;
const ANSWER: u8 = 0x17;
const DATA: u8 = 0x30;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if let Some([_, 3, 0..=15]) = look.bytes.first_chunk() {
        // TLS, whose record types these are too.
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    let mut records = 0;
    while let Some(kind) = reader.u8() {
        let fits = if records == 0 { matches!(kind, HELLO | ANSWER) } else { kind == DATA };
        if !fits {
            return Verdict::No;
        }
        let (Some(len), Some(version)) = (reader.u16(), reader.rest().first()) else { break };
        if !(16..=2048).contains(&len) || records == 0 && *version != 0 {
            return Verdict::No;
        }
        if reader.take(usize::from(len).saturating_sub(3)).is_none() {
            break;
        }
        records += 1;
    }
    let answered = matches!(
        (look.bytes.first(), look.other.first()),
        (Some(&HELLO), Some(&ANSWER)) | (Some(&ANSWER), Some(&HELLO))
    );
    match records {
        0 if look.cut => Verdict::No,
        0 => Verdict::NeedMore,
        _ if !reader.is_empty() => Verdict::NeedMore,
        1 if answered => Verdict::proven("HP virtual group records", Want::Nothing),
        1 => Verdict::likely("record of HP virtual group", Want::Rest),
        _ => Verdict::proven("HP virtual group records", Want::Nothing),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        5223,
        &[
            (SRC, b"\x16\0\x14\0\xaa\x88\x42\x62\xda\xb4\x9b\x28\xb5\x32\xce\x44\x12\x39\xbe\xe9"),
            (DST, b"\x17\0\x10\0\xb7\x81\x5b\xba\x0a\x8b\xe9\x35\x4e\xd0\xb5\xef"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        5223,
        &[(SRC, b"\x16\0\x13\0\xaa\x88\x42\x62\xda\xb4\x9b\x28\xb5\x32\xce\x44\x12\x39\xbe\xe9")],
    )],
};
