use md5::{Digest, Md5};

use super::{Extensions, Offer, hex, is_grease, push_decimal, values};

/// JA3: MD5 of version, ciphers, extensions, groups and point formats, all decimal.
pub(crate) fn ja3(offer: &Offer<'_>) -> Box<str> {
    let mut text = Vec::with_capacity(512);
    push_decimal(&mut text, offer.version);
    list(&mut text, values(offer.ciphers));
    list(&mut text, extensions(offer.extensions).filter(|kind| !is_grease(*kind)));
    list(&mut text, values(offer.groups));
    list(&mut text, offer.point_formats.iter().map(|format| u16::from(*format)));
    digest(&text)
}

/// JA3S: MD5 of version, cipher and extensions of the answer.
pub(crate) fn ja3s(version: u16, cipher: u16, extension_block: &[u8]) -> Box<str> {
    let mut text = Vec::with_capacity(128);
    push_decimal(&mut text, version);
    text.push(b',');
    push_decimal(&mut text, cipher);
    list(&mut text, extensions(extension_block));
    digest(&text)
}

fn extensions(block: &[u8]) -> impl Iterator<Item = u16> {
    Extensions::new(block).map(|(kind, _)| kind)
}

/// A comma, and the numbers with hyphens between them.
fn list(text: &mut Vec<u8>, numbers: impl Iterator<Item = u16>) {
    text.push(b',');
    for (place, number) in numbers.enumerate() {
        if place > 0 {
            text.push(b'-');
        }
        push_decimal(text, number);
    }
}

fn digest(text: &[u8]) -> Box<str> {
    hex(&Md5::digest(text)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_decimal_and_without_grease() {
        let mut text = b"771".to_vec();
        list(&mut text, values(&[0x2a, 0x2a, 0x13, 1, 0, 10]));
        list(&mut text, [].into_iter());
        assert_eq!(text, b"771,4865-10,");
    }

    /// The example in the description: 769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0.
    #[test]
    fn the_published_examples() {
        let ciphers: Vec<u8> = [47u16, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4]
            .into_iter()
            .flat_map(u16::to_be_bytes)
            .collect();
        let offer = Offer {
            version: 769,
            ciphers: &ciphers,
            extensions: &[0, 0, 0, 0, 0, 10, 0, 0, 0, 11, 0, 0],
            groups: &[0, 23, 0, 24, 0, 25],
            point_formats: &[0],
            ..Offer::default()
        };
        assert_eq!(&*ja3(&offer), "ada70206e40642a3e4461f35503241d5");
        let without_extensions: Vec<u8> =
            [4u16, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99].into_iter().flat_map(u16::to_be_bytes).collect();
        let offer = Offer { version: 769, ciphers: &without_extensions, ..Offer::default() };
        assert_eq!(&*ja3(&offer), "de350869b8c85de67a350c8d186f11e6");
    }
}
