//! VXLAN (RFC 7348), its group policy bits, and its generic protocol extension.

/// Bytes of the header.
pub const LEN: usize = 8;
/// The port of VXLAN (IANA). Software sends it GPE headers too.
pub const PORT: u16 = 4789;
/// The port that Linux took before there was one.
pub const PORT_OLD: u16 = 8472;
/// The port of the generic protocol extension (IANA).
pub const PORT_GPE: u16 = 4790;

/// Bits of the first byte.
pub mod flag {
    /// The network identifier is valid.
    pub const VNI: u8 = 0x08;
    /// The group policy id is there (draft-smith-vxlan-group-policy).
    pub const GROUP_POLICY: u8 = 0x80;
    /// GPE: the next protocol field is there.
    pub const NEXT_PROTOCOL: u8 = 0x04;
    /// GPE: operations message, no user packet.
    pub const OAM: u8 = 0x01;
}

/// Next protocols of the generic protocol extension (draft-ietf-nvo3-vxlan-gpe s3.2).
pub mod next {
    #![allow(missing_docs)]
    pub const IPV4: u8 = 1;
    pub const IPV6: u8 = 2;
    pub const ETHERNET: u8 = 3;
    pub const MPLS: u8 = 5;
}

/// A VXLAN header, plain or GPE.
#[derive(Clone, Copy, Debug)]
pub struct Vxlan<'a>(&'a [u8; LEN]);

impl<'a> Vxlan<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// First byte, see [`flag`].
    pub fn flags(&self) -> u8 {
        self.0[0]
    }

    /// Second byte: don't-learn and policy-applied bits of group policy.
    pub fn policy_flags(&self) -> u8 {
        self.0[1]
    }

    /// Group policy id; reserved without [`flag::GROUP_POLICY`].
    pub fn group_policy_id(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    /// GPE: what follows, see [`next`].
    pub fn next_protocol(&self) -> u8 {
        self.0[3]
    }

    /// Network identifier, 24 bits.
    pub fn vni(&self) -> u32 {
        u32::from_be_bytes([0, self.0[4], self.0[5], self.0[6]])
    }

    /// The last byte is reserved.
    pub fn reserved(&self) -> u8 {
        self.0[7]
    }

    /// Every bit that RFC 7348 s5 wants zero is, but for those of group policy.
    ///
    /// A receiver must ignore them; for a watcher that has nothing but a port to go by they are
    /// the evidence.
    pub fn is_plausible(&self) -> bool {
        let group_policy = self.flags() & flag::GROUP_POLICY != 0;
        self.flags() & !flag::GROUP_POLICY == flag::VNI
            && self.reserved() == 0
            && if group_policy { self.policy_flags() & !0x48 == 0 } else { self.0[1..4] == [0; 3] }
    }

    /// The same for GPE: version 0, a next protocol, no operations message.
    pub fn is_plausible_gpe(&self) -> bool {
        self.flags() & !0x02 == flag::VNI | flag::NEXT_PROTOCOL
            && self.0[1..3] == [0; 2]
            && self.reserved() == 0
    }
}
