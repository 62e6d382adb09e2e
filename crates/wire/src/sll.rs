//! Linux cooked capture, LINKTYPE_LINUX_SLL.

use crate::MacAddr;

/// Bytes of the header.
pub const LEN: usize = 16;

/// Values of `protocol` that are no EtherType (linux/if_ether.h).
pub mod protocol {
    /// Novell's 802.3 frames without LLC.
    pub const NOVELL: u16 = 0x0001;
    /// 802.2 LLC follows.
    pub const LLC: u16 = 0x0004;
}

/// Hardware types that say how to read `protocol` or what follows (linux/if_arp.h).
pub mod hardware {
    /// Frame relay: `protocol` means nothing.
    pub const FRAD: u16 = 770;
    /// 802.11 behind a radiotap header: `protocol` means nothing.
    pub const RADIOTAP: u16 = 803;
    /// Netlink: `protocol` is its family.
    pub const NETLINK: u16 = 824;
}

/// A cooked header.
#[derive(Clone, Copy, Debug)]
pub struct Sll<'a>(&'a [u8; LEN]);

impl<'a> Sll<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// 0 to us, 1 broadcast, 2 multicast, 3 to somebody else, 4 sent by us.
    pub fn packet_type(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// ARPHRD_ type of the device.
    pub fn hardware_type(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    /// Bytes of the sender's address; may exceed the eight that are kept.
    pub fn address_len(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// The sender's address, up to eight bytes of it.
    pub fn address(&self) -> &'a [u8] {
        let kept = &self.0[6..14];
        kept.get(..usize::from(self.address_len())).unwrap_or(kept)
    }

    /// The sender's address, if it is an EUI-48.
    pub fn source(&self) -> Option<MacAddr> {
        self.address().try_into().ok().map(MacAddr)
    }

    /// EtherType, or one of [`protocol`].
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.0[14], self.0[15]])
    }
}
