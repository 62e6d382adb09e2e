use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use arrayvec::ArrayVec;

use super::super::der::{Der, dotted, tag};
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

/// Attributes read of a name.
const MOST_ATTRIBUTES: usize = 16;

/// Attributes of a distinguished name that have a short one (RFC 4514 s3), and those usual
/// besides.
const ATTRIBUTES: &[(&[u8], &str)] = &[
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "STREET"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "emailAddress"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
];

#[derive(Default)]
pub(super) struct Name {
    /// As RFC 4514 writes it, the last attribute first.
    pub(super) text: Box<str>,
    pub(super) common_name: Option<Box<str>>,
    pub(super) has_organization: bool,
}

pub(super) fn distinguished_name(bytes: &[u8]) -> Name {
    let mut name = Name::default();
    let mut parts = ArrayVec::<_, MOST_ATTRIBUTES>::new();
    let mut sets = Der::new(bytes);
    while !parts.is_full()
        && let Some(set) = sets.expect(tag::SET)
    {
        let Some(mut attribute) = Der::new(set).sequence() else { break };
        let (Some(kind), Some((value_tag, value))) = (attribute.expect(tag::OID), attribute.any()) else {
            break;
        };
        let value = string(value_tag, value);
        let short = ATTRIBUTES.iter().find(|(known, _)| *known == kind).map(|(_, short)| *short);
        name.has_organization |= short == Some("O");
        parts.push((kind, short, value));
    }
    let mut text = String::with_capacity(128);
    for (kind, short, value) in parts.iter().rev() {
        if !text.is_empty() {
            text.push(',');
        }
        match short {
            Some(short) => text.push_str(short),
            None => text.push_str(&dotted(kind).unwrap_or_default()),
        }
        text.push('=');
        push_escaped(&mut text, value);
    }
    text.truncate(text.floor_char_boundary(TEXT_MAX));
    name.text = text.into();
    let common = parts.into_iter().rev().find(|(_, short, _)| *short == Some("CN"));
    name.common_name = common.map(|(_, _, value)| value.into());
    name
}

/// The names of a subjectAltName (RFC 5280 s4.2.1.6) that hosts and persons have.
pub(in super::super) fn alternative_names(value: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let mut der = Der::new(value).sequence().unwrap_or(Der::new(&[]));
    std::iter::from_fn(move || der.any()).filter_map(|(kind, content)| match kind {
        // rfc822Name, dNSName, uniformResourceIdentifier.
        0x81 | 0x82 | 0x86 => Some(text(content)),
        0x87 => address(content).map(Cow::Owned),
        _ => None,
    })
}

/// Borrowed where it can be: most names are only looked at.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= NAME_MAX => Cow::Borrowed(text),
        _ => Cow::Owned(lossy(bytes, NAME_MAX).into()),
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    let text = match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
        (Ok(v4), _) => Ipv4Addr::from(v4).to_string(),
        (_, Ok(v6)) => Ipv6Addr::from(v6).to_string(),
        _ => return None,
    };
    Some(text)
}

fn string(kind: u8, bytes: &[u8]) -> Cow<'_, str> {
    if kind != tag::BMP_STRING {
        return text(bytes);
    }
    let units = bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).take(NAME_MAX);
    let text: String =
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(lossy(text.as_bytes(), NAME_MAX).into())
}

/// RFC 4514 s2.4.
fn push_escaped(text: &mut String, value: &str) {
    const SPECIAL: [char; 7] = ['"', '+', ',', ';', '<', '>', '\\'];
    for part in value.split_inclusive(SPECIAL) {
        match part.strip_suffix(SPECIAL) {
            Some(plain) => {
                text.push_str(plain);
                text.push('\\');
                text.push_str(part.get(plain.len()..).unwrap_or_default());
            }
            None => text.push_str(part),
        }
    }
}
