//! Graphite's plaintext protocol: metrics as path, value and time.

use crate::dialogue::{Lines, is_word, number, word};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "graphite",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, LETTERS), (Transport::Udp, LETTERS)],
    ports: &[2003, 2023],
    bound: true,
    fields: &["metrics"],
    head: SHALLOW,
    inspect,
};

const LETTERS: Starts = &[b'0'..=b'9', b'A'..=b'Z', b'_'..=b'_', b'a'..=b'z'];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut lines = Lines(look.bytes);
    let Some(first) = lines.next() else {
        let begun = look.bytes.len() < 512 && look.bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        return if begun && look.transport == Transport::Tcp && !look.cut {
            Verdict::NeedMore
        } else {
            Verdict::No
        };
    };
    let Some(name) = metric(first) else { return Verdict::No };
    for name in std::iter::once(name).chain(lines.filter_map(metric).take(7)) {
        findings.add("metrics", lossy(name, NAME_MAX));
    }
    Verdict::proven("metric with value and time", Want::Nothing)
}

/// A path with dots, a number, seconds since 1970.
fn metric(line: &[u8]) -> Option<&[u8]> {
    let (path, rest) = word(line);
    let (value, time) = word(rest);
    let numeric = !value.is_empty()
        && value.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    let timed = number(time.split(|byte| *byte == b'.').next()?)
        .is_some_and(|time| (1..=1 << 33).contains(&time))
        || time == b"-1";
    (is_word(path) && path.contains(&b'.') && numeric && timed).then_some(path)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 2003, &[(SRC, b"servers.web1.load 0.42 1700000000\n")])],
    near_miss: &[Sample::tcp(50000, 2003, &[(SRC, b"servers.web1.load high 1700000000\n")])],
};
