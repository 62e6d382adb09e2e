use crate::reader::Reader;

/// Tags of ASN.1's types (X.690 s8) that SNMP is made of.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// The next element: its tag and its content, as far as that is there if `cut`.
pub(super) fn element<'a>(reader: &mut Reader<'a>, cut: bool) -> Option<(u8, &'a [u8])> {
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
pub(super) fn content<'a>(reader: &mut Reader<'a>, wanted: u8, cut: bool) -> Option<&'a [u8]> {
    element(reader, cut).filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
}

/// An integer of up to four bytes that is not negative.
pub(super) fn unsigned(content: &[u8]) -> Option<u32> {
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
