//! RPKI to Router Protocol (RFC 8210): routers that fetch validated origins of routes.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rpki-rtr",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=2])],
    ports: &[323, 3323, 8282, 8323],
    bound: true,
    fields: &["version", "message"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (version, kind, session, len) = (reader.u8(), reader.u8(), reader.u16(), reader.u32());
    let (Some(version @ 0..=2), Some(kind)) = (version, kind) else {
        return if look.bytes.len() < 2 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let (Some(session), Some(len)) = (session, len) else {
        return if kind <= 10 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // RFC 8210 s5: each type of message has its length, and no session where none is known yet.
    let (name, sound) = match kind {
        0 => ("serial-notify", len == 12),
        1 => ("serial-query", len == 12),
        2 => ("reset-query", len == 8 && session == 0),
        3 => ("cache-response", len == 8),
        4 => ("ipv4-prefix", len == 20 && session == 0),
        6 => ("ipv6-prefix", len == 32 && session == 0),
        7 => ("end-of-data", matches!(len, 12 | 24)),
        8 => ("cache-reset", len == 8 && session == 0),
        9 => ("router-key", (24..1024).contains(&len)),
        10 => ("error-report", (16..4096).contains(&len)),
        _ => return Verdict::No,
    };
    if !sound {
        return Verdict::No;
    }
    findings.note("version", version);
    findings.note("message", name);
    Verdict::proven("RPKI to Router message of its type's length", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 323, &[(SRC, b"\x01\x02\0\0\0\0\0\x08")])],
    near_miss: &[Sample::tcp(50000, 323, &[(SRC, b"\x01\x02\0\0\0\0\0\x09")])],
};
