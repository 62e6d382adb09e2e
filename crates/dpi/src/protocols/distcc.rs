//! distcc distributed compilation (distcc, doc/protocol-1.txt): version and the compiler's arguments.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "distcc",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'D'..=b'D'])],
    ports: &[3632],
    bound: false,
    fields: &["version", "arguments"],
    head: SHALLOW,
    inspect,
};

/// Four letters, then a number of eight digits in hexadecimal.
const REQUEST: &[u8] = b"DIST";
const ANSWER: &[u8] = b"DONE";

const ARGUMENT_COUNT: &[u8] = b"ARGC";
const STATUS: &[u8] = b"STAT";
const ARGUMENT: &[u8] = b"ARGV";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let first = reader.up_to(REQUEST.len());
    if !REQUEST.starts_with(first) && !ANSWER.starts_with(first) {
        return Verdict::No;
    }
    let Some(version) = number(&mut reader) else {
        return if look.bytes.len() < 12 { more } else { Verdict::No };
    };
    if !(1..=4).contains(&version) {
        return Verdict::No;
    }
    let second = if first == REQUEST { ARGUMENT_COUNT } else { STATUS };
    let token = reader.up_to(second.len());
    if token != second {
        // Version 3 may send a directory or pump first.
        let others: [&[u8]; 2] = [b"CDIR", b"NAME"];
        let known = others.contains(&token);
        return match (known, second.starts_with(token)) {
            (true, _) => Verdict::proven("request with its version", Want::Nothing),
            (false, true) => more,
            (false, false) => Verdict::No,
        };
    }
    findings.note("version", version);
    let Some(count) = number(&mut reader) else { return more };
    for _ in 0..count.min(32) {
        if first != REQUEST || reader.up_to(ARGUMENT.len()) != ARGUMENT {
            break;
        }
        let text = number(&mut reader).and_then(|len| reader.take(usize::try_from(len).ok()?));
        match text {
            Some(text) => findings.add("arguments", lossy(text, NAME_MAX)),
            None if look.cut => break,
            None => return Verdict::proven("request with its arguments", Want::Rest),
        }
    }
    Verdict::proven("message with its version", Want::Nothing)
}

fn number(reader: &mut Reader<'_>) -> Option<u32> {
    let digits = reader.take(8)?;
    digits.iter().try_fold(0_u32, |value, digit| Some(value << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 3632, &[(SRC, b"DIST00000001ARGC00000002ARGV00000003gccARGV00000002-c")])],
    near_miss: &[Sample::tcp(
        50000,
        3632,
        &[(SRC, b"DIST0000000gARGC00000002ARGV00000003gccARGV00000002-c")],
    )],
};
