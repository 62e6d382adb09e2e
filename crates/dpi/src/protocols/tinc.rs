//! tinc (tinc-vpn.org, protocol 17): the identification line of its meta connection.

use crate::findings::Announcement;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tinc",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Tcp, &[b'0'..=b'0'])],
    ports: &[655],
    bound: false,
    fields: &["version", "names"],
    head: SHALLOW,
    inspect,
};

/// Request number of ID.
const ID: &[u8] = b"0 ";

/// tinc 1.0 and 1.1; the latter adds its minor version.
const VERSION: &[u8] = b"17";

const UDP: u8 = wire::ip_protocol::UDP;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(line) = look.bytes.strip_prefix(ID) else {
        return if !look.cut && ID.starts_with(look.bytes) { Verdict::NeedMore } else { Verdict::No };
    };
    let Some(end) = line.iter().position(|byte| *byte == b'\n') else {
        let begun = !look.cut && line.len() < NAME_MAX && line.iter().all(|byte| may_be_in_line(*byte));
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    let (line, _) = line.split_at_checked(end).unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(name), Some(version), None) = (words.next(), words.next(), words.next()) else {
        return Verdict::No;
    };
    let minor = version.strip_prefix(VERSION);
    let sound = match minor {
        Some([]) => true,
        Some([b'.', digits @ ..]) => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    // A `^` marks the invitation and control connections of 1.1, a `?` a request for a name.
    let name_begins = |first: &u8| is_in_name(*first) || matches!(first, b'^' | b'?');
    let named = match name {
        [first, rest @ ..] => name_begins(first) && rest.iter().all(|byte| is_in_name(*byte)),
        [] => false,
    };
    if !sound || !named {
        return Verdict::No;
    }
    findings.note("version", lossy(version, NAME_MAX));
    findings.add("names", lossy(name, NAME_MAX));
    if !look.from_src {
        // Its data goes over UDP to the port that listens for meta connections.
        findings.announce(Announcement::Flow {
            address: None,
            port: look.ports.1,
            transport: UDP,
            protocol: PROTOCOL.name,
            from_src: false,
        });
    }
    Verdict::proven("tinc identification line", Want::Reply)
}

fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn may_be_in_line(byte: u8) -> bool {
    is_in_name(byte) || matches!(byte, b' ' | b'.' | b'^' | b'?')
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 655, &[(SRC, b"0 thin 17\n"), (DST, b"0 base_2 17.7\n1 94 64 0 0 0A1B\n")]),
        Sample::tcp(50000, 40000, &[(SRC, b"0 th"), (SRC, b"in 17\n1 94 ")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 655, &[(SRC, b"0 thin 18\n")]),
        Sample::tcp(50000, 655, &[(SRC, b"0 th-in 17\n")]),
        Sample::tcp(50000, 655, &[(SRC, b"0 thin 17.\n")]),
        Sample::tcp(50000, 655, &[(SRC, b"0 17\n")]),
    ],
};
