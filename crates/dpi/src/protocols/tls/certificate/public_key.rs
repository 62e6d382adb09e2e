use super::super::der::{Der, dotted, tag};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// Keys of one size (RFC 8410, RFC 9881).
const FIXED: &[(&[u8], &str, u32)] = &[
    (&[0x2b, 0x65, 0x70], "Ed25519", 256),
    (&[0x2b, 0x65, 0x71], "Ed448", 456),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17], "ML-DSA-44", 10_496),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18], "ML-DSA-65", 15_616),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19], "ML-DSA-87", 20_736),
];

/// Curves and the size of their field (RFC 5480 s2.1.1.1, RFC 5639 s4.1).
const CURVES: &[(&[u8], &str, u32)] = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], "EC secp192r1", 192),
    (&[0x2b, 0x81, 4, 0, 33], "EC secp224r1", 224),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "EC secp256r1", 256),
    (&[0x2b, 0x81, 4, 0, 10], "EC secp256k1", 256),
    (&[0x2b, 0x81, 4, 0, 34], "EC secp384r1", 384),
    (&[0x2b, 0x81, 4, 0, 35], "EC secp521r1", 521),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "EC brainpoolP256r1", 256),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "EC brainpoolP384r1", 384),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "EC brainpoolP512r1", 512),
    (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d], "EC SM2", 256),
];

/// The algorithm of a SubjectPublicKeyInfo and the size of its key in bits.
pub(super) fn describe(info: &[u8]) -> (Option<Box<str>>, Option<u32>) {
    let mut der = Der::new(info);
    let Some(mut algorithm) = der.sequence() else { return (None, None) };
    let Some(kind) = algorithm.expect(tag::OID) else { return (None, None) };
    // The first byte of a bit string counts unused bits.
    let key = der.expect(tag::BIT_STRING).and_then(|key| key.get(1..)).unwrap_or_default();
    match kind {
        RSA | RSA_PSS => {
            let modulus = Der::new(key).sequence().and_then(|mut numbers| numbers.expect(tag::INTEGER));
            (Some("RSA".into()), modulus.map(bits))
        }
        DSA => {
            let prime = algorithm.sequence().and_then(|mut numbers| numbers.expect(tag::INTEGER));
            (Some("DSA".into()), prime.map(bits))
        }
        EC => match algorithm.expect(tag::OID) {
            Some(curve) => known(CURVES, curve),
            None => (Some("EC".into()), None),
        },
        other => known(FIXED, other),
    }
}

fn known(table: &[(&[u8], &'static str, u32)], kind: &[u8]) -> (Option<Box<str>>, Option<u32>) {
    match table.iter().find(|(known, ..)| *known == kind) {
        Some((_, name, bits)) => (Some((*name).into()), Some(*bits)),
        None => (dotted(kind).map(Into::into), None),
    }
}

/// The size of an unsigned number.
fn bits(number: &[u8]) -> u32 {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let number = number.get(start..).unwrap_or_default();
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    u32::try_from(number.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(leading)
}

/// Signature algorithms by the names of their specifications (RFC 8017, RFC 5758, RFC 8410).
const SIGNATURES: &[(&[u8], &str)] = &[
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], "md2WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "md5WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "sha1WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], "RSASSA-PSS"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], "sha256WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], "sha384WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], "sha512WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14], "sha224WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3], "dsa-with-SHA1"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2], "dsa-with-SHA256"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ecdsa-with-SHA1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], "ecdsa-with-SHA224"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "ecdsa-with-SHA256"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ecdsa-with-SHA384"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "ecdsa-with-SHA512"),
    (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75], "sm2-with-SM3"),
];

pub(super) fn signature_name(kind: &[u8]) -> Box<str> {
    let named = SIGNATURES.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name);
    let by_key = || FIXED.iter().find(|(known, ..)| *known == kind).map(|(_, name, _)| *name);
    named.or_else(by_key).map_or_else(|| dotted(kind).unwrap_or_default().into(), Into::into)
}
