//! UDP-Lite (RFC 3828).

/// Bytes of the header.
pub const LEN: usize = 8;

/// A UDP-Lite header.
#[derive(Clone, Copy, Debug)]
pub struct UdpLite<'a>(&'a [u8; LEN]);

impl<'a> UdpLite<'a> {
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

    /// Bytes that the checksum covers, header included; 0 means all (RFC 3828 s3.1).
    pub fn checksum_coverage(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// Checksum.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.0[6], self.0[7]])
    }
}
