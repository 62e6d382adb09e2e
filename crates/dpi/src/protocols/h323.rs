//! H.323: call signalling (H.225.0, Q.931), its registration (RAS) and control (H.245); numbers and display names.

use crate::findings::Findings;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "h323",
    category: "voip",
    encrypted: false,
    over: &[
        // TPKT (RFC 1006).
        (Transport::Tcp, &[3..=3]),
        // RAS: a choice of PER, its first bits the message.
        (Transport::Udp, &[0..=0x7f]),
    ],
    ports: &[1718, 1719, 1720],
    bound: false,
    fields: &["message", "calling", "called", "display"],
    head: SHALLOW,
    inspect,
};

/// Object identifiers {itu-t(0) recommendation(0) h(8) 2250 version(0)} and h(8) 245, after their
/// length: a message that opens something says which version it speaks.
const SIGNALLING: &[u8] = b"\x06\0\x08\x91\x4a\0";
const CONTROL: &[u8] = b"\x06\0\x08\x81\x75\0";

/// H.225.0 s7.2: the element that H.225.0's own messages lie in, with a length of two bytes.
const USER_TO_USER: u8 = 0x7e;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Udp {
        let version = look.bytes.get(..16).unwrap_or(look.bytes);
        return match holds(version, SIGNALLING) {
            true => Verdict::proven("RAS message with H.225.0's identifier", Want::Nothing),
            false => Verdict::No,
        };
    }
    let (header, body) = match look.bytes {
        [3, 0, a, b, body @ ..] => (usize::from(u16::from_be_bytes([*a, *b])), body),
        [3] | [3, 0] | [3, 0, _] if !look.cut => return Verdict::NeedMore,
        _ => return Verdict::No,
    };
    let Some(len @ 1..) = header.checked_sub(4) else { return Verdict::No };
    if body.len() < len.min(6) {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    // Some send the header by itself.
    let body = body.get(..len).unwrap_or(body);
    if holds(body.get(..16).unwrap_or(body), CONTROL) {
        findings.note("message", "H.245");
        return Verdict::proven("H.245 message with its identifier", Want::Nothing);
    }
    signalling(look, body, len, findings)
}

/// Q.931 s4: discriminator, call reference, message, then information elements.
fn signalling(look: &Look<'_>, body: &[u8], len: usize, findings: &mut Findings) -> Verdict {
    let Some(&[8, 2, _, _, message, ..]) = body.get(..6).or(Some(body)) else { return Verdict::No };
    let Some(message) = name(message) else { return Verdict::No };
    let whole = body.len() == len;
    if !whole && !look.cut {
        return Verdict::NeedMore;
    }
    let rest = body.get(5..).unwrap_or_default();
    // H.225.0 s7.2.1: user-user information begins with the number of the coding of ASN.1.
    let user_to_user =
        elements(rest).flatten().any(|(kind, data)| kind == USER_TO_USER && data.starts_with(&[5]));
    let broken = whole && elements(rest).any(|element| element.is_none());
    if broken || !(user_to_user || look.hinted) {
        return Verdict::No;
    }
    elements(rest).flatten().for_each(|(kind, data)| element(kind, data, findings));
    findings.note("message", message);
    Verdict::proven("Q.931 message in TPKT whose elements fit", Want::Reply)
}

/// Kind and content of each element; `None` for one that does not fit, the last.
fn elements(bytes: &[u8]) -> impl Iterator<Item = Option<(u8, &[u8])>> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || {
        let kind = reader.u8()?;
        let data = match kind {
            // Q.931 s4.5.1: elements of one byte have the first bit set.
            0x80.. => Some(&[][..]),
            USER_TO_USER => reader.block16(),
            _ => reader.block8(),
        };
        if data.is_none() {
            reader = Reader::new(&[]);
        }
        Some(data.map(|data| (kind, data)))
    })
}

fn element(kind: u8, data: &[u8], findings: &mut Findings) {
    // Q.931 s4.5.8, s4.5.10: type and plan before the digits, perhaps presentation too.
    let digits = |data: &[u8]| {
        let skip = data.iter().position(|byte| byte & 0x80 != 0).map_or(0, |last| last + 1);
        lossy(data.get(skip..).unwrap_or_default(), NAME_MAX)
    };
    match kind {
        0x28 => findings.note("display", lossy(data.strip_suffix(b"\0").unwrap_or(data), NAME_MAX)),
        0x6c => findings.note("calling", digits(data)),
        0x70 => findings.note("called", digits(data)),
        _ => {}
    }
}

/// Q.931 table 4-2, those of H.225.0 table 5.
fn name(message: u8) -> Option<&'static str> {
    Some(match message {
        0x01 => "Alerting",
        0x02 => "CallProceeding",
        0x03 => "Progress",
        0x05 => "Setup",
        0x07 => "Connect",
        0x0d => "SetupAcknowledge",
        0x5a => "ReleaseComplete",
        0x62 => "Facility",
        0x6e => "Notify",
        0x75 => "StatusInquiry",
        0x7b => "Information",
        0x7d => "Status",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1720,
            &[
                (
                    SRC,
                    b"\x03\0\0\x2b\x08\x02\0\x01\x05\x04\x03\x88\x93\xa5\x28\x06Alice\0\x70\x05\x81\x35\x35\x35\x31\
                      \x7e\0\x0b\x05\x20\xa8\x06\0\x08\x91\x4a\0\x04\x01",
                ),
                (DST, b"\x03\0\0\x0d\x08\x02\x80\x01\x01\x7e\0\x01\x05"),
            ],
        ),
        Sample::udp(50000, 1719, &[(SRC, b"\x0e\xc0\0\0\x06\0\x08\x91\x4a\0\x04\x80\0")]),
        Sample::tcp(50000, 40000, &[(SRC, b"\x03\0\0\x15\x02\x70\x01\x06\0\x08\x81\x75\0\x07\x80\x10\0\0\0\0\0")]),
    ],
    near_miss: &[
        // ISO's transport (class 0) in TPKT.
        Sample::tcp(50000, 1720, &[(SRC, b"\x03\0\0\x0b\x06\xe0\0\0\0\x01\0")]),
        Sample::tcp(50000, 1720, &[(SRC, b"\x03\0\0\x0d\x08\x02\x80\x01\x01\x7e\0\x02\x05")]),
        Sample::udp(50000, 1719, &[(SRC, b"\x0e\xc0\0\0\x06\0\x08\x92\x4a\0\x04\x80\0")]),
    ],
};
