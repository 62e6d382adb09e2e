use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

/// Vendor ID and Identification of IKE 1 (RFC 2408 s3.1), Vendor ID of IKE 2 (RFC 7296 s3.2).
pub(super) const VENDOR_1: u8 = 13;
pub(super) const VENDOR_2: u8 = 43;
pub(super) const IDENTITY_1: u8 = 5;

/// Encrypted from here on (RFC 7296 s3.14, RFC 7383 s2.5).
const ENCRYPTED: u8 = 46;
const ENCRYPTED_FRAGMENT: u8 = 53;

/// Kind and content of payloads in a row; each one names the next one's kind.
pub(super) struct Payloads<'a> {
    next: u8,
    reader: Reader<'a>,
}

impl<'a> Payloads<'a> {
    pub(super) fn new(next: u8, bytes: &'a [u8]) -> Self {
        Self { next, reader: Reader::new(bytes) }
    }
}

impl<'a> Iterator for Payloads<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.next, 0 | ENCRYPTED | ENCRYPTED_FRAGMENT) {
            return None;
        }
        let [next, _reserved] = self.reader.array()?;
        let len = usize::from(self.reader.u16()?).checked_sub(4)?;
        let data = self.reader.take(len)?;
        Some((std::mem::replace(&mut self.next, next), data))
    }
}

/// Vendor ids that say who made the peer, or what it can do that matters to an administrator.
/// They are hashes of texts that were never registered, and known by use.
const VENDORS: &[(&[u8], &str)] = &[
    (
        &[0x88, 0x2f, 0xe5, 0x6d, 0x6f, 0xd2, 0x0d, 0xbc, 0x22, 0x51, 0x61, 0x3b, 0x2e, 0xbe, 0x5b, 0xeb],
        "strongSwan",
    ),
    (&[0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9, 0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc], "Cisco Unity"),
    (
        &[0x1e, 0x2b, 0x51, 0x69, 0x05, 0x99, 0x1c, 0x7d, 0x7c, 0x96, 0xfc, 0xbf, 0xb5, 0x87, 0xe4, 0x61],
        "Microsoft",
    ),
    (
        &[0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3],
        "fragmentation",
    ),
    (
        &[0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57],
        "dead peer detection",
    ),
    (&[0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12], "XAUTH"),
    (
        &[0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f],
        "NAT traversal",
    ),
];

/// A vendor's name, or its text if it is one.
pub(super) fn vendor(id: &[u8]) -> Option<Box<str>> {
    let known = VENDORS.iter().find(|(start, _)| id.starts_with(start)).map(|(_, name)| Box::from(*name));
    let text = || {
        let printable = id.len() >= 6 && id.iter().all(|byte| matches!(byte, b' '..=b'~'));
        printable.then(|| lossy(id, NAME_MAX))
    };
    known.or_else(text)
}

/// RFC 2407 s4.6.2: a name or mail address.
pub(super) fn identity(data: &[u8]) -> Option<Box<str>> {
    let mut reader = Reader::new(data);
    let [kind, _protocol, _port @ ..] = reader.array::<4>()?;
    matches!(kind, 2 | 3 | 11).then(|| lossy(reader.rest(), NAME_MAX))
}
