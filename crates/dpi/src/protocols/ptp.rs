//! Precision time protocol over UDP (IEEE 1588, versions 1 and 2): domain, messages, clocks.

use crate::fingerprints::hex;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ptp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[0x00..=0x1d])],
    ports: &[319, 320],
    bound: true,
    fields: &["version", "domain", "messages", "clock", "grandmaster", "clock_class", "subdomain"],
    head: SHALLOW,
    inspect,
};

/// s13.3: the common header of version 2.
const HEADER_LEN: usize = 34;

/// Announcements come every few messages: what is needed to see one.
const ENOUGH: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((header, body)) = look.bytes.split_first_chunk::<HEADER_LEN>() else { return Verdict::No };
    match header {
        // Version 1: versions of protocol and network, a subdomain's name.
        [0, 1, 0, 1, subdomain @ ..] if look.bytes.len() >= 124 => {
            let name = subdomain.get(..16).unwrap_or_default();
            let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            let name = name.get(..end).unwrap_or_default();
            if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
                return Verdict::No;
            }
            findings.note("version", 1_u8);
            findings.note("subdomain", lossy(name, NAME_MAX));
            Verdict::proven("PTP version 1 message", Want::Nothing)
        }
        [first, version, high, low, domain, ..] if version & 0x0f == 2 && version >> 4 <= 1 => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let Some((name, least)) = message(first & 0x0f) else { return Verdict::No };
            // Over IPv6 two bytes are appended for the sake of the checksum (annex D).
            let spare = look.bytes.len().checked_sub(length);
            if length < least || !(spare.is_some_and(|spare| spare <= 2) || look.cut) {
                return Verdict::No;
            }
            findings.note("version", 2_u8);
            findings.note("domain", *domain);
            findings.add("messages", name.into());
            clocks(header, body, first & 0x0f, findings);
            let enough = look.earlier.len() >= ENOUGH || findings.noted("grandmaster").is_some();
            Verdict::proven("PTP header and its length", if enough { Want::Nothing } else { Want::Rest })
        }
        _ => Verdict::No,
    }
}

/// Name and least length of a message (s13.5 and following).
fn message(kind: u8) -> Option<(&'static str, usize)> {
    Some(match kind {
        0x0 => ("sync", 44),
        0x1 => ("delay-request", 44),
        0x2 => ("peer-delay-request", 54),
        0x3 => ("peer-delay-response", 54),
        0x8 => ("follow-up", 44),
        0x9 => ("delay-response", 54),
        0xa => ("peer-delay-response-follow-up", 54),
        0xb => ("announce", 64),
        0xc => ("signaling", 44),
        0xd => ("management", 48),
        _ => return None,
    })
}

fn clocks(header: &[u8; HEADER_LEN], body: &[u8], kind: u8, findings: &mut Findings) {
    if let Some(clock) = header.get(20..28) {
        findings.note("clock", hex(clock));
    }
    // s13.5.1: time, offset, reserved, priority, class and quality, priority, identity.
    if let (0xb, Some([_, _, _, priority @ .., _, _, _, _, _, _, _, _])) = (kind, body.get(10..27))
        && let ([_, class, ..], Some(identity)) = (priority, body.get(19..27))
    {
        findings.note("grandmaster", hex(identity));
        findings.note("clock_class", *class);
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        319,
        319,
        &[(SRC, b"\0\x02\0\x2c\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1b\x19\xff\xfe\0\0\x01\0\x01\0\x01\0\0\0\0\x45\xb1\x11\x4a\x2e\xd4\x3c\xd0")],
    )],
    near_miss: &[Sample::udp(
        319,
        319,
        &[(SRC, b"\0\x02\0\x2b\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1b\x19\xff\xfe\0\0\x01\0\x01\0\x01\0\0\0\0\x45\xb1\x11\x4a\x2e\xd4\x3c\xd0")],
    )],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn the_grandmaster_is_announced() {
        let mut announce = b"\x0b\x02\0\x40\x07".to_vec();
        announce.resize(34, 0);
        announce.extend_from_slice(&[0; 10]);
        announce
            .extend_from_slice(b"\0\x25\0\x80\x06\xfe\xff\xff\x80\x01\x02\x03\x04\x05\x06\x07\x08\0\0\xa0");
        let mut flow = Flow::new(UDP, 320, 320);
        flow.src(&announce);
        let details = &flow.inspection.facts().details;
        for expected in [
            ("domain", Value::Number(7)),
            ("grandmaster", Value::Text("0102030405060708".into())),
            ("clock_class", Value::Number(6)),
        ] {
            assert!(details.contains(&expected), "{expected:?} {details:?}");
        }
    }
}
