//! GRE, version 0 (RFC 2784, RFC 2890) and version 1 of PPTP (RFC 2637).

/// Bytes of the header without optional fields.
pub const MIN_LEN: usize = 4;

/// Bits of the first two bytes.
pub mod flag {
    /// Checksum present.
    pub const CHECKSUM: u16 = 0x8000;
    /// Routing present (RFC 1701, withdrawn by RFC 2784).
    pub const ROUTING: u16 = 0x4000;
    /// Key present (RFC 2890).
    pub const KEY: u16 = 0x2000;
    /// Sequence number present (RFC 2890).
    pub const SEQUENCE: u16 = 0x1000;
    /// Strict source route, and the first bit of recursion control (RFC 1701): a receiver that
    /// does not know RFC 1701 discards packets with bits 1, 4 or 5 set (RFC 2784 s2.3).
    pub const OLD: u16 = ROUTING | 0x0c00;
    /// Acknowledgement number present (version 1).
    pub const ACK: u16 = 0x0080;
    /// Version.
    pub const VERSION: u16 = 0x0007;
}

/// A GRE header with its optional fields.
#[derive(Clone, Copy, Debug)]
pub struct Gre<'a> {
    fixed: &'a [u8; MIN_LEN],
    checksum: Option<&'a [u8; 4]>,
    key: Option<&'a [u8; 4]>,
    sequence: Option<&'a [u8; 4]>,
    ack: Option<&'a [u8; 4]>,
}

impl<'a> Gre<'a> {
    /// The header at the start of `bytes`, and what follows it.
    ///
    /// `None` also for a header with source routes, whose length RFC 2784 cannot tell.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, mut rest) = bytes.split_first_chunk()?;
        let mut header = Self { fixed, checksum: None, key: None, sequence: None, ack: None };
        if header.flags() & flag::OLD != 0 {
            return None;
        }
        for (bit, field) in [
            (flag::CHECKSUM, &mut header.checksum),
            (flag::KEY, &mut header.key),
            (flag::SEQUENCE, &mut header.sequence),
            (if fixed[1] & 7 == 1 { flag::ACK } else { 0 }, &mut header.ack),
        ] {
            if u16::from_be_bytes([fixed[0], fixed[1]]) & bit != 0 {
                let (value, after) = rest.split_first_chunk()?;
                (*field, rest) = (Some(value), after);
            }
        }
        Some((header, rest))
    }

    /// The first two bytes, see [`flag`].
    pub fn flags(&self) -> u16 {
        u16::from_be_bytes([self.fixed[0], self.fixed[1]])
    }

    /// Version: 0, or 1 for PPTP.
    pub fn version(&self) -> u8 {
        self.fixed[1] & 7
    }

    /// EtherType of what follows.
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Length of the header in bytes.
    pub fn header_len(&self) -> usize {
        let optional = [self.checksum, self.key, self.sequence, self.ack];
        MIN_LEN + 4 * optional.iter().flatten().count()
    }

    /// Checksum over header and payload.
    pub fn checksum(&self) -> Option<u16> {
        self.checksum.map(|&[a, b, ..]| u16::from_be_bytes([a, b]))
    }

    /// Key (version 0).
    pub fn key(&self) -> Option<u32> {
        self.key.filter(|_| self.version() == 0).map(|k| u32::from_be_bytes(*k))
    }

    /// Payload in bytes (version 1, where it stands in the upper half of the key).
    pub fn payload_len(&self) -> Option<u16> {
        self.key.filter(|_| self.version() == 1).map(|&[a, b, ..]| u16::from_be_bytes([a, b]))
    }

    /// The receiver's call id (version 1, the lower half of the key).
    pub fn call_id(&self) -> Option<u16> {
        self.key.filter(|_| self.version() == 1).map(|&[_, _, a, b]| u16::from_be_bytes([a, b]))
    }

    /// Sequence number.
    pub fn sequence(&self) -> Option<u32> {
        self.sequence.map(|s| u32::from_be_bytes(*s))
    }

    /// Highest sequence number received (version 1).
    pub fn ack(&self) -> Option<u32> {
        self.ack.map(|s| u32::from_be_bytes(*s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_fields_in_order() {
        let bytes = [0xb0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9, 0x45];
        let (gre, rest) = Gre::split(&bytes).unwrap();
        assert_eq!((gre.checksum(), gre.key(), gre.sequence()), (Some(0x0102), Some(7), Some(9)));
        assert_eq!((gre.header_len(), rest, gre.ack(), gre.call_id()), (16, &[0x45][..], None, None));
        assert!(Gre::split(&bytes[..15]).is_none());
    }

    #[test]
    fn version_1() {
        let (gre, rest) =
            Gre::split(&[0x30, 0x81, 0x88, 0x0b, 0, 3, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0x21]).unwrap();
        assert_eq!((gre.payload_len(), gre.call_id(), gre.key()), (Some(3), Some(5), None));
        assert_eq!((gre.sequence(), gre.ack(), rest.len()), (Some(1), Some(2), 1));
    }

    #[test]
    fn source_routes_are_refused() {
        assert!(Gre::split(&[0x40, 0, 8, 0, 0, 0, 0, 0]).is_none());
        assert!(Gre::split(&[0x08, 0, 8, 0]).is_none());
    }
}
