//! Identification (RFC 1413): whose connection it is.

use crate::dialogue::{is_text, line, number};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ident",
    category: "authentication",
    encrypted: false,
    over: &[(Transport::Tcp, &[b' '..=b' ', b'0'..=b'9'])],
    ports: &[113],
    bound: true,
    fields: &["user", "error"],
    head: SHALLOW,
    inspect,
};

/// `port, port`, and in the answer `: USERID : system : user` or `: ERROR : reason`.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((first, _)) = line(look.bytes) else {
        let begun = look.bytes.len() < 512 && is_text(look.bytes.strip_suffix(b"\r").unwrap_or(look.bytes));
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let mut parts = first.split(|byte| *byte == b':').map(<[u8]>::trim_ascii);
    let mut ports = parts.next().unwrap_or_default().split(|byte| *byte == b',');
    let mut port = || number(ports.next()?.trim_ascii()).filter(|port| (1..=0xffff).contains(port));
    if port().is_none() || port().is_none() || ports.next().is_some() {
        return Verdict::No;
    }
    match (parts.next(), parts.next(), parts.next()) {
        (Some(b"USERID"), Some(_), Some(user)) => {
            findings.note("user", lossy(user, NAME_MAX));
            Verdict::proven("Ident answer", Want::Nothing)
        }
        (Some(b"ERROR"), Some(error), _) => {
            findings.note("error", lossy(error, NAME_MAX));
            Verdict::proven("Ident answer", Want::Nothing)
        }
        (None, ..) => Verdict::proven("Ident question", Want::Reply),
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        113,
        &[(SRC, b"6193, 23\r\n"), (DST, b"6193, 23 : USERID : UNIX : joe\r\n")],
    )],
    near_miss: &[Sample::tcp(50000, 113, &[(SRC, b"6193, 230000\r\n")])],
};
