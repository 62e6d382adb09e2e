//! UDP (RFC 768).

/// Bytes of the header.
pub const LEN: usize = 8;

/// A UDP header.
#[derive(Clone, Copy, Debug)]
pub struct Udp<'a>(&'a [u8; LEN]);

impl<'a> Udp<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Source port.
    pub fn src_port(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// Destination port.
    pub fn dst_port(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    /// Header and payload in bytes; 0 in a jumbogram (RFC 2675 s4).
    pub fn length(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// Checksum; 0 means none was computed (IPv4 only).
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.0[6], self.0[7]])
    }
}
