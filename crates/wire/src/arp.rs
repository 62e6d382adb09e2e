//! ARP and RARP (RFC 826, RFC 903).

use std::net::Ipv4Addr;

use crate::{MacAddr, ether_type};

/// Bytes before the addresses.
pub const MIN_LEN: usize = 8;
/// Hardware type of Ethernet.
pub const ETHERNET: u16 = 1;

/// Operations (IANA arp-parameters registry).
pub mod operation {
    #![allow(missing_docs)]
    pub const REQUEST: u16 = 1;
    pub const REPLY: u16 = 2;
    pub const REVERSE_REQUEST: u16 = 3;
    pub const REVERSE_REPLY: u16 = 4;
}

/// An ARP packet. Address sizes are fields of it, so addresses are slices.
#[derive(Clone, Copy, Debug)]
pub struct Arp<'a> {
    fixed: &'a [u8; MIN_LEN],
    sender_hardware: &'a [u8],
    sender_protocol: &'a [u8],
    target_hardware: &'a [u8],
    target_protocol: &'a [u8],
}

impl<'a> Arp<'a> {
    /// The packet at the start of `bytes`, and what follows it (padding).
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let (hardware, protocol) = (usize::from(fixed[4]), usize::from(fixed[5]));
        let (sender_hardware, rest) = rest.split_at_checked(hardware)?;
        let (sender_protocol, rest) = rest.split_at_checked(protocol)?;
        let (target_hardware, rest) = rest.split_at_checked(hardware)?;
        let (target_protocol, rest) = rest.split_at_checked(protocol)?;
        Some((Self { fixed, sender_hardware, sender_protocol, target_hardware, target_protocol }, rest))
    }

    /// Hardware type; [`ETHERNET`] on every LAN.
    pub fn hardware_type(&self) -> u16 {
        u16::from_be_bytes([self.fixed[0], self.fixed[1]])
    }

    /// EtherType of the protocol whose addresses are asked for.
    pub fn protocol_type(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Bytes of a hardware address.
    pub fn hardware_len(&self) -> u8 {
        self.fixed[4]
    }

    /// Bytes of a protocol address.
    pub fn protocol_len(&self) -> u8 {
        self.fixed[5]
    }

    /// What is asked or answered, see [`operation`].
    pub fn operation(&self) -> u16 {
        u16::from_be_bytes([self.fixed[6], self.fixed[7]])
    }

    /// Hardware address of the sender.
    pub fn sender_hardware(&self) -> &'a [u8] {
        self.sender_hardware
    }

    /// Protocol address of the sender.
    pub fn sender_protocol(&self) -> &'a [u8] {
        self.sender_protocol
    }

    /// Hardware address of the target; means nothing in a request.
    pub fn target_hardware(&self) -> &'a [u8] {
        self.target_hardware
    }

    /// Protocol address of the target.
    pub fn target_protocol(&self) -> &'a [u8] {
        self.target_protocol
    }

    /// Sender, if this is about EUI-48 and IPv4.
    pub fn sender(&self) -> Option<(MacAddr, Ipv4Addr)> {
        self.pair(self.sender_hardware, self.sender_protocol)
    }

    /// Target, if this is about EUI-48 and IPv4.
    pub fn target(&self) -> Option<(MacAddr, Ipv4Addr)> {
        self.pair(self.target_hardware, self.target_protocol)
    }

    fn pair(&self, hardware: &[u8], protocol: &[u8]) -> Option<(MacAddr, Ipv4Addr)> {
        if self.protocol_type() != ether_type::IPV4 {
            return None;
        }
        let protocol: [u8; 4] = protocol.try_into().ok()?;
        Some((MacAddr(hardware.try_into().ok()?), protocol.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_their_lengths() {
        let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1];
        bytes.extend([2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
        bytes.extend([0; 18]);
        let (arp, padding) = Arp::split(&bytes).unwrap();
        assert_eq!(arp.operation(), operation::REQUEST);
        assert_eq!(arp.sender(), Some((MacAddr([2, 0, 0, 0, 0, 1]), [10, 0, 0, 1].into())));
        assert_eq!(arp.target().unwrap().1, Ipv4Addr::from([10, 0, 0, 2]));
        assert_eq!(padding.len(), 18);
        bytes[5] = 200;
        assert!(Arp::split(&bytes).is_none());
    }
}
