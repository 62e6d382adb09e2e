//! Manufacturing message specification (ISO 9506, as IEC 61850-8-1 and TASE.2 use it): services, the server's identity.

pub(super) mod ber;

use super::s7comm::tpkt::{Packet, Packets, VERSION};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mms",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[VERSION..=VERSION])],
    ports: &[102],
    bound: false,
    fields: &["services", "vendor", "model", "revision"],
    head: SHALLOW,
    inspect,
};

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
            Packet::Data { .. } if count >= ENOUGH => break,
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
        }
    }
}

/// Whether a session message carries MMS; none if there is too little of it to say.
fn session(bytes: &[u8], findings: &mut Findings) -> Option<bool> {
    match bytes.first()? {
        // CONNECT and ACCEPT carry the association and in it the syntax's name.
        0x0d | 0x0e => {
            let found = holds(bytes, MMS_OID);
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
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            102,
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
};
