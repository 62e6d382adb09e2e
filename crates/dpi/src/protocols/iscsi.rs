//! iSCSI by its login (RFC 7143 s11.12): initiator, target, session and authentication.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "iscsi",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST)],
    ports: &[3260, 860],
    bound: false,
    fields: &["initiator", "target", "session", "authentication", "user", "target_alias"],
    head: SHALLOW,
    inspect,
};

/// Login request, immediate or not, and response.
const FIRST: Starts = &[0x43..=0x43, 0x03..=0x03, 0x23..=0x23];

/// s11.2.1: the basic header.
const HEADER_LEN: usize = 48;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let partial = if look.cut { Verdict::No } else { Verdict::NeedMore };
    // Versions are 0, and so is the length of additional headers in a login.
    let zero = [look.bytes.get(2), look.bytes.get(3), look.bytes.get(4), look.bytes.get(5)];
    if zero.iter().any(|byte| byte.is_some_and(|byte| *byte != 0)) {
        return Verdict::No;
    }
    let Some((&[_, flags, _, _, _, _, high, low, ..], text)) = look.bytes.split_first_chunk::<HEADER_LEN>()
    else {
        return partial;
    };
    // Stages (s11.12.3): security, operational, full feature; of the third none is the current.
    if flags >> 2 & 3 > 1 || flags & 3 == 2 || flags & 0x30 != 0 {
        return Verdict::No;
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    let Some(text) = text.get(..length) else { return partial };
    let mut pairs = 0;
    for pair in text.split(|byte| *byte == 0).filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (Some(name), Some(value)) = (halves.next(), halves.next()) else { return Verdict::No };
        // s6.1: keys are letters, digits and a few signs.
        if !name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+' | b'@'))
        {
            return Verdict::No;
        }
        pairs += 1;
        let field = match name {
            b"InitiatorName" => "initiator",
            b"TargetName" => "target",
            b"SessionType" => "session",
            b"AuthMethod" => "authentication",
            b"TargetAlias" => "target_alias",
            b"CHAP_N" => "user",
            _ => continue,
        };
        findings.note(field, lossy(value, NAME_MAX));
    }
    match pairs {
        0 => Verdict::No,
        _ => Verdict::proven("iSCSI login", Want::Reply),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        3260,
        &[(SRC, b"\x43\x87\0\0\0\0\0\x3b\x40\0\x01\x37\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0InitiatorName=iqn.1993-08.org.debian:01:ab\0AuthMethod=None\0")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        3260,
        &[(SRC, b"\x43\x87\0\0\0\0\0\x04\x40\0\x01\x37\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04")],
    )],
};
