//! Gnutella 0.4 and 0.6 and Gnutella 2 over UDP: handshake lines, descriptors.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gnutella",
    category: "p2p",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'G'..=b'G']), (Transport::Udp, ANY)],
    ports: &[6346, 6347],
    bound: false,
    fields: &["version", "user_agent"],
    head: SHALLOW,
    inspect,
};

const NAME: &[u8] = b"GNUTELLA";

/// Descriptors: ping, pong, bye, query route, vendors' (two), push, query, hit.
const DESCRIPTORS: [u8; 9] = [0x00, 0x01, 0x02, 0x30, 0x31, 0x32, 0x40, 0x80, 0x81];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => stream(look, findings),
        Transport::Udp => datagram(look),
    }
}

fn stream(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(rest) = look.bytes.strip_prefix(NAME) else {
        return if NAME.starts_with(look.bytes) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let rest = rest.strip_prefix(b" CONNECT").unwrap_or(rest);
    let Some([b'/', version @ ..]) = rest.get(..4) else {
        return if rest.len() < 12 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return Verdict::No;
    }
    findings.note("version", lossy(version, NAME_MAX));
    let agent = look.bytes.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(12)?;
        name.eq_ignore_ascii_case(b"User-Agent: ").then(|| value.trim_ascii())
    });
    if let Some(agent) = agent {
        findings.note("user_agent", lossy(agent, NAME_MAX));
    }
    let whole = holds(look.bytes, b"\r\n\r\n");
    Verdict::proven("Gnutella handshake", if whole || look.cut { Want::Reply } else { Want::Rest })
}

/// Gnutella: an identifier, type, time to live, hops, length. Gnutella 2: `GND`, flags, sequence,
/// part, count.
fn datagram(look: &Look<'_>) -> Verdict {
    if let Some([flags, _, _, part, count, ..]) = look.bytes.strip_prefix(b"GND") {
        let fits = flags & 0xfc == 0 && (*count == 0 || part <= count) && *part > 0;
        return if fits { Verdict::proven("Gnutella 2 datagram", Want::Nothing) } else { Verdict::No };
    }
    let mut reader = Reader::new(look.bytes);
    let (Some(id), Some([kind, life, hops])) = (reader.array::<16>(), reader.array()) else {
        return Verdict::No;
    };
    let Some(len) = reader.array().map(u32::from_le_bytes) else { return Verdict::No };
    let fits = DESCRIPTORS.contains(&kind)
        && (1..=15).contains(&life.saturating_add(hops))
        && usize::try_from(len).is_ok_and(|len| len == reader.rest().len());
    // Today's servents mark themselves in the identifier (RFC-Gnutella 0.6 s2.2.1).
    match fits {
        true if matches!(id, [_, _, _, _, _, _, _, _, 0xff, _, _, _, _, _, _, 0..=1]) => {
            Verdict::proven("Gnutella descriptor", Want::Nothing)
        }
        // Random identifiers have few zeros.
        true if id.iter().filter(|byte| **byte != 0).count() > 11 => {
            Verdict::likely("Gnutella descriptor", Want::Rest)
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 6348, &[(SRC, b"GNUTELLA CONNECT/0.6\r\nUser-Agent: LimeWire/4\r\n\r\n")]),
        Sample::udp(50000, 6348, &[(SRC, b"abcdefgh\xffbcdefg\0\0\x01\0\0\0\0\0")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 6346, &[(SRC, b"GNUTELLA CONNECT 0.6\r\n\r\n")]),
        Sample::udp(50000, 6346, &[(SRC, b"abcdefgh\xffbcdefg\0\0\x01\0\x01\0\0\0")]),
    ],
};
