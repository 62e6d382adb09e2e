//! X.509 certificates (RFC 5280) as far as an administrator reads them.

mod name;
mod public_key;

use sha1::{Digest, Sha1};
use sha2::Sha256;

pub(super) use self::name::alternative_names;
use self::name::distinguished_name;
use super::der::{Der, tag, time};
use crate::facts::Certificate;
use crate::fingerprints::hex;

/// Longest serial number shown, in bytes: RFC 5280 s4.1.2.2 allows 20.
const SERIAL_MAX: usize = 32;

/// Alternative names kept.
const MOST_NAMES: usize = 16;

/// Explicit tags of the version and of the extensions.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// id-ce-basicConstraints and id-ce-subjectAltName.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];

/// A certificate and what only the checks need of it.
pub(super) struct Parsed<'a> {
    pub(super) certificate: Certificate,
    /// The last common name of the subject.
    pub(super) common_name: Option<Box<str>>,
    /// The subjectAltName extension, of which the certificate keeps the first names only.
    pub(super) alternatives: &'a [u8],
    pub(super) is_ca: bool,
    /// The issuer gives its organisation, as public ones must.
    pub(super) issuer_has_organization: bool,
}

/// Reads a certificate; of one that is cut off, what is there. `None` if not even an issuer is.
pub(super) fn parse(bytes: &[u8], whole: bool) -> Option<Parsed<'_>> {
    let mut outer = Der::new(Der::new(bytes).expect_cut(tag::SEQUENCE)?);
    let mut der = Der::new(outer.expect_cut(tag::SEQUENCE)?);
    let _version = der.expect(VERSION);
    let serial = der.expect(tag::INTEGER)?;
    let signature = der.sequence()?.expect(tag::OID)?;
    let issuer = der.expect(tag::SEQUENCE)?;
    let issuer_name = distinguished_name(issuer);
    let mut parsed = Parsed {
        certificate: Certificate {
            issuer: issuer_name.text,
            serial: hex(serial.get(..SERIAL_MAX).unwrap_or(serial)).into(),
            signature: public_key::signature_name(signature),
            ..Certificate::default()
        },
        common_name: None,
        alternatives: &[],
        is_ca: false,
        issuer_has_organization: issuer_name.has_organization,
    };
    let certificate = &mut parsed.certificate;
    if whole {
        certificate.sha1 = Some(hex(&Sha1::digest(bytes)).into());
        certificate.sha256 = Some(hex(&Sha256::digest(bytes)).into());
    }
    rest(&mut der, issuer, &mut parsed);
    Some(parsed)
}

/// What comes after the issuer, up to where it is cut.
fn rest<'a>(der: &mut Der<'a>, issuer: &[u8], parsed: &mut Parsed<'a>) -> Option<()> {
    let certificate = &mut parsed.certificate;
    let mut validity = der.sequence()?;
    for end in [&mut certificate.not_before, &mut certificate.not_after] {
        *end = validity.any().and_then(|(tag, text)| time(tag, text));
    }
    let subject = der.expect(tag::SEQUENCE)?;
    let subject_name = distinguished_name(subject);
    certificate.subject = subject_name.text;
    certificate.self_signed = subject == issuer && !subject.is_empty();
    parsed.common_name = subject_name.common_name;
    (certificate.key, certificate.key_bits) = public_key::describe(der.expect(tag::SEQUENCE)?);
    while let Some((kind, _)) = Der::new(der.rest()).any()
        && kind != EXTENSIONS
    {
        der.any();
    }
    let mut extensions = Der::new(Der::new(der.expect_cut(EXTENSIONS)?).expect_cut(tag::SEQUENCE)?);
    while let Some(mut extension) = extensions.sequence() {
        let kind = extension.expect(tag::OID)?;
        let _critical = extension.expect(tag::BOOLEAN);
        let value = extension.expect(tag::OCTET_STRING)?;
        match kind {
            SUBJECT_ALT_NAME => {
                parsed.alternatives = value;
                certificate.san = alternative_names(value).take(MOST_NAMES).map(Box::from).collect();
            }
            BASIC_CONSTRAINTS => {
                let ca = Der::new(value).sequence().and_then(|mut inner| inner.expect(tag::BOOLEAN));
                parsed.is_ca = ca.is_some_and(|ca| ca != [0]);
            }
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Made with OpenSSL: P-256, three names, self-signed, 2025-01-01 to 2025-12-31.
    pub(crate) const CERTIFICATE: &[u8] = include_bytes!("../../../tests/data/certificate.der");

    #[test]
    fn a_certificate() {
        let parsed = parse(CERTIFICATE, true).unwrap();
        let certificate = &parsed.certificate;
        assert_eq!(&*certificate.subject, "CN=www.example.org,O=Example\\, Inc.,C=DE");
        assert_eq!(certificate.subject, certificate.issuer);
        assert!(certificate.self_signed && parsed.is_ca && parsed.issuer_has_organization);
        assert_eq!(
            certificate.san[..],
            ["www.example.org".into(), "*.example.net".into(), "192.0.2.7".into()]
        );
        assert_eq!((certificate.key.as_deref(), certificate.key_bits), (Some("EC secp256r1"), Some(256)));
        assert_eq!(&*certificate.signature, "ecdsa-with-SHA256");
        assert_eq!(
            (certificate.not_before, certificate.not_after),
            (Some(1_735_689_600), Some(1_767_139_200))
        );
        assert_eq!(&*certificate.serial, "1234567890abcdef");
        assert_eq!(parsed.common_name.as_deref(), Some("www.example.org"));
        assert_eq!(certificate.sha256.as_deref().map(str::len), Some(64));
    }

    #[test]
    fn one_that_is_cut_gives_what_is_there() {
        let parsed = parse(&CERTIFICATE[..220], false).unwrap();
        assert_eq!(&*parsed.certificate.subject, "CN=www.example.org,O=Example\\, Inc.,C=DE");
        assert_eq!(parsed.certificate.sha256, None);
        for len in 0..CERTIFICATE.len() {
            parse(&CERTIFICATE[..len], false);
        }
    }
}
