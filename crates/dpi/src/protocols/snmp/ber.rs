//! ASN.1's basic encoding (X.690), as far as SNMP is made of it.

use crate::reader::Reader;

/// Tag of a number (X.690 s8.3).
pub const INTEGER: u8 = 0x02;
/// Tag of bytes (X.690 s8.7).
pub const OCTET_STRING: u8 = 0x04;
/// Tag of an object's identifier (X.690 s8.19).
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// Tag of several elements in order (X.690 s8.9).
pub const SEQUENCE: u8 = 0x30;

/// The next element: its tag and its content, as far as that is there if `cut`.
pub fn element<'a>(reader: &mut Reader<'a>, cut: bool) -> Option<(u8, &'a [u8])> {
    let (tag, first) = (reader.u8()?, reader.u8()?);
    // X.690 s8.1.3: short lengths, and long ones of up to three bytes.
    let len = match first {
        0..=0x7f => usize::from(first),
        0x81 => usize::from(reader.u8()?),
        0x82 => usize::from(reader.u16()?),
        0x83 => reader.u24()?,
        _ => return None,
    };
    if cut { Some((tag, reader.up_to(len))) } else { Some((tag, reader.take(len)?)) }
}

/// The content of the next element, if it has this tag.
pub fn content<'a>(reader: &mut Reader<'a>, wanted: u8, cut: bool) -> Option<&'a [u8]> {
    element(reader, cut).filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
}

/// An integer of up to four bytes that is not negative.
pub fn unsigned(content: &[u8]) -> Option<u32> {
    match content {
        [] => None,
        [first, ..] if first & 0x80 != 0 => None,
        [0, rest @ ..] if rest.len() == 4 => Some(fold(rest)),
        _ if content.len() <= 4 => Some(fold(content)),
        _ => None,
    }
}

fn fold(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
