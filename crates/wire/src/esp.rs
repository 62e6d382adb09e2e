//! IP encapsulating security payload (RFC 4303). What follows its header is encrypted.

/// Bytes that can be read.
pub const LEN: usize = 8;
/// The port of ESP in UDP (RFC 3948).
pub const PORT: u16 = 4500;
/// The smallest security parameters index that is not reserved (RFC 4303 s2.1).
pub const FIRST_SPI: u32 = 256;

/// The readable part of an ESP header.
#[derive(Clone, Copy, Debug)]
pub struct Esp<'a>(&'a [u8; LEN]);

impl<'a> Esp<'a> {
    /// The header at the start of `bytes`, and the encrypted rest.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Security parameters index; 0 never goes over the wire (RFC 4303 s2.1).
    pub fn spi(&self) -> u32 {
        u32::from_be_bytes([self.0[0], self.0[1], self.0[2], self.0[3]])
    }

    /// Sequence number, low 32 bits.
    pub fn sequence(&self) -> u32 {
        u32::from_be_bytes([self.0[4], self.0[5], self.0[6], self.0[7]])
    }
}
