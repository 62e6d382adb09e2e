//! Simple Network Paging Protocol (RFC 1861): greeting, pagers.

use crate::dialogue::{Lines, Sign, contains, first_line, is_one_of, reply, word};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "snpp",
    category: "chat",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'2'..=b'5', b'A'..=b'Z', b'a'..=b'z'])],
    ports: &[444],
    bound: true,
    fields: &["pagers"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let sign = first_line(look.bytes, message).and(first_line(look.other, message));
    let verdict = sign.verdict(look, "SNPP greeting or command", Want::Rest);
    if matches!(verdict, Verdict::Match { .. }) {
        for line in Lines(look.bytes) {
            if let (verb, pager) = word(line)
                && is_one_of(verb, &[b"PAGE", b"PAGER"])
            {
                findings.add("pagers", lossy(pager, NAME_MAX));
            }
        }
    }
    verdict
}

fn message(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    match reply(line) {
        Some((220, text)) if contains(text, b"SNPP") => Sign::Strong,
        Some((214..=960, _)) => Sign::Weak,
        Some(_) => Sign::No,
        None if is_one_of(verb, &[b"PAGE", b"PAGER", b"MESS", b"LOGI"]) && !rest.is_empty() => Sign::Weak,
        None => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 444, &[(DST, b"220 SNPP gateway ready\r\n"), (SRC, b"PAGE 5551212\r\n")])],
    near_miss: &[Sample::tcp(50000, 444, &[(SRC, b"PAGES 5551212\r\n")])],
};
