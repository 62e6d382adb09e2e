//! Routing Information Protocol versions 1 (RFC 1058) and 2 (RFC 2453): who tells or asks for routes.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::risk::Risk;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rip",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=2])],
    ports: &[520],
    bound: true,
    fields: &["version", "command", "routes"],
    head: SHALLOW,
    inspect,
};

/// RFC 2453 s3.6: entries of one datagram.
const ENTRY_LEN: usize = 20;
const MOST: usize = 26;

/// RFC 2453 s4.1: instead of an address family, authentication; 2 is a password.
const AUTHENTICATION: [u8; 2] = [0xff, 0xff];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [command @ 1..=2, version @ 1..=2, 0, 0, entries @ ..] = look.bytes else { return Verdict::No };
    // RFC 4822 s2.1: a digest comes behind the last route.
    let whole =
        entries.len().is_multiple_of(ENTRY_LEN) || entries.starts_with(&[0xff, 0xff, 0, 3]) || look.cut;
    let mut routes = 0u16;
    for entry in entries.chunks_exact(ENTRY_LEN).take(MOST) {
        if !is_entry(entry, *command) {
            return Verdict::No;
        }
        routes += 1;
    }
    if !whole || routes == 0 || entries.len() > ENTRY_LEN * MOST {
        return Verdict::No;
    }
    if entries.starts_with(&[0xff, 0xff, 0, 2]) {
        findings.risk(Risk::CleartextCredentials);
    }
    findings.note("version", *version);
    findings.note("command", if *command == 1 { "request" } else { "response" });
    findings.note("routes", routes);
    Verdict::proven("RIP header and routes with their metrics", Want::Nothing)
}

/// RFC 2453 s4: family, tag, address, mask, next hop, metric up to 16.
fn is_entry(entry: &[u8], command: u8) -> bool {
    match entry.first_chunk::<2>() {
        Some(&AUTHENTICATION) => matches!(entry, [_, _, 0, 1..=3, ..]),
        // RFC 2453 s3.9.1: a request for everything has no family.
        Some([0, 0]) => command == 1 && entry.ends_with(&[0, 0, 0, 16]),
        Some([0, 2]) => matches!(entry, [.., 0, 0, 0, 0..=16]),
        _ => false,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        520,
        520,
        &[(SRC, b"\x02\x02\0\0\0\x02\0\0\xc6\x33\x64\0\xff\xff\xff\0\0\0\0\0\0\0\0\x01")],
    )],
    near_miss: &[Sample::udp(
        520,
        520,
        &[(SRC, b"\x02\x02\0\0\0\x02\0\0\xc6\x33\x64\0\xff\xff\xff\0\0\0\0\0\0\0\0\x11")],
    )],
};
