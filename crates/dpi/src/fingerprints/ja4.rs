use sha2::{Digest, Sha256};

use super::{Carrier, Extensions, Offer, digits, hex, is_grease, values};

const SERVER_NAME: u16 = 0;
const ALPN: u16 = 16;

/// Instead of the hash of nothing.
const NOTHING: &str = "000000000000";

/// JA4: carrier, version, counts and protocol in clear, then hashes of the sorted ciphers and of
/// the sorted extensions with the signature algorithms in their own order.
pub(crate) fn ja4(offer: &Offer<'_>, carrier: Carrier) -> Box<str> {
    // A filtered list does not know how long it will be, and would grow step by step.
    let mut ciphers = Vec::with_capacity(offer.ciphers.len() / 2);
    ciphers.extend(values(offer.ciphers));
    let mut extensions = Vec::with_capacity(32);
    extensions
        .extend(Extensions::new(offer.extensions).map(|(kind, _)| kind).filter(|kind| !is_grease(*kind)));
    let carried = match carrier {
        Carrier::Tcp => 't',
        Carrier::Quic => 'q',
        Carrier::Dtls => 'd',
    };
    let named = if extensions.contains(&SERVER_NAME) { 'd' } else { 'i' };
    let [first, last] = ends(offer.alpn);
    let mut text = String::with_capacity(36);
    text.push(carried);
    text.push_str(version(offer, carrier));
    text.push(named);
    for count in [ciphers.len(), extensions.len()] {
        let count = u32::try_from(count.min(99)).unwrap_or(99);
        text.extend([count / 10, count % 10].into_iter().filter_map(|digit| char::from_digit(digit, 10)));
    }
    text.extend([first, last, '_']);
    ciphers.sort_unstable();
    extensions.retain(|kind| ![SERVER_NAME, ALPN].contains(kind));
    extensions.sort_unstable();
    let mut kinds = Vec::with_capacity(256);
    list(&mut kinds, ciphers.into_iter());
    text.push_str(&digest(&kinds));
    text.push('_');
    kinds.clear();
    list(&mut kinds, extensions.into_iter());
    let mut signatures = values(offer.signatures).peekable();
    if !kinds.is_empty() && signatures.peek().is_some() {
        kinds.push(b'_');
        list(&mut kinds, signatures);
    }
    text.push_str(&digest(&kinds));
    text.into()
}

/// The highest version offered, by the extension if it is there.
fn version(offer: &Offer<'_>, carrier: Carrier) -> &'static str {
    let offered = values(offer.versions);
    // DTLS counts down (RFC 6347 s4.1).
    let highest = match carrier {
        Carrier::Dtls => offered.filter(|version| version >> 8 == 0xfe).min(),
        Carrier::Tcp | Carrier::Quic => offered.max(),
    };
    match highest.unwrap_or(offer.version) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    }
}

/// The first and last character of a protocol's name, or of its hexadecimal digits if either is
/// neither letter nor digit.
fn ends(alpn: Option<&[u8]>) -> [char; 2] {
    let Some((first, last)) = alpn.and_then(|name| Some((*name.first()?, *name.last()?))) else {
        return ['0'; 2];
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first, last].map(char::from);
    }
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    [digit(first >> 4), digit(last & 15)]
}

/// Four hexadecimal digits each, with commas between them.
fn list(text: &mut Vec<u8>, numbers: impl Iterator<Item = u16>) {
    for (place, number) in numbers.enumerate() {
        if place > 0 {
            text.push(b',');
        }
        let [[a, b], [c, d]] = number.to_be_bytes().map(digits);
        text.extend_from_slice(&[a, b, c, d]);
    }
}

fn digest(text: &[u8]) -> String {
    match text {
        [] => NOTHING.to_owned(),
        text => Sha256::digest(text).first_chunk::<6>().map_or_else(String::new, |start| hex(start)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(numbers: &[u16]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// The example in the description, of a browser.
    #[test]
    fn the_published_example() {
        let ciphers = bytes(&[
            0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
            0x009d, 0x002f, 0x0035, 0x3a3a,
        ]);
        let kinds = [
            0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b,
            0xff01, 0x000b, 0x000a, 0x0015,
        ];
        let extensions: Vec<u8> = kinds.iter().flat_map(|kind| bytes(&[*kind, 0])).collect();
        let offer = Offer {
            version: 0x0303,
            versions: &bytes(&[0x1a1a, 0x0304, 0x0303]),
            ciphers: &ciphers,
            extensions: &extensions,
            signatures: &bytes(&[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]),
            alpn: Some(b"h2"),
            ..Offer::default()
        };
        assert_eq!(&*ja4(&offer, Carrier::Tcp), "t13d1516h2_8daaf6152771_e5627efa2ab1");
        assert!(ja4(&offer, Carrier::Quic).starts_with("q13d1516h2_8daaf6152771"));
    }

    #[test]
    fn nothing_has_zeros_for_hashes() {
        let offer = Offer { version: 0xfefd, ..Offer::default() };
        assert_eq!(&*ja4(&offer, Carrier::Dtls), "dd2i000000_000000000000_000000000000");
    }

    #[test]
    fn protocols_by_their_ends() {
        assert_eq!(ends(Some(b"h2")), ['h', '2']);
        assert_eq!(ends(Some(b"http/1.1")), ['h', '1']);
        assert_eq!(ends(Some(b"x")), ['x', 'x']);
        assert_eq!(ends(Some(&[0xab])), ['a', 'b']);
        assert_eq!(ends(Some(&[0x30, 0x31, 0xab, 0xcd])), ['3', 'd']);
        assert_eq!(ends(None), ['0', '0']);
    }
}
