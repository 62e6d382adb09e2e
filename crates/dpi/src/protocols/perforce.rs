//! Perforce Helix Core (no public specification): messages with their check byte, variables, function.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "perforce",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, ANY)],
    ports: &[1666],
    bound: false,
    fields: &["user", "client", "program", "directory", "functions"],
    head: SHALLOW,
    inspect,
};

/// Check byte, length.
const HEADER_LEN: usize = 5;

const LENGTHS: std::ops::RangeInclusive<u32> = 8..=3500;

/// Variables that a first message has.
const VARIABLES: [&[u8]; 6] = [b"cmpfile", b"client", b"server2", b"server", b"xfiles", b"api"];

/// The last one is what is to be done.
const FUNCTION: &[u8] = b"func";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some([check, a, b, c, d]) = reader.array() else {
        return if look.bytes.len() < HEADER_LEN { more } else { Verdict::No };
    };
    let len = u32::from_le_bytes([a, b, c, d]);
    if check != a ^ b ^ c ^ d || !LENGTHS.contains(&len) {
        return Verdict::No;
    }
    // A first name that is none of these needs no waiting.
    let name = reader.rest().split(|byte| *byte == 0).next().unwrap_or_default();
    if !VARIABLES.contains(&name) {
        let begun = reader.rest().len() < 8 && VARIABLES.iter().any(|variable| variable.starts_with(name));
        return if begun { more } else { Verdict::No };
    }
    let Some(message) = usize::try_from(len).ok().and_then(|len| reader.take(len)) else { return more };
    let mut reader = Reader::new(message);
    let mut seen = false;
    while let Some((name, value)) = variable(&mut reader) {
        match name {
            b"user" => findings.note("user", lossy(value, NAME_MAX)),
            b"client" if value.len() > 3 => findings.note("client", lossy(value, NAME_MAX)),
            b"prog" => findings.note("program", lossy(value, NAME_MAX)),
            b"cwd" => findings.note("directory", lossy(value, NAME_MAX)),
            _ if name == FUNCTION => {
                findings.add("functions", lossy(value, NAME_MAX));
                seen = true;
            }
            _ => {}
        }
    }
    if seen && reader.is_empty() {
        return Verdict::proven("message with its check byte and function", Want::Reply);
    }
    Verdict::No
}

/// Name and its zero, length, value and its zero.
fn variable<'a>(reader: &mut Reader<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let rest = reader.rest();
    let end = rest.iter().position(|byte| *byte == 0)?;
    let name = reader.take(end)?;
    reader.u8()?;
    let len = reader.array().map(u32::from_le_bytes)?;
    let value = reader.take(usize::try_from(len).ok()?)?;
    (reader.u8()? == 0).then_some((name, value))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        1666,
        &[(SRC, b"\x2d\x2d\0\0\0cmpfile\0\0\0\0\0\0client\0\x02\0\0\084\0func\0\x08\0\0\0protocol\0")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        1666,
        &[(SRC, b"\x2c\x2d\0\0\0cmpfile\0\0\0\0\0\0client\0\x02\0\0\084\0func\0\x08\0\0\0protocol\0")],
    )],
};
