//! StatsD: metrics as `name:value|type`.

use crate::dialogue::is_word;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "statsd",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[b'A'..=b'Z', b'_'..=b'_', b'a'..=b'z'])],
    ports: &[8125],
    bound: false,
    fields: &["metrics"],
    head: SHALLOW,
    inspect,
};

/// Metrics that are named.
const MOST: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut lines = look.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(MOST);
    let Some(first) = lines.next().and_then(metric) else { return Verdict::No };
    // DogStatsD's events and service checks apart, every line is a metric; the last may be cut.
    let rest: Vec<_> = lines.map(metric).collect();
    if rest.len() > 1 && rest.first().is_some_and(Option::is_none) {
        return Verdict::No;
    }
    for name in std::iter::once(first).chain(rest.into_iter().flatten()) {
        findings.add("metrics", lossy(name, NAME_MAX));
    }
    match look.hinted {
        true => Verdict::proven("StatsD metric", Want::Nothing),
        // Games and others send theirs this way inside protocols of their own.
        false => Verdict::likely("StatsD metric away from its port", Want::Nothing),
    }
}

/// The name of `name:value|type`, with sampling rate and tags after it.
fn metric(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, rest) = (line.get(..colon)?, line.get(colon + 1..)?);
    let mut parts = rest.split(|byte| *byte == b'|');
    let (value, kind) = (parts.next()?, parts.next()?);
    let numeric = !value.is_empty()
        && value.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b':' | b'e'));
    (is_word(name) && numeric && matches!(kind, b"c" | b"g" | b"ms" | b"h" | b"s" | b"d" | b"m"))
        .then_some(name)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 8125, &[(SRC, b"web.requests:1|c|@0.1\nweb.latency:320|ms\n")])],
    near_miss: &[Sample::udp(50000, 8125, &[(SRC, b"web.requests:one|c")])],
};
