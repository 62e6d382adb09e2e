//! Cisco FabricPath: a switch fabric's own Ethernet header in front of the frame it carries.

/// Bytes between the EtherType and the carried frame.
pub const LEN: usize = 2;

/// What follows the EtherType of FabricPath.
#[derive(Clone, Copy, Debug)]
pub struct FabricPath<'a>(&'a [u8; LEN]);

impl<'a> FabricPath<'a> {
    /// The tag at the start of `bytes`, and the frame behind it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Forwarding tag: which tree of the fabric, 10 bits.
    pub fn forwarding_tag(&self) -> u16 {
        u16::from_be_bytes(*self.0) >> 6
    }

    /// Time to live in the fabric.
    pub fn ttl(&self) -> u8 {
        self.0[1] & 0x3f
    }
}
