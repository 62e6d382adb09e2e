//! Locator/ID Separation Protocol (RFC 9300, RFC 9301): tunnelled packets, and control messages.

use crate::inner::is_ip;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "lisp",
    category: "tunnel",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=u8::MAX]), (Transport::Tcp, &[0..=0])],
    ports: &[DATA, CONTROL],
    bound: true,
    fields: &["message", "instance"],
    head: SHALLOW,
    inspect,
};

const DATA: u16 = 4341;
const CONTROL: u16 = 4342;

/// draft-ietf-lisp-map-server-reliable-transport s3.1: what every message over TCP ends with.
const END: u32 = 0x9fac_ade9;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Tcp {
        return reliable(look, findings);
    }
    if look.on(CONTROL) {
        return control(look, findings);
    }
    // RFC 9300 s5.1: flags N, L, E, V, I, a reserved one, two for keys; nonce; instance.
    let Some(([flags, _, _, _, instance @ ..], packet)) = look.bytes.split_first_chunk::<8>() else {
        return Verdict::No;
    };
    let [nonce, _, echo, version, has_instance, reserved, ..] =
        [7, 6, 5, 4, 3, 2, 1, 0].map(|bit| flags >> bit & 1 == 1);
    let sound = !(reserved || nonce && version || echo && !nonce);
    if !sound || !is_ip(packet, look.cut) {
        return Verdict::No;
    }
    if let (true, [a, b, c, _]) = (has_instance, instance) {
        findings.note("instance", u32::from_be_bytes([0, *a, *b, *c]));
    }
    findings.note("message", "data");
    Verdict::proven("IP packet behind a LISP header", Want::Nothing)
}

/// Type, length of the whole message, its number, data, and the mark.
fn reliable(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (kind, len) = (reader.u16(), reader.u16().map(usize::from));
    if kind.is_some_and(|kind| kind > 63) || len.is_some_and(|len| !(12..=SHALLOW).contains(&len)) {
        return Verdict::No;
    }
    let end = len.and_then(|len| look.bytes.get(len - 4..len));
    match end.and_then(|end| Reader::new(end).u32()) {
        Some(END) => {
            findings.note("message", "reliable-transport");
            Verdict::proven("LISP message over TCP with its end mark", Want::Nothing)
        }
        None if !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

/// RFC 9301 s5: the upper half of the first byte is the type.
fn control(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(([first, _, _, records], rest)) = look.bytes.split_first_chunk::<4>() else {
        return Verdict::No;
    };
    let body = rest.get(8..).unwrap_or_default();
    let message = match first >> 4 {
        // A nonce, then who asks: family and address.
        1 if *records > 0 && *records <= 8 && is_family(body) => "map-request",
        2 if *records <= 8 && is_record(body) => "map-reply",
        3 if *records <= 32 && after_authentication(body).is_some_and(is_record) => "map-register",
        4 if *records <= 32 && after_authentication(body).is_some_and(is_record) => "map-notify",
        5 if *records <= 32 && after_authentication(body).is_some_and(is_record) => "map-notify-ack",
        8 if is_ip(rest, look.cut) => "encapsulated",
        _ => return Verdict::No,
    };
    findings.note("message", message);
    Verdict::proven("LISP control message", Want::Nothing)
}

/// IANA's address families: none, IPv4, IPv6, LCAF (RFC 8060), MAC.
fn is_family(bytes: &[u8]) -> bool {
    matches!(Reader::new(bytes).u16(), Some(0 | 1 | 2 | 16387 | 16389))
}

/// RFC 9301 s5.6: key's number and algorithm, length of the code: none, SHA-1, or SHA-256.
fn after_authentication(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    let (_key, len) = (reader.u16()?, reader.u16()?);
    matches!(len, 0 | 16 | 20 | 32).then(|| reader.take(usize::from(len)))??;
    Some(reader.rest())
}

/// RFC 9301 s5.4: TTL, locators, length of the mask, two reserved bits of each kind, family.
fn is_record(record: &[u8]) -> bool {
    let mut reader = Reader::new(record);
    let (Some(_ttl), Some(locators), Some(mask), Some(_flags), Some(version)) =
        (reader.u32(), reader.u8(), reader.u8(), reader.u16(), reader.u16())
    else {
        return false;
    };
    locators <= 32 && mask <= 128 && version & 0xf000 == 0 && is_family(reader.rest())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, CONTROL, &[(SRC, b"\0\x11\0\x0c\0\0\0\x01\x9f\xac\xad\xe9")]),
        Sample::udp(
            50000,
            DATA,
            &[(SRC, b"\x88\x12\x34\x56\0\0\x07\x01\x45\0\0\x14\0\x01\0\0\x40\x11\x66\xd4\x0a\x01\0\x01\x0a\x01\0\x02")],
        ),
        Sample::udp(
            CONTROL,
            CONTROL,
            &[(SRC, b"\x10\0\0\x01\x12\x34\x56\x78\x9a\xbc\xde\xf0\0\0\0\x01\xc0\0\x02\x01\0\x20\0\x01\xc6\x33\x64\x01")],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, CONTROL, &[(SRC, b"\0\x11\0\x0c\0\0\0\x01\x9f\xac\xad\xe8")]),
        Sample::udp(
            50000,
            DATA,
            &[(SRC, b"\x88\x12\x34\x56\0\0\x07\x01\x45\0\0\x14\0\x01\0\0\x40\x11\x66\xd5\x0a\x01\0\x01\x0a\x01\0\x02")],
        ),
        Sample::udp(
            CONTROL,
            CONTROL,
            &[(SRC, b"\x10\0\0\x01\x12\x34\x56\x78\x9a\xbc\xde\xf0\0\x07\0\x01\xc0\0\x02\x01\0\x20\0\x01\xc6\x33\x64\x01")],
        ),
    ],
};
