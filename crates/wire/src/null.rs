//! BSD loopback, LINKTYPE_NULL and LINKTYPE_LOOP.

use crate::ether_type;

/// Bytes of the header.
pub const LEN: usize = 4;

/// A loopback header.
#[derive(Clone, Copy, Debug)]
pub struct Null<'a>(&'a [u8; LEN]);

impl<'a> Null<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Address family of the packet, as the capturing system numbers it.
    ///
    /// The field is in that system's byte order. Families are small numbers, so whichever order
    /// gives one is right.
    pub fn family(&self) -> u32 {
        let big = u32::from_be_bytes(*self.0);
        if big > 0xffff { big.swap_bytes() } else { big }
    }

    /// The EtherType of the IP version; `None` for a family other than IP.
    pub fn ethertype(&self) -> Option<u16> {
        match self.family() {
            2 => Some(ether_type::IPV4),
            // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
            10 | 24 | 28 | 30 => Some(ether_type::IPV6),
            _ => None,
        }
    }
}
