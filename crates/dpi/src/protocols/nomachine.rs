//! NoMachine NX (no public specification): the identification before TLS, and its UDP channel.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nomachine",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[b'N'..=b'N']), (Transport::Udp, ANY)],
    ports: &[4000, 4011, 4012, 4013, 4014, 4015, 4016, 4017, 4018, 4019, 4020],
    bound: false,
    fields: &["client_version", "server_version"],
    head: SHALLOW,
    inspect,
};

/// Client and server, then a version, as SSH does.
const PREFIXES: [&[u8]; 2] = [b"NXSH-", b"NXD-"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => identification(look, findings),
        Transport::Udp => datagram(look),
    }
}

fn identification(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(prefix) = PREFIXES.iter().find(|prefix| look.bytes.starts_with(prefix)) else {
        let begun = PREFIXES.iter().any(|prefix| prefix.starts_with(look.bytes));
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let rest = look.bytes.get(prefix.len()..).unwrap_or_default();
    let is_version = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let end = rest.iter().position(|byte| !is_version(byte)).unwrap_or(rest.len());
    if end == rest.len() && !look.cut {
        return Verdict::NeedMore;
    }
    let Some(version) = rest.get(..end).filter(|version| (3..=16).contains(&version.len())) else {
        return Verdict::No;
    };
    let field = if *prefix == b"NXD-" { "server_version" } else { "client_version" };
    findings.note(field, lossy(version, NAME_MAX));
    Verdict::proven("NoMachine identification", Want::Reply)
}

/// Channel 1, the datagram's length, and two zeros.
fn datagram(look: &Look<'_>) -> Verdict {
    let fits = |bytes: &[u8], total: usize| match bytes {
        [_, _, 1, 0, low, high, _, _, 0, 0, ..] => usize::from(u16::from_le_bytes([*low, *high])) == total,
        _ => false,
    };
    if look.bytes.len() < 10 || !fits(look.bytes, look.bytes.len()) {
        return Verdict::No;
    }
    let before = look.earlier.iter().any(|glimpse| fits(&glimpse.start, usize::from(glimpse.len)));
    match before || look.hinted {
        true => Verdict::proven("datagram of its own length", Want::Nothing),
        false => Verdict::likely("datagram of its own length", Want::Rest),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 4000, &[(SRC, b"NXSH-7.0.209\n"), (DST, b"NXD-7.0.209\n")]),
        Sample::udp(50000, 4011, &[(SRC, b"\x07\0\x01\0\x0c\0\x09\0\0\0\x55\x66")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 4000, &[(SRC, b"NXSH-seven\n")]),
        Sample::udp(50000, 4011, &[(SRC, b"\x07\0\x01\0\x0d\0\x09\0\0\0\x55\x66")]),
    ],
};
