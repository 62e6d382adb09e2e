//! Hashes of what a TLS library offers, by which one is told from another.
//!
//! JA3 and JA3S by Salesforce's description, JA4 for TLS clients by FoxIO's (BSD 3-Clause).

mod ja3;
mod ja4;

pub(crate) use self::ja3::{ja3, ja3s};
pub(crate) use self::ja4::ja4;
use crate::reader::Reader;

/// What carries a hello.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carrier {
    Tcp,
    Quic,
    Dtls,
}

/// What a ClientHello offers: lists as they are on the wire, without their lengths.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Offer<'a> {
    /// The version in front of the random, not that of an extension.
    pub(crate) version: u16,
    /// Two bytes each.
    pub(crate) ciphers: &'a [u8],
    /// Type, length and content of each.
    pub(crate) extensions: &'a [u8],
    /// supported_versions, two bytes each.
    pub(crate) versions: &'a [u8],
    /// supported_groups, two bytes each.
    pub(crate) groups: &'a [u8],
    /// ec_point_formats, one byte each.
    pub(crate) point_formats: &'a [u8],
    /// signature_algorithms, two bytes each.
    pub(crate) signatures: &'a [u8],
    /// The first application protocol.
    pub(crate) alpn: Option<&'a [u8]>,
}

/// Types and contents of extensions; one that is cut is not among them.
#[derive(Clone, Debug)]
pub(crate) struct Extensions<'a>(Reader<'a>);

impl<'a> Extensions<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(Reader::new(bytes))
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.u16()?, self.0.block16()?))
    }
}

/// Values of a list of two-byte ones, those of [`is_grease`] left out.
pub(crate) fn values(list: &[u8]) -> impl Iterator<Item = u16> + Clone {
    list.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).filter(|value| !is_grease(*value))
}

/// RFC 8701 s2: values that stand for nothing, 0x0a0a to 0xfafa.
pub(crate) fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    bytes.iter().for_each(|byte| text.extend_from_slice(&digits(*byte)));
    String::from_utf8(text).unwrap_or_default()
}

/// Two lower-case hexadecimal digits. (Formatting costs more than the hash that comes of it.)
fn digits(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) };
    [digit(byte >> 4), digit(byte & 15)]
}

/// A decimal number.
fn push_decimal(text: &mut Vec<u8>, number: u16) {
    let digits = [number / 10_000, number / 1000 % 10, number / 100 % 10, number / 10 % 10, number % 10];
    let [a, b, c, d, e] = digits.map(|digit| b'0' + u8::try_from(digit).unwrap_or(0));
    match number {
        ..10 => text.push(e),
        10..100 => text.extend_from_slice(&[d, e]),
        100..1000 => text.extend_from_slice(&[c, d, e]),
        1000..10_000 => text.extend_from_slice(&[b, c, d, e]),
        10_000.. => text.extend_from_slice(&[a, b, c, d, e]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grease_has_two_equal_bytes_that_end_in_a() {
        assert!((0..16).all(|i| is_grease(0x0a0a + i * 0x1010)));
        assert_eq!((0..=u16::MAX).filter(|value| is_grease(*value)).count(), 16);
        assert_eq!(values(&[0x1a, 0x1a, 3, 4, 5]).collect::<Vec<_>>(), [0x0304]);
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(hex(&[0, 0x9f, 0xff]), "009fff");
        for number in [0, 9, 10, 771, 65_535] {
            let mut text = Vec::new();
            push_decimal(&mut text, number);
            assert_eq!(text, number.to_string().into_bytes());
        }
    }
}
