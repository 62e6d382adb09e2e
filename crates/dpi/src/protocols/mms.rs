<<<<<<< HEAD
//! Manufacturing message specification (ISO 9506, as IEC 61850-8-1 and TASE.2 use it): services, the server's identity.

pub(super) mod ber;

use super::s7comm::tpkt::{Packet, Packets, VERSION};
=======
//! Manufacturing Message Specification (ISO 9506, IEC 61850-8-1) over ISO transport (RFC 1006).

>>>>>>> dpi-text
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
<<<<<<< HEAD
use crate::text::{NAME_MAX, lossy};
=======
>>>>>>> dpi-text

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mms",
    category: "industrial",
    encrypted: false,
<<<<<<< HEAD
    over: &[(Transport::Tcp, &[VERSION..=VERSION])],
    ports: &[102],
    bound: false,
    fields: &["services", "vendor", "model", "revision"],
=======
    over: &[(Transport::Tcp, &[3..=3])],
    ports: &[102],
    bound: false,
    fields: &["message"],
>>>>>>> dpi-text
    head: SHALLOW,
    inspect,
};

<<<<<<< HEAD
const ENOUGH: usize = 8;

/// Object identifier 1.0.9506.2, under which abstract syntax and application context are
/// (ISO 9506-2 s19).
const MMS_OID: &[u8] = &[0x28, 0xca, 0x22, 0x02];

/// Session: give tokens and data transfer, both without parameters (ISO 8327-1 s8.3).
const DATA_TRANSFER: &[u8] = &[1, 0, 1, 0];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut count = 0;
    for packet in Packets::new(look.bytes) {
        match packet {
            Packet::Wrong => return Verdict::No,
            Packet::Partial => break,
            Packet::Connect { .. } | Packet::Other => {}
            // Segments of a longer message do not say what they are.
            Packet::Data { .. } if count > 0 && count >= ENOUGH => break,
            Packet::Data { bytes, whole } => match session(bytes, findings) {
                Some(true) => count += 1,
                None if !whole => break,
                _ if count > 0 => {}
                _ => return Verdict::No,
            },
        }
    }
    match count {
        0 if look.cut => Verdict::No,
        0 => Verdict::NeedMore,
        _ => {
            let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
            Verdict::proven("MMS in ISO presentation, session and transport", want)
=======
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
>>>>>>> dpi-text
        }
    }
}

<<<<<<< HEAD
/// Whether a session message carries MMS; none if there is too little of it to say.
fn session(bytes: &[u8], findings: &mut Findings) -> Option<bool> {
    match bytes.first()? {
        // CONNECT and ACCEPT carry the association and in it the syntax's name.
        0x0d | 0x0e => {
            let found = bytes.windows(MMS_OID.len()).any(|window| window == MMS_OID);
            if found {
                findings.add("services", "initiate".into());
                return Some(true);
            }
            (bytes.len() > 600).then_some(false)
        }
        1 => match bytes.split_at_checked(DATA_TRANSFER.len()) {
            Some((DATA_TRANSFER, user_data)) => presentation(user_data, findings),
            Some(_) => Some(false),
            None => None,
        },
        _ => Some(false),
    }
}

/// ISO 8823-1 s8.4: fully encoded data, a list of a context's number and one value.
fn presentation(bytes: &[u8], findings: &mut Findings) -> Option<bool> {
    let mut value = bytes;
    for expected in [0x61, 0x30] {
        if value.first().is_some_and(|tag| *tag != expected) {
            return Some(false);
        }
        value = ber::next(&mut Reader::new(value))?.value;
    }
    let mut list = Reader::new(value);
    let context = ber::next(&mut list)?;
    if context.tag != 2 || context.value.len() != 1 {
        return Some(false);
    }
    let single = ber::next(&mut list)?;
    if single.tag != 0xa0 {
        return Some(false);
    }
    let pdu = ber::next(&mut Reader::new(single.value))?;
    match pdu.tag {
        // Confirmed request, response and error: the invocation's number, then the service.
        0xa0..=0xa2 => {
            let mut fields = Reader::new(pdu.value);
            let invocation = ber::next(&mut fields)?;
            if !matches!(invocation.tag, 0x02 | 0x80) || invocation.value.len() > 5 {
                return Some(false);
            }
            let service = ber::next(&mut fields)?;
            if let Some(name) = service_name(service.tag) {
                findings.add("services", name.into());
            }
            if pdu.tag == 0xa1 && service.tag == 0xa2 {
                identify(service.value, findings);
            }
        }
        0xa3 => findings.add("services", "report".into()),
        0xa8 | 0xa9 => findings.add("services", "initiate".into()),
        0xa4..=0xa7 | 0xaa..=0xad | 0x8b | 0x8c => {}
        _ => return Some(false),
    }
    Some(true)
}

/// The response of Identify (ISO 9506-2 s8.4): vendor, model, revision.
fn identify(bytes: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(bytes);
    while let Some(element) = ber::next(&mut reader) {
        let field = match element.tag {
            0x80 => "vendor",
            0x81 => "model",
            0x82 => "revision",
            _ => continue,
        };
        findings.note(field, lossy(element.value, NAME_MAX));
    }
}

/// ConfirmedServiceRequest (ISO 9506-2 s7.5): the number of the context tag.
fn service_name(tag: u16) -> Option<&'static str> {
    let number = if tag > 0xff { tag & 0x7f } else { tag & 0x1f };
    Some(match number {
        0 => "status",
        1 => "get-name-list",
        2 => "identify",
        3 => "rename",
        4 => "read",
        5 => "write",
        6 => "get-variable-access-attributes",
        11 => "define-named-variable-list",
        12 => "get-named-variable-list-attributes",
        13 => "delete-named-variable-list",
        65 => "read-journal",
        72 => "file-open",
        73 => "file-read",
        74 => "file-close",
        75 => "file-rename",
        76 => "file-delete",
        77 => "file-directory",
=======
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
>>>>>>> dpi-text
        _ => return None,
    })
}

<<<<<<< HEAD
=======
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

>>>>>>> dpi-text
#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            102,
<<<<<<< HEAD
            &[(SRC, b"\x03\0\0\x1f\x02\xf0\x80\x01\0\x01\0\x61\x12\x30\x10\x02\x01\x03\xa0\x0b\xa0\x09\x02\x01\x01\xa4\x04\xa1\x02\xa0\0")],
        ),
        Sample::tcp(
            50000,
            102,
            &[
                (SRC, b"\x03\0\0\x16\x11\xe0\0\0\0\x01\0\xc1\x02\0\0\xc2\x02\0\x01\xc0\x01\x0a"),
                (DST, b"\x03\0\0\x16\x11\xd0\0\x01\0\x01\0\xc1\x02\0\0\xc2\x02\0\x01\xc0\x01\x0a"),
                (SRC, b"\x03\0\0\x1d\x02\xf0\x80\x0d\x14\x05\x06\x13\x01\0\x16\x01\x02\xc1\x0a\x06\x05\x28\xca\x22\x02\x01\x06\x01\x51"),
            ],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x1f\x02\xf0\x80\x01\0\x01\0\x61\x12\x31\x10\x02\x01\x03\xa0\x0b\xa0\x09\x02\x01\x01\xa4\x04\xa1\x02\xa0\0")],
        ),
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x1d\x02\xf0\x80\x0d\x14\x05\x06\x13\x01\0\x16\x01\x02\xc1\x0a\x06\x05\x28\xca\x23\x02\x01\x06\x01\x51")],
        ),
    ],
=======
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
>>>>>>> dpi-text
};
