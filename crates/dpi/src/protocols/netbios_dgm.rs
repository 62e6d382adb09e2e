//! NetBIOS datagram service (RFC 1002 s4.4): who sends a datagram to whom, by NetBIOS names.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "netbios-dgm",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[DIRECT_UNIQUE..=BROADCAST])],
    ports: &[138],
    bound: false,
    fields: &["source_name", "destination_name"],
    head: SHALLOW,
    inspect,
};

/// RFC 1002 s4.4.1, MSG_TYPE.
const DIRECT_UNIQUE: u8 = 0x10;
const BROADCAST: u8 = 0x12;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((header, names)) = look.bytes.split_first_chunk::<14>() else { return Verdict::No };
    let [_, flags, _, _, _, _, _, _, _, _, len_high, len_low, _, _] = *header;
    // RFC 1002 s4.4.1: the upper half of the flags is reserved, and the length counts what follows.
    let len = usize::from(u16::from_be_bytes([len_high, len_low]));
    if flags & 0xf0 != 0 || len > names.len() && !look.cut {
        return Verdict::No;
    }
    let Some(source) = decode(names) else { return Verdict::No };
    findings.note("source_name", source);
    if let Some(destination) = names.get(34..).and_then(decode) {
        findings.note("destination_name", destination);
    }
    Verdict::proven("NetBIOS datagram with an encoded name", Want::Nothing)
}

/// RFC 1001 s14.1: 16 bytes as 32 letters from A to P, padded with spaces; the last says what
/// kind of service has the name.
pub(super) fn decode(label: &[u8]) -> Option<Box<str>> {
    let letters = label.strip_prefix(&[32])?.first_chunk::<32>()?;
    if !letters.iter().all(|letter| matches!(letter, b'A'..=b'P')) {
        return None;
    }
    let mut name = [0; 16];
    for (byte, pair) in name.iter_mut().zip(letters.chunks_exact(2)) {
        if let [high, low] = pair {
            *byte = (high - b'A') << 4 | (low - b'A');
        }
    }
    let [name @ .., _kind] = &name;
    Some(lossy(name.trim_ascii_end(), NAME_MAX))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        138,
        138,
        &[(SRC, b"\x11\x0a\x12\x34\xc0\0\x02\x01\0\x8a\0\x4e\0\0\x20EOEFFECACACACACACACACACACACACAAA\0\x20FHEPFCELEHFCEPFFFACACACACACACABN\0\xffSMB\x25\0\0\0\0\0")],
    )],
    near_miss: &[Sample::udp(
        138,
        138,
        &[(SRC, b"\x11\x0a\x12\x34\xc0\0\x02\x01\0\x8a\0\x4e\0\0\x20EOEFFECACAQACACACACACACACACACAAA\0\x20FHEPFCELEHFCEPFFFACACACACACACABN\0\xffSMB\x25\0\0\0\0\0")],
    )],
};

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_decoded() {
        assert_eq!(super::decode(b"\x20EOEFFECACACACACACACACACACACACAAA").as_deref(), Some("NET"));
    }
}
