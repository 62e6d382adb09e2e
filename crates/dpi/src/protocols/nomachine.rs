//! NoMachine's NX: the greeting of both sides over TCP, frames over UDP.

use crate::dialogue::agree;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nomachine",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[b'N'..=b'N']), (Transport::Udp, ANY)],
    ports: &[4000, 4011],
    bound: false,
    fields: &["client_version", "server_version"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Udp {
        return frame(look);
    }
    for (greeting, field) in [(&b"NXSH-"[..], "client_version"), (b"NXD-", "server_version")] {
        let Some(version) = look.bytes.strip_prefix(greeting) else { continue };
        let len = version.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        if len < 3 {
            return if look.cut || len < version.len() { Verdict::No } else { Verdict::NeedMore };
        }
        findings.note(field, lossy(version.get(..len).unwrap_or_default(), NAME_MAX));
        return Verdict::proven("NX greeting", Want::Reply);
    }
    let begun = agree(look.bytes, b"NXSH-") || agree(look.bytes, b"NXD-");
    if begun && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

/// A one and the datagram's own length, both little-endian, and two zeros after two more bytes.
fn frame(look: &Look<'_>) -> Verdict {
    let [_, _, 1, 0, l0, l1, _, _, 0, 0, ..] = look.bytes else { return Verdict::No };
    if usize::from(u16::from_le_bytes([*l0, *l1])) != look.bytes.len() {
        return Verdict::No;
    }
    let again = look.last(true).is_some_and(|before| {
        let [_, _, 1, 0, l0, l1, _, _, 0, 0, ..] = before.start else { return false };
        u16::from_le_bytes([l0, l1]) == before.len
    });
    match look.hinted || again {
        true => Verdict::proven("NX frames with their lengths", Want::Nothing),
        false => Verdict::likely("NX frame with its length", Want::Rest),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 4000, &[(SRC, b"NXSH-8.10.1\n"), (DST, b"NXD-8.10.1\n")]),
        Sample::udp(
            50000,
            4012,
            &[(SRC, b"\x12\x34\x01\0\x0e\0\x01\x02\0\0abcd"), (SRC, b"\x12\x35\x01\0\x0c\0\x01\x02\0\0ab")],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, 4000, &[(SRC, b"NXSH-eight\n")]),
        Sample::udp(50000, 4000, &[(SRC, b"\x12\x34\x01\0\x0f\0\x01\x02\0\0abcd")]),
    ],
};
