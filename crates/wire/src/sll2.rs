//! Linux cooked capture version 2, LINKTYPE_LINUX_SLL2.

use crate::MacAddr;

/// Bytes of the header.
pub const LEN: usize = 20;

/// A cooked header of version 2. The values of its fields are those of [`crate::sll`].
#[derive(Clone, Copy, Debug)]
pub struct Sll2<'a>(&'a [u8; LEN]);

impl<'a> Sll2<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// EtherType, or one of [`crate::sll::protocol`].
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// Index of the interface on the capturing host.
    pub fn interface_index(&self) -> u32 {
        u32::from_be_bytes([self.0[4], self.0[5], self.0[6], self.0[7]])
    }

    /// ARPHRD_ type of the device.
    pub fn hardware_type(&self) -> u16 {
        u16::from_be_bytes([self.0[8], self.0[9]])
    }

    /// 0 to us, 1 broadcast, 2 multicast, 3 to somebody else, 4 sent by us.
    pub fn packet_type(&self) -> u8 {
        self.0[10]
    }

    /// Bytes of the sender's address; may exceed the eight that are kept.
    pub fn address_len(&self) -> u8 {
        self.0[11]
    }

    /// The sender's address, up to eight bytes of it.
    pub fn address(&self) -> &'a [u8] {
        let kept = &self.0[12..20];
        kept.get(..usize::from(self.address_len())).unwrap_or(kept)
    }

    /// The sender's address, if it is an EUI-48.
    pub fn source(&self) -> Option<MacAddr> {
        self.address().try_into().ok().map(MacAddr)
    }
}
