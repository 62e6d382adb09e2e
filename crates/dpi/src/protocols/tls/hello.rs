use crate::fingerprints::{Extensions, Offer, is_grease, values};
use crate::reader::Reader;

/// IANA's registry of TLS extensions: those looked at.
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const SUPPORTED_GROUPS: u16 = 10;
    pub(super) const EC_POINT_FORMATS: u16 = 11;
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(super) const ALPN: u16 = 16;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
    pub(super) const KEY_SHARE: u16 = 51;
    /// RFC 9849.
    pub(super) const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
}

const TLS_1_3: u16 = 0x0304;
const RANDOM_LEN: usize = 32;

/// What of a ClientHello (RFC 8446 s4.1.2) is used.
#[derive(Debug)]
pub(super) struct ClientHello<'a> {
    /// The highest version offered.
    pub(super) version: u16,
    pub(super) server_name: Option<&'a [u8]>,
    pub(super) ech: bool,
    pub(super) offer: Offer<'a>,
    /// It is there to its end, so that fingerprints can be taken of it.
    pub(super) whole: bool,
}

impl<'a> ClientHello<'a> {
    /// `None` if it ends before its extensions; of those that are cut, what is there counts.
    /// DTLS has a cookie more (RFC 6347 s4.2.1).
    pub(super) fn parse(body: &'a [u8], with_cookie: bool) -> Option<Self> {
        let mut reader = Reader::new(body);
        let version = reader.u16()?;
        reader.take(RANDOM_LEN)?;
        let _session = reader.block8()?;
        let _cookie = if with_cookie { reader.block8()? } else { &[] };
        let ciphers = reader.block16()?;
        let _compression = reader.block8()?;
        let (extensions, whole) = extension_block(&mut reader);
        let offer = Offer { version, ciphers, extensions, ..Offer::default() };
        let mut hello = Self { version, server_name: None, ech: false, offer, whole };
        for (kind, data) in Extensions::new(extensions) {
            let mut data = Reader::new(data);
            let offer = &mut hello.offer;
            match kind {
                extension::SERVER_NAME => hello.server_name = server_name(data),
                extension::SUPPORTED_GROUPS => offer.groups = data.block16().unwrap_or_default(),
                extension::EC_POINT_FORMATS => offer.point_formats = data.block8().unwrap_or_default(),
                extension::SIGNATURE_ALGORITHMS => offer.signatures = data.block16().unwrap_or_default(),
                extension::ALPN => offer.alpn = alpn(data),
                extension::SUPPORTED_VERSIONS => {
                    offer.versions = data.block8().unwrap_or_default();
                    hello.version = highest(offer.versions).unwrap_or(version);
                }
                extension::ENCRYPTED_CLIENT_HELLO => hello.ech = true,
                _ => {}
            }
        }
        Some(hello)
    }
}

/// What of a ServerHello, or of a HelloRetryRequest, which has its form (RFC 8446 s4.1.3), is used.
#[derive(Debug)]
pub(super) struct ServerHello<'a> {
    pub(super) version: u16,
    /// The version in front of the random.
    pub(super) legacy_version: u16,
    pub(super) cipher: u16,
    /// TLS 1.3 only; before, the key exchange message names it.
    pub(super) group: Option<u16>,
    /// Before TLS 1.3; there it is encrypted.
    pub(super) alpn: Option<&'a [u8]>,
    pub(super) extensions: &'a [u8],
    /// It is there to its end.
    pub(super) whole: bool,
}

impl<'a> ServerHello<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let version = reader.u16()?;
        reader.take(RANDOM_LEN)?;
        let _session = reader.block8()?;
        let cipher = reader.u16()?;
        let _compression = reader.u8()?;
        let (extensions, whole) = extension_block(&mut reader);
        let mut hello =
            Self { version, legacy_version: version, cipher, group: None, alpn: None, extensions, whole };
        for (kind, data) in Extensions::new(extensions) {
            let mut data = Reader::new(data);
            match kind {
                extension::SUPPORTED_VERSIONS => hello.version = data.u16().unwrap_or(version),
                extension::KEY_SHARE => hello.group = data.u16(),
                extension::ALPN => hello.alpn = alpn(data),
                _ => {}
            }
        }
        Some(hello)
    }
}

/// The extensions at the end of a hello, and whether they are all there; SSL 3.0's have none.
fn extension_block<'a>(reader: &mut Reader<'a>) -> (&'a [u8], bool) {
    if reader.is_empty() {
        return (&[], true);
    }
    let len = reader.u16().map_or(0, usize::from);
    let block = reader.up_to(len);
    (block, block.len() == len)
}

