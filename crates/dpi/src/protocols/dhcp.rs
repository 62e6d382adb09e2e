//! Dynamic Host Configuration Protocol (RFC 2131): what a client says of itself, what it is given.

use crate::notation::{address, mac};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dhcp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[REQUEST..=REPLY])],
    ports: &[67, 68],
    bound: false,
    fields: &[
        "message_type",
        "client_mac",
        "client_name",
        "client_fqdn",
        "vendor_class",
        "user_class",
        "parameters",
        "requested_address",
        "assigned_address",
        "server",
        "domain",
        "lease_time",
        "relay",
    ],
    head: SHALLOW,
    inspect,
};

/// RFC 951 s3, op.
const REQUEST: u8 = 1;
const REPLY: u8 = 2;

/// RFC 2131 s3: where options begin.
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((fixed, cookie)) = look.bytes.split_first_chunk::<236>() else { return Verdict::No };
    let Some(options) = cookie.strip_prefix(&COOKIE) else { return Verdict::No };
    let mut header = Reader::new(fixed);
    let (Some(op), Some(_htype), Some(hlen), Some(hops)) =
        (header.u8(), header.u8(), header.u8(), header.u8())
    else {
        return Verdict::No;
    };
    // RFC 1542 s4.1.1: more than 16 hops are discarded; chaddr has room for 16 bytes.
    if hlen > 16 || hops > 16 {
        return Verdict::No;
    }
    let (_xid_secs_flags, _ciaddr) = (header.array::<8>(), header.array::<4>());
    let (assigned, _next, relay) = (header.array::<4>(), header.array::<4>(), header.array::<4>());
    if hlen > 0 {
        findings.note("client_mac", mac(header.up_to(usize::from(hlen))));
    }
    for (field, known) in [("assigned_address", assigned), ("relay", relay)] {
        if let Some(known) = known.filter(|known| *known != [0; 4]).and_then(|known| address(&known)) {
            findings.note(field, known);
        }
    }
    if read_options(options, findings).is_none() && !look.cut {
        findings.risk(Risk::Malformed);
    }
    if op == REQUEST {
        Verdict::proven("DHCP's magic cookie in a request", Want::Reply)
    } else {
        Verdict::proven("DHCP's magic cookie in a reply", Want::Nothing)
    }
}

/// RFC 2132; nothing if one of them does not end.
fn read_options(options: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(options);
    while let Some(code) = reader.u8() {
        match code {
            0 => continue,
            255 => break,
            _ => {}
        }
        let value = reader.block8()?;
        match (code, value) {
            (12, _) => findings.note("client_name", lossy(value, NAME_MAX)),
            (15, _) => findings.note("domain", lossy(value, NAME_MAX)),
            (50, _) => note_address(findings, "requested_address", value),
            (51, [a, b, c, d]) => findings.note("lease_time", u32::from_be_bytes([*a, *b, *c, *d])),
            (53, [kind]) => findings.note("message_type", message_type(*kind)),
            (54, _) => note_address(findings, "server", value),
            (55, _) => findings.note("parameters", numbers(value)),
            (60, _) => findings.note("vendor_class", lossy(value, NAME_MAX)),
            (77, _) => findings.note("user_class", lossy(value, NAME_MAX)),
            // RFC 4702 s2: flags and two obsolete response codes come before the name.
            (81, [flags, _, _, name @ ..]) => findings.note("client_fqdn", fqdn(*flags, name)),
            _ => {}
        }
    }
    Some(())
}

fn note_address(findings: &mut Findings, field: &'static str, value: &[u8]) {
    if let Some(text) = address(value) {
        findings.note(field, text);
    }
}

/// RFC 2132 s9.6, RFC 3203, RFC 4388, RFC 6926, RFC 7724.
fn message_type(kind: u8) -> &'static str {
    const NAMES: [&str; 18] = [
        "discover",
        "offer",
        "request",
        "decline",
        "ack",
        "nak",
        "release",
        "inform",
        "force-renew",
        "lease-query",
        "lease-unassigned",
        "lease-unknown",
        "lease-active",
        "bulk-lease-query",
        "lease-query-done",
        "active-lease-query",
        "lease-query-status",
        "tls",
    ];
    NAMES.get(usize::from(kind).wrapping_sub(1)).copied().unwrap_or("other")
}

/// The order in which a client asks for options tells what it is.
fn numbers(value: &[u8]) -> String {
    let numbers: Vec<_> = value.iter().map(u8::to_string).collect();
    numbers.join(",")
}

/// RFC 4702 s2.1: with the E flag the name is in DNS's labels.
fn fqdn(flags: u8, name: &[u8]) -> Box<str> {
    if flags & 0b100 == 0 {
        return lossy(name, NAME_MAX);
    }
    super::dhcpv6::labels(name)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(68, 67, &[(SRC, include_bytes!("../../tests/data/dhcp_discover.bin"))]),
        Sample::udp(4011, 4011, &[(SRC, include_bytes!("../../tests/data/dhcp_discover.bin"))]),
    ],
    near_miss: &[Sample::udp(68, 67, &[(SRC, &[1; 300])])],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn what_a_client_says_of_itself() {
        let mut flow = Flow::new(UDP, 68, 67);
        flow.src(include_bytes!("../../tests/data/dhcp_discover.bin"));
        let facts = flow.inspection.facts();
        let text = |field: &str| match facts.details.iter().find(|(name, _)| *name == field) {
            Some((_, Value::Text(text))) => text.to_string(),
            _ => String::new(),
        };
        assert_eq!(text("message_type"), "discover");
        assert_eq!(text("client_mac"), "02:00:00:00:00:2a");
        assert_eq!(text("client_name"), "printer-7");
        assert_eq!(text("client_fqdn"), "printer-7.example.org");
        assert_eq!(text("vendor_class"), "example 1.0");
        assert_eq!(text("requested_address"), "192.0.2.9");
        assert_eq!(text("parameters"), "1,3,6,15");
        assert!(facts.risks.is_empty());
    }
}
