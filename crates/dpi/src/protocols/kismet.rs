//! Kismet, server to client, and remote captures: version, name, enabled sentences.

use crate::dialogue::{Lines, agree, line, word};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "kismet",
    category: "network",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'!'..=b'!', b'*'..=b'*', 0xde..=0xde])],
    ports: &[2501, 3501],
    bound: false,
    fields: &["version", "enabled"],
    head: SHALLOW,
    inspect,
};

const GREETING: &[u8] = b"*KISMET: ";
const ENABLE: &[u8] = b"!0 ENABLE ";
/// What frames of remote captures begin with since 2018.
const MAGIC: &[u8] = &[0xde, 0xca, 0xfb, 0xad];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "Kismet greeting or command";
    if look.bytes.starts_with(MAGIC) {
        return Verdict::proven("Kismet capture frame", Want::Nothing);
    }
    if look.bytes.starts_with(ENABLE) {
        for command in Lines(look.bytes).filter_map(|line| line.strip_prefix(ENABLE)).take(16) {
            findings.add("enabled", lossy(word(command).0, NAME_MAX));
        }
        return Verdict::proven(EVIDENCE, Want::Reply);
    }
    if let Some(greeting) = look.bytes.strip_prefix(GREETING) {
        if let Some((greeting, _)) = line(greeting) {
            findings.note("version", lossy(word(greeting).0, NAME_MAX));
        }
        return Verdict::proven(EVIDENCE, Want::Reply);
    }
    let begun = [GREETING, ENABLE, MAGIC].iter().any(|start| agree(look.bytes, start));
    if begun && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        2501,
        &[(DST, b"*KISMET: 0.0.0 1144004381 \x01Kismet\x01\n"), (SRC, b"!0 ENABLE GPS lat,lon\n")],
    )],
    near_miss: &[Sample::tcp(50000, 2501, &[(DST, b"*KISMAT: 0.0.0\n")])],
};