/// RFC 6066 s3: a list of typed names, type 0 being a host's.
fn server_name(mut data: Reader<'_>) -> Option<&[u8]> {
    let mut names = Reader::new(data.block16()?);
    loop {
        let (kind, name) = (names.u8()?, names.block16()?);
        if kind == 0 {
            return Some(name);
        }
    }
}

/// RFC 7301 s3.1: the first name of a list.
fn alpn(mut data: Reader<'_>) -> Option<&[u8]> {
    let mut names = Reader::new(data.block16()?);
    loop {
        let name = names.block8()?;
        let grease = matches!(name, &[a, b] if is_grease(u16::from_be_bytes([a, b])));
        if !grease {
            return Some(name);
        }
    }
}

/// RFC 8446 s4.2.1. A draft's number (0x7fXX) counts only if nothing final is offered. DTLS counts
/// down from 0xfeff.
fn highest(versions: &[u8]) -> Option<u16> {
    values(versions)
        .filter(|version| *version <= TLS_1_3)
        .max()
        .or_else(|| values(versions).filter(|version| version >> 8 == 0xfe).min())
        .or_else(|| values(versions).next())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Written by OpenSSL 3: SNI www.example.org, ALPN h2 and http/1.1, TLS 1.2 and 1.3.
    pub(crate) const CLIENT_HELLO: &[u8] = include_bytes!("../../../tests/data/client_hello.bin");
    /// Its answer: TLS 1.3, TLS_AES_256_GCM_SHA384, X25519; encrypted records follow.
    pub(crate) const SERVER_HELLO: &[u8] = include_bytes!("../../../tests/data/server_hello.bin");

    const RECORD_AND_HANDSHAKE: usize = 9;

    /// The hello with one more extension at its end.
    pub(crate) fn client_hello_with(kind: u16, len: usize) -> Vec<u8> {
        let mut hello = CLIENT_HELLO.to_vec();
        hello.extend(kind.to_be_bytes());
        hello.extend((len as u16).to_be_bytes());
        hello.extend(vec![0; len]);
        let more = len + 4;
        let mut reader = Reader::new(&CLIENT_HELLO[RECORD_AND_HANDSHAKE + 2 + RANDOM_LEN..]);
        let _ = (reader.block8(), reader.block16(), reader.block8());
        let extensions = CLIENT_HELLO.len() - reader.rest().len();
        for at in [3, 7, extensions] {
            let len = u16::from_be_bytes([hello[at], hello[at + 1]]) + more as u16;
            hello[at..at + 2].copy_from_slice(&len.to_be_bytes());
        }
        hello
    }

    /// As long as post-quantum key shares make it: `len` bytes.
    pub(crate) fn long_client_hello(len: usize) -> Vec<u8> {
        client_hello_with(0x0a0a, len - CLIENT_HELLO.len() - 4)
    }

    #[test]
    fn grease_is_passed_over() {
        assert_eq!(highest(&[0x3a, 0x3a, 3, 3, 3, 4, 3, 1]), Some(TLS_1_3));
        assert_eq!(highest(&[0x1a, 0x1a, 0x7f, 0x17]), Some(0x7f17));
        assert_eq!(highest(&[0xfa, 0xfa]), None);
        assert_eq!(alpn(Reader::new(b"\0\x06\x02\x2a\x2a\x02h2")), Some(&b"h2"[..]));
    }

    #[test]
    fn names_are_picked_from_their_list() {
        assert_eq!(server_name(Reader::new(b"\0\x0a\x07\0\x01x\0\0\x03a.b")), Some(&b"a.b"[..]));
        assert_eq!(server_name(Reader::new(b"\0\x04\x07\0\x01x")), None);
        assert_eq!(server_name(Reader::new(b"\0\x06\0\0\x09a.b")), None);
    }

    #[test]
    fn old_hellos_have_no_extensions() {
        let body = [&[3, 0][..], &[7; 32], &[0, 0, 2, 0, 10, 1, 0]].concat();
        let hello = ClientHello::parse(&body, false).unwrap();
        assert_eq!((hello.version, hello.server_name), (0x0300, None));
        let body = [&[3, 1][..], &[7; 32], &[0, 0, 10, 0]].concat();
        let hello = ServerHello::parse(&body).unwrap();
        assert_eq!((hello.version, hello.cipher, hello.group), (0x0301, 10, None));
        assert!(ClientHello::parse(&body[..20], false).is_none());
    }
}
