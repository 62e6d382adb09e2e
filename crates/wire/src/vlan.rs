//! 802.1Q, 802.1ad and the older 0x9100 tags (IEEE 802.1Q-2022 clause 9).

use crate::ether_type;

/// Bytes a tag takes: control information and the next EtherType.
pub const LEN: usize = 4;

/// The EtherType announces a VLAN tag.
pub const fn is_tag(ethertype: u16) -> bool {
    matches!(ethertype, ether_type::VLAN | ether_type::QINQ | ether_type::QINQ_OLD)
}

/// What follows a tag protocol identifier.
#[derive(Clone, Copy, Debug)]
pub struct Vlan<'a>(&'a [u8; LEN]);

impl<'a> Vlan<'a> {
    /// The tag at the start of `bytes`, which begin behind the tag protocol identifier.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Tag control information as it stands on the wire.
    pub fn tci(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// Priority code point, 0 to 7.
    pub fn priority(&self) -> u8 {
        self.0[0] >> 5
    }

    /// Drop eligible indicator (formerly the canonical format indicator).
    pub fn drop_eligible(&self) -> bool {
        self.0[0] & 0x10 != 0
    }

    /// VLAN id, 0 to 4095; 0 is a priority tag.
    pub fn id(&self) -> u16 {
        self.tci() & 0x0fff
    }

    /// What comes next.
    pub fn ethertype(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }
}
