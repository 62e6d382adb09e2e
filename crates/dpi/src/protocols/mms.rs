//! Manufacturing Message Specification (ISO 9506, IEC 61850-8-1) over ISO transport (RFC 1006).

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mms",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[3..=3])],
    ports: &[102],
    bound: false,
    fields: &["message"],
    head: SHALLOW,
    inspect,
};

/// ISO 9506's abstract syntax, iso(1) standard(0) 9506 part(2) 1, and the version before.
const SYNTAX: &[u8] = &[0x28, 0xca, 0x22, 0x02];
/// Transport data, ISO 8073 s13.7, after its length.
const DATA: &[u8] = &[2, 0xf0];
/// Session: give tokens and data transfer (ISO 8327), alone in front of user data.
const TRANSFER: &[u8] = &[1, 0, 1, 0];
const CONNECT: u8 = 0x0d;
const ACCEPT: u8 = 0x0e;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    loop {
        // RFC 1006 s6: version 3, a reserved zero, the length of it all.
        let (version, reserved, len) = (reader.u8(), reader.u8(), reader.u16());
        if version.is_some_and(|version| version != 3) || reserved.is_some_and(|reserved| reserved != 0) {
            return Verdict::No;
        }
        let Some(len) = len else { return short(look) };
        let Some(body) = usize::from(len).checked_sub(4).filter(|len| *len >= 3) else { return Verdict::No };
        let frame = reader.up_to(body);
        match frame.get(1) {
            // Connection request and confirm: what they carry comes later.
            Some(0xd0 | 0xe0) if frame.len() == body => {}
            Some(0xf0) if frame.starts_with(DATA) => match frame.get(3..).unwrap_or_default() {
                // S7 and others that put their own messages there.
                [0x32 | 0x72, ..] => return Verdict::No,
                session => return self::session(look, session, frame.len() == body, findings),
            },
            None => return short(look),
            _ => return if frame.len() == body { Verdict::No } else { short(look) },
        }
    }
}

fn session(look: &Look<'_>, session: &[u8], whole: bool, findings: &mut Findings) -> Verdict {
    if let Some(presentation) = session.strip_prefix(TRANSFER) {
        return match message(presentation) {
            Some(name) => {
                findings.note("message", name);
                // Other application protocols use the same layers; MMS is the one at this port.
                match look.hinted {
                    true => Verdict::proven("MMS message in ISO presentation data", Want::Nothing),
                    false => Verdict::likely("MMS message in ISO presentation data", Want::Nothing),
                }
            }
            None if whole || look.cut => Verdict::No,
            None => Verdict::NeedMore,
        };
    }
    match session.first() {
        Some(&(CONNECT | ACCEPT)) => {
            if session.windows(SYNTAX.len()).any(|window| window == SYNTAX) {
                findings.note(
                    "message",
                    if session.first() == Some(&CONNECT) { "initiate" } else { "initiate-response" },
                );
                return Verdict::proven("ISO session with MMS's abstract syntax", Want::Nothing);
            }
            // An acceptance names syntaxes by number only: the message itself has to do.
            let initiate =
                look.hinted && session.windows(2).any(|window| matches!(window, [0xa8 | 0xa9, 0x16..=0x40]));
            match initiate && whole {
                true => Verdict::likely("ISO session with an MMS initiate message", Want::Nothing),
                false if whole || look.cut => Verdict::No,
                false => Verdict::NeedMore,
            }
        }
        None => short(look),
        Some(_) => Verdict::No,
    }
}

/// Fully encoded data (ISO 8823 s8.4.2): one value of presentation context 3, an MMS message.
fn message(presentation: &[u8]) -> Option<&'static str> {
    let mut reader = Reader::new(presentation);
    let outer = reader.u8()?;
    length(&mut reader)?;
    let inner = reader.u8()?;
    length(&mut reader)?;
    if (outer, inner, reader.array()?) != (0x61, 0x30, [2, 1, 3]) || reader.u8()? != 0xa0 {
        return None;
    }
    length(&mut reader)?;
    Some(match reader.u8()? {
        0xa0 => "confirmed-request",
        0xa1 => "confirmed-response",
        0xa2 => "confirmed-error",
        0xa3 => "unconfirmed",
        0xa4 => "reject",
        0xa5 | 0x85 => "cancel-request",
        0xa6 | 0x86 => "cancel-response",
        0xa8 => "initiate",
        0xa9 => "initiate-response",
        0x8b => "conclude",
        0x8c => "conclude-response",
        _ => return None,
    })
}

/// A BER length.
fn length(reader: &mut Reader<'_>) -> Option<usize> {
    match reader.u8()? {
        len @ ..0x80 => Some(len.into()),
        0x81 => reader.u8().map(usize::from),
        0x82 => reader.u16().map(usize::from),
        _ => None,
    }
}

fn short(look: &Look<'_>) -> Verdict {
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            102,
            &[
                (SRC, b"\x03\0\0\x16\x11\xe0\0\0\0\x01\0\xc1\x02\0\x01\xc2\x02\0\x01\xc0\x01\x0a"),
                (DST, b"\x03\0\0\x16\x11\xd0\0\x01\0\x02\0\xc1\x02\0\x01\xc2\x02\0\x01\xc0\x01\x0a"),
                (SRC, b"\x03\0\0\x1b\x02\xf0\x80\x0d\x12\x05\x06\x13\x01\0\x16\x01\x02\xc1\x08\x06\x05\x28\xca\x22\x02\x01\0"),
            ],
        ),
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x1a\x02\xf0\x80\x01\0\x01\0\x61\x0d\x30\x0b\x02\x01\x03\xa0\x06\xa0\x04\x02\x01\x01\x82")],
        ),
    ],
    near_miss: &[Sample::tcp(
        50000,
        102,
        &[(SRC, b"\x03\0\0\x19\x02\xf0\x80\x32\x01\0\0\0\0\0\x08\0\0\xf0\0\0\x01\0\x01\x01\xe0")],
    )],
};
