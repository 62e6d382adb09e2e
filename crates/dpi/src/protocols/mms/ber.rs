//! Tags, lengths and values of ASN.1's basic encoding rules (ITU-T X.690), one-byte tags and two-byte ones.

use crate::reader::Reader;

pub(in super::super) struct Element<'a> {
    /// The tag's bytes as a number: 0xa0, 0xbf48.
    pub(in super::super) tag: u16,
    pub(in super::super) value: &'a [u8],
    /// All of the value is there.
    pub(in super::super) whole: bool,
}

/// The next element; none if its header is not there or has another form. A length without
/// bound (0x80) reaches as far as the bytes do.
pub(in super::super) fn next<'a>(reader: &mut Reader<'a>) -> Option<Element<'a>> {
    let mut ahead = *reader;
    let mut tag = u16::from(ahead.u8()?);
    if tag & 0x1f == 0x1f {
        tag = tag << 8 | u16::from(ahead.u8()?);
    }
    let length = match ahead.u8()? {
        short @ 0..=0x7f => usize::from(short),
        0x80 => ahead.rest().len(),
        0x81 => usize::from(ahead.u8()?),
        0x82 => usize::from(ahead.u16()?),
        0x83 => ahead.u24()?,
        _ => return None,
    };
    let whole = ahead.rest().len() >= length;
    let value = ahead.up_to(length);
    *reader = ahead;
    Some(Element { tag, value, whole })
}

/// An object identifier in the usual notation (X.690 s8.19), at most 16 numbers.
pub(in super::super) fn object_identifier(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut number = 0_u32;
    for byte in bytes.get(..32).unwrap_or(bytes) {
        number = number << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if text.is_empty() {
                let first = (number / 40).min(2);
                text = format!("{first}.{}", number.saturating_sub(first * 40));
            } else {
                text = format!("{text}.{number}");
            }
            number = 0;
        }
    }
    (!text.is_empty()).then_some(text)
}
