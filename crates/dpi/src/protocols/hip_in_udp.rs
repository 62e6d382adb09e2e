//! Host Identity Protocol in UDP (RFC 5770, RFC 9028): kind of control packet.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "hip",
    category: "vpn",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[10500],
    bound: true,
    fields: &["message"],
    head: SHALLOW,
    inspect,
};

/// RFC 5770 s5.1: what tells control packets from ESP; RFC 7401 s5.1: no next header.
const MARKER: [u8; 4] = [0; 4];
const NOTHING: u8 = 59;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some([NOTHING, len, kind, version, _, _, _, _, ..]) = look.bytes.strip_prefix(&MARKER) else {
        return Verdict::No;
    };
    // RFC 7401 s5.1: units of 8 bytes without the first; a zero, the type; version, a fixed bit.
    let exact = 4 + 8 + usize::from(*len) * 8 == look.bytes.len() || look.cut;
    if !exact || *len < 4 || kind & 0x80 != 0 || !matches!(version, 0x11 | 0x21) {
        return Verdict::No;
    }
    findings.note(
        "message",
        match kind {
            1 => "i1",
            2 => "r1",
            3 => "i2",
            4 => "r2",
            16 => "update",
            17 => "notify",
            18 => "close",
            19 => "close-ack",
            _ => "other",
        },
    );
    Verdict::proven("HIP packet behind its marker", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        10500,
        10500,
        &[(SRC, b"\0\0\0\0\x3b\x04\x01\x21\0\0\0\0 sender's hash.. receiver's hash")],
    )],
    near_miss: &[Sample::udp(
        10500,
        10500,
        &[(SRC, b"\0\0\0\0\x3b\x05\x01\x21\0\0\0\0 sender's hash.. receiver's hash")],
    )],
};
