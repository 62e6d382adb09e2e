//! RIP for IPv6 (RFC 2080): who tells or asks for routes.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ripng",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=2])],
    ports: &[521],
    bound: true,
    fields: &["command", "routes"],
    head: SHALLOW,
    inspect,
};

const ENTRY_LEN: usize = 20;

/// RFC 2080 s2.1.1: the metric of an entry that names a next hop.
const NEXT_HOP: u8 = 0xff;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [command @ 1..=2, 1, 0, 0, entries @ ..] = look.bytes else { return Verdict::No };
    let mut routes = 0u16;
    for entry in entries.chunks_exact(ENTRY_LEN) {
        // RFC 2080 s2.1: prefix, tag, its length, metric up to 16.
        match entry {
            [.., 0..=128, 0..=16] => routes = routes.saturating_add(1),
            [.., 0, 0, 0, NEXT_HOP] => {}
            _ => return Verdict::No,
        }
    }
    if routes == 0 || !(entries.len().is_multiple_of(ENTRY_LEN) || look.cut) {
        return Verdict::No;
    }
    findings.note("command", if *command == 1 { "request" } else { "response" });
    findings.note("routes", routes);
    Verdict::proven("RIPng header and routes with their metrics", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        521,
        521,
        &[(SRC, b"\x02\x01\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x20\x01")],
    )],
    near_miss: &[Sample::udp(
        521,
        521,
        &[(SRC, b"\x02\x01\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x20\x11")],
    )],
};
