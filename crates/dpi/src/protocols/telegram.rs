//! Telegram: MTProto over TCP (MTProto transports: abridged, intermediate, padded, full), and the
//! relays of its calls over UDP.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "telegram",
    category: "chat",
    encrypted: true,
    over: &[
        (Transport::Udp, ANY),
        (Transport::Tcp, &[0x01..=0x01, 0x0a..=0x0a, 0x28..=0x60, 0xdd..=0xdd, 0xee..=0xef]),
    ],
    ports: &[443, 80, 5222, 25],
    bound: false,
    fields: &["transport"],
    head: SHALLOW,
    inspect,
};

/// After the peer tag of 16 bytes: a request to the relay itself.
const TO_RELAY: [u8; 12] = [0xff; 12];

/// Constructors that a connection without a key begins with: req_pq, req_pq_multi, resPQ.
const FIRST: [u32; 3] = [0x6046_9778, 0xbe7e_8ef1, 0x0516_2463];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => match look.bytes.get(16..28) {
            Some(request)
                // Before it are 16 random bytes; others have such filling in longer runs, and streams
                // of MPEG (0x47) at their end.
                if request == TO_RELAY
                    && !look.bytes.get(12..16).is_some_and(|tag| TO_RELAY.starts_with(tag))
                    && !(look.bytes.first() == Some(&0x47) && look.bytes.len().is_multiple_of(188))
                    && look.bytes.first_chunk() != Some(&TO_RELAY)
                    && look.bytes.len() >= 32 =>
            {
                Verdict::proven("request to a relay of Telegram calls", Want::Reply)
            }
            _ => Verdict::No,
        },
        Transport::Tcp => stream(look, findings),
    }
}

fn stream(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let Some([a, b, c, d]) = reader.array() else {
        let fits = matches!(look.bytes, [0xef, ..] | [0xee, 0xee, ..] | [0xdd, 0xdd, ..] | [_]);
        return if fits { more } else { Verdict::No };
    };
    let (name, len, rest) = match [a, b, c, d] {
        // Length in words; 0x7f means that three bytes give it.
        [0xef, 0x7f, ..] => {
            let words = Reader::new(look.bytes.get(2..).unwrap_or_default()).array::<3>();
            let Some([low, middle, 0]) = words else {
                return if words.is_none() { more } else { Verdict::No };
            };
            ("abridged", usize::from(u16::from_le_bytes([low, middle])) * 4, look.bytes.get(5..))
        }
        [0xef, words @ 1..0x7f, ..] => ("abridged", usize::from(words) * 4, look.bytes.get(2..)),
        [0xee, 0xee, 0xee, 0xee] | [0xdd, 0xdd, 0xdd, 0xdd] => {
            let Some(len) = reader.array().map(u32::from_le_bytes) else { return more };
            let name = if a == 0xee { "intermediate" } else { "padded intermediate" };
            (name, usize::try_from(len).unwrap_or(usize::MAX), look.bytes.get(8..))
        }
        // Full: length, sequence number from zero, then the message and a checksum.
        [_, 0..=3, 0, 0] if look.bytes.get(4..8).is_none_or(|number| number == [0; 4]) => {
            if look.bytes.len() < 36 {
                return more;
            }
            ("full", usize::from(u16::from_le_bytes([a, b])).saturating_sub(12), look.bytes.get(8..))
        }
        // Answers of the abridged transport begin with the length.
        [_, 0, 0, 0] => ("abridged", usize::from(a) * 4, look.bytes.get(1..)),
        _ => return Verdict::No,
    };
    let rest = rest.unwrap_or_default();
    if !(20..=1 << 20).contains(&len) {
        return Verdict::No;
    }
    if rest.len() < 24 {
        return more;
    }
    if is_first(rest) {
        findings.note("transport", name);
        return Verdict::proven("beginning of a key exchange of MTProto", Want::Reply);
    }
    // With a key all that is left is the length: the key's number, 16 bytes, blocks of 16.
    let sealed = len >= 40 && (len - 24).is_multiple_of(16) && rest.first_chunk() != Some(&[0; 8]);
    let whole = rest.len() == len;
    match name {
        "abridged" | "intermediate" if sealed && whole && look.hinted && matches!(a, 0xef | 0xee) => {
            findings.note("transport", name);
            Verdict::likely("MTProto message of one transport", Want::Nothing)
        }
        "abridged" | "intermediate" if sealed && rest.len() < len && matches!(a, 0xef | 0xee) => more,
        _ => Verdict::No,
    }
}

/// An unencrypted message: no key, number, length, constructor.
fn is_first(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let (Some([0, 0, 0, 0, 0, 0, 0, 0]), Some(_), Some(len)) =
        (reader.array::<8>(), reader.array::<8>(), reader.array().map(u32::from_le_bytes))
    else {
        return false;
    };
    let constructor = reader.array().map(u32::from_le_bytes);
    (20..1024).contains(&len) && constructor.is_some_and(|number| FIRST.contains(&number))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 533, &[(SRC, b"0123456789abcdef\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff01234567")]),
        Sample::tcp(
            50000,
            8443,
            &[(SRC, b"\xef\x0a\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x14\0\0\0\xf1\x8e\x7e\xbe0123456789abcdef")],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 533, &[(SRC, b"0123456789abcdef\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xfe\xff\xff\xff01234567")]),
        Sample::tcp(
            50000,
            443,
            &[(SRC, b"\xef\x0a\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x14\0\0\0\xf1\x8e\x7e\xbf0123456789abcdef")],
        ),
    ],
};
