//! Discord's voice: the address a client asks its server for (IP discovery), and keep-alives.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "discord",
    category: "voip",
    encrypted: true,
    // A capture may begin with the media that lies between keep-alives.
    over: &[(Transport::Udp, &[0..=0, 0x13..=0x13, 0x80..=0x83, 0x90..=0x90])],
    ports: &[],
    bound: false,
    fields: &["mapped_address"],
    head: SHALLOW,
    inspect,
};

/// Discord's documentation of voice connections: type, length of what follows, source, address as
/// 64 bytes of text, port.
const DISCOVERY_LEN: usize = 74;
const KEEP_ALIVE: &[u8] = b"\x13\x37\xca\xfe";

/// Media before a keep-alive: those come every five seconds.
const MOST_BEFORE: usize = 6;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        bytes if bytes.starts_with(KEEP_ALIVE) && bytes.len() == 8 => {
            Verdict::proven("Discord's voice keep-alive", Want::Nothing)
        }
        [0, 1, 0, 70, _, _, _, _, rest @ ..] if look.bytes.len() == DISCOVERY_LEN => {
            // The port behind the address may be anything.
            match rest.iter().take(64).all(|byte| *byte == 0) {
                true => Verdict::proven("Discord's question for an address", Want::Reply),
                false => Verdict::No,
            }
        }
        [0, 2, 0, 70, _, _, _, _, rest @ ..] if look.bytes.len() == DISCOVERY_LEN => answer(rest, findings),
        // Reports, or its audio and video types with an extension.
        [0x80..=0x83, 200..=206, 0, _, ..] | [0x80 | 0x90, 101..=106 | 120 | 229..=234 | 248, ..]
            if look.earlier.len() < MOST_BEFORE =>
        {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

fn answer(address: &[u8], findings: &mut Findings) -> Verdict {
    let Some((text, port)) = address.split_last_chunk::<2>() else { return Verdict::No };
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let address = std::str::from_utf8(text).ok().and_then(|text| text.parse::<std::net::IpAddr>().ok());
    if address.is_none() {
        return Verdict::No;
    }
    let address = format!("{}:{}", lossy(text, NAME_MAX), u16::from_be_bytes(*port));
    findings.note("mapped_address", address);
    Verdict::proven("Discord's answer with an address", Want::Nothing)
}

#[cfg(test)]
const ZEROS: &[u8; 64] = &[0; 64];

#[cfg(test)]
const fn discovery(kind: u8, text: &[u8]) -> [u8; DISCOVERY_LEN] {
    let mut bytes = [0; DISCOVERY_LEN];
    (bytes[1], bytes[3], bytes[7]) = (kind, 70, 9);
    let mut at = 0;
    while at < text.len() && at < ZEROS.len() {
        bytes[8 + at] = text[at];
        at += 1;
    }
    bytes
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 50004, &[(SRC, &discovery(1, b"")), (DST, &discovery(2, b"192.0.2.1"))]),
        Sample::udp(
            50000,
            50004,
            &[
                (SRC, b"\x81\xc9\0\x07\x11\x22\x33\x44 an encrypted report and what comes after it .."),
                (DST, b"\x13\x37\xca\xfe\x0e\0\0\0"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 50004, &[(SRC, &discovery(1, b"x"))]),
        Sample::udp(50000, 50004, &[(DST, &discovery(2, b"192.0.2.x"))]),
        Sample::udp(50000, 50004, &[(SRC, b"\x13\x37\xca\xfe\x0e\0\0\0\0")]),
    ],
};
