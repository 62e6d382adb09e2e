//! Ethernet II and 802.3 (IEEE 802.3 clause 3).

use crate::{MacAddr, ether_type};

/// Bytes of the header, tags not included.
pub const LEN: usize = 14;

/// An Ethernet header.
#[derive(Clone, Copy, Debug)]
pub struct Ethernet<'a>(&'a [u8; LEN]);

impl<'a> Ethernet<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Destination address.
    pub fn destination(&self) -> MacAddr {
        let [a, b, c, d, e, f, ..] = *self.0;
        MacAddr([a, b, c, d, e, f])
    }

    /// Source address.
    pub fn source(&self) -> MacAddr {
        let [_, _, _, _, _, _, a, b, c, d, e, f, ..] = *self.0;
        MacAddr([a, b, c, d, e, f])
    }

    /// The type/length field as it stands on the wire.
    pub fn type_or_length(&self) -> u16 {
        u16::from_be_bytes([self.0[12], self.0[13]])
    }

    /// The 802.3 length, where the field is a length and an LLC header follows.
    pub fn length(&self) -> Option<u16> {
        let n = self.type_or_length();
        (n < ether_type::FIRST).then_some(n)
    }
}
