use aes_gcm::aead::AeadInOut;
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::{Block, BlockCipherEncrypt};
use aes_gcm::{Aes128Gcm, KeyInit};
use hkdf::Hkdf;
use sha2::Sha256;

use super::header::{Long, Version};

/// What Initial packets are protected with: obscurity to monitors, not secrecy (RFC 9001 s5.2).
struct Scheme {
    salt: [u8; 20],
    /// In front of "key", "iv" and "hp".
    prefix: &'static str,
}

const fn scheme(salt: [u8; 20], prefix: &'static str) -> Scheme {
    Scheme { salt, prefix }
}

/// RFC 9001 s5.2, and drafts from 33 on.
const V1: Scheme =
    scheme(*b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a", "quic");
/// RFC 9369 s3.3.1.
const V2: Scheme =
    scheme(*b"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9", "quicv2");
/// draft-ietf-quic-v2-01.
const V2_DRAFT: Scheme =
    scheme(*b"\xa7\x07\xc2\x03\xa5\x9b\x47\x18\x4a\x1d\x62\xca\x57\x04\x06\xea\x7a\xe3\xe5\xd3", "quicv2");
/// draft-ietf-quic-tls-29 s5.2.
const DRAFT_29: Scheme =
    scheme(*b"\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99", "quic");
/// draft-ietf-quic-tls-23 s5.2.
const DRAFT_23: Scheme =
    scheme(*b"\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02", "quic");
/// draft-ietf-quic-tls-21 s5.2.
const DRAFT_21: Scheme =
    scheme(*b"\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x19\x3a\x96\xcd\x21\x51\x9e\xbd\x7a\x02\x64\x4a", "quic");
/// Google's.
const Q050: Scheme =
    scheme(*b"\x50\x45\x74\xef\xd0\x66\xfe\x2f\x9d\x94\x5c\xfc\xdb\xd3\xa7\xf0\xd3\xb5\x6b\x45", "quic");
const T050: Scheme =
    scheme(*b"\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10", "quic");
const T051: Scheme =
    scheme(*b"\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d", "quic");

/// The schemes to try: one if the version says which, else those that are in use.
fn schemes(version: Version) -> &'static [&'static Scheme] {
    match version {
        Version::V1 | Version(0xff00_0021..=0xff00_0022) => &[&V1],
        Version::V2 => &[&V2],
        Version::V2_DRAFT => &[&V2_DRAFT],
        Version::DRAFT_22 | Version::MVFST_22 => &[&DRAFT_21],
        Version(0xff00_0017..=0xff00_001c) => &[&DRAFT_23],
        Version(0xff00_001d..=0xff00_0020) => &[&DRAFT_29],
        Version(0x5130_3530..=0x5130_3539) => &[&Q050],
        Version(0x5430_3530) => &[&T050],
        Version(0x5430_3531..=0x5430_3539) => &[&T051],
        _ => &[&V1, &DRAFT_29, &DRAFT_23, &V2],
    }
}

/// Takes the protection off an Initial packet whose keys come from the client's first
/// destination connection ID `secret` (RFC 9001 s5). `None` unless its tag is right, which is
/// the proof that it is QUIC.
pub(super) fn open(long: &Long<'_>, secret: &[u8], from_client: bool) -> Option<Vec<u8>> {
    schemes(long.version).iter().find_map(|scheme| open_by(scheme, long, secret, from_client))
}

fn open_by(scheme: &Scheme, long: &Long<'_>, secret: &[u8], from_client: bool) -> Option<Vec<u8>> {
    let initial = Hkdf::<Sha256>::new(Some(&scheme.salt), secret);
    let side: [u8; 32] = expand(&initial, "", if from_client { "client in" } else { "server in" })?;
    let side = Hkdf::<Sha256>::from_prk(&side).ok()?;
    let protection: [u8; 16] = expand(&side, scheme.prefix, " hp")?;

    // RFC 9001 s5.4.2: the sample is where the ciphertext would be after a packet number of four
    // bytes.
    let (header, ciphertext) = long.packet.split_at_checked(long.number_at)?;
    let sample = ciphertext.get(4..20)?;
    let mut mask = Block::<Aes128>::try_from(sample).ok()?;
    Aes128::new(&protection.into()).encrypt_block(&mut mask);
    let (flags, number_mask) = mask.split_first()?;
    let mut header = header.to_vec();
    let first = header.first_mut()?;
    *first ^= flags & 0x0f;
    let number_len = usize::from(*first & 3) + 1;
    let (number, ciphertext) = ciphertext.split_at_checked(number_len)?;
    header.extend(number.iter().zip(number_mask).map(|(byte, mask)| byte ^ mask));

    // RFC 9001 s5.3: the nonce is the packet number on the IV. Few Initials come before the
    // ones looked at, so that none of the number's bytes was left out.
    let mut nonce: [u8; 12] = expand(&side, scheme.prefix, " iv")?;
    let numbers = header.iter().rev().take(number_len);
    nonce.iter_mut().rev().zip(numbers).for_each(|(byte, number)| *byte ^= number);
    let key: [u8; 16] = expand(&side, scheme.prefix, " key")?;
    let mut payload = ciphertext.to_vec();
    Aes128Gcm::new(&key.into()).decrypt_in_place(&nonce.into(), &header, &mut payload).ok()?;
    Some(payload)
}

/// HKDF-Expand-Label (RFC 8446 s7.1) without context.
fn expand<const N: usize>(secret: &Hkdf<Sha256>, prefix: &str, label: &str) -> Option<[u8; N]> {
    let (len, label_len) = (u8::try_from(N).ok()?, u8::try_from(6 + prefix.len() + label.len()).ok()?);
    let mut out = [0; N];
    let info = [&[0, len, label_len][..], b"tls13 ", prefix.as_bytes(), label.as_bytes(), &[0]];
    secret.expand_multi_info(&info, &mut out).ok()?;
    Some(out)
}
