//! ICMP for IPv4 (RFC 792), with extensions (RFC 4884).

use std::net::Ipv4Addr;

/// Bytes of the header, the four that depend on the type included.
pub const LEN: usize = 8;

/// Message types (IANA icmp-parameters registry).
pub mod kind {
    #![allow(missing_docs)]
    pub const ECHO_REPLY: u8 = 0;
    pub const UNREACHABLE: u8 = 3;
    pub const SOURCE_QUENCH: u8 = 4;
    pub const REDIRECT: u8 = 5;
    pub const ECHO_REQUEST: u8 = 8;
    pub const ROUTER_ADVERTISEMENT: u8 = 9;
    pub const ROUTER_SOLICITATION: u8 = 10;
    pub const TIME_EXCEEDED: u8 = 11;
    pub const PARAMETER_PROBLEM: u8 = 12;
    pub const TIMESTAMP_REQUEST: u8 = 13;
    pub const TIMESTAMP_REPLY: u8 = 14;
    pub const INFORMATION_REQUEST: u8 = 15;
    pub const INFORMATION_REPLY: u8 = 16;
    pub const ADDRESS_MASK_REQUEST: u8 = 17;
    pub const ADDRESS_MASK_REPLY: u8 = 18;
}

/// The code of [`kind::UNREACHABLE`] that asks for smaller packets.
pub const CODE_FRAGMENTATION_NEEDED: u8 = 4;

/// Type and code of a message that may be cut behind them; ICMPv6 has them alike.
pub fn type_and_code(bytes: &[u8]) -> Option<(u8, u8)> {
    bytes.first_chunk().map(|&[kind, code]| (kind, code))
}

/// An ICMP message.
#[derive(Clone, Copy, Debug)]
pub struct Icmp<'a> {
    fixed: &'a [u8; LEN],
    body: &'a [u8],
}

impl<'a> Icmp<'a> {
    /// The message that `bytes` are: it ends where the IP packet does.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        bytes.split_first_chunk().map(|(fixed, body)| Self { fixed, body })
    }

    /// Type, see [`kind`].
    pub fn kind(&self) -> u8 {
        self.fixed[0]
    }

    /// Code within the type.
    pub fn code(&self) -> u8 {
        self.fixed[1]
    }

    /// Checksum.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// The rest of the header; what it means depends on the type.
    pub fn rest_of_header(&self) -> [u8; 4] {
        let [_, _, _, _, a, b, c, d] = *self.fixed;
        [a, b, c, d]
    }

    /// What follows the header.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Identifier and sequence number, where the type has such (echo, timestamp, information,
    /// address mask).
    pub fn echo(&self) -> Option<(u16, u16)> {
        let [a, b, c, d] = self.rest_of_header();
        matches!(self.kind(), 0 | 8 | 13..=18)
            .then(|| (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    /// Whom a redirect names as the better router.
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        (self.kind() == kind::REDIRECT).then(|| self.rest_of_header().into())
    }

    /// MTU of the next hop in bytes, of "fragmentation needed" (RFC 1191 s4); 0 from old routers.
    pub fn next_hop_mtu(&self) -> Option<u16> {
        let [_, _, c, d] = self.rest_of_header();
        ((self.kind(), self.code()) == (kind::UNREACHABLE, CODE_FRAGMENTATION_NEEDED))
            .then(|| u16::from_be_bytes([c, d]))
    }

    /// Which byte of the quoted packet is wrong, of a parameter problem.
    pub fn pointer(&self) -> Option<u8> {
        (self.kind() == kind::PARAMETER_PROBLEM).then(|| self.fixed[4])
    }

    /// Originate, receive and transmit time in milliseconds since midnight UTC, of a timestamp
    /// message.
    pub fn timestamps_ms(&self) -> Option<[u32; 3]> {
        let times = self.body.as_chunks().0.first_chunk::<3>()?;
        matches!(self.kind(), 13 | 14).then(|| times.map(u32::from_be_bytes))
    }

    /// Address mask (RFC 950).
    pub fn address_mask(&self) -> Option<Ipv4Addr> {
        let mask = self.body.first_chunk::<4>()?;
        matches!(self.kind(), 17 | 18).then(|| Ipv4Addr::from(*mask))
    }

    /// Lifetime in seconds of a router advertisement (RFC 1256 s3).
    pub fn router_lifetime_s(&self) -> Option<u16> {
        let [_, _, c, d] = self.rest_of_header();
        (self.kind() == kind::ROUTER_ADVERTISEMENT).then(|| u16::from_be_bytes([c, d]))
    }

    /// Addresses and preference levels of a router advertisement (RFC 1256 s3).
    pub fn routers(&self) -> impl Iterator<Item = (Ipv4Addr, i32)> + use<'a> {
        let entries = if self.kind() == kind::ROUTER_ADVERTISEMENT { usize::from(self.fixed[4]) } else { 0 };
        self.body
            .as_chunks()
            .0
            .iter()
            .take(entries)
            .map(|&[a, b, c, d, e, f, g, h]| (Ipv4Addr::new(a, b, c, d), i32::from_be_bytes([e, f, g, h])))
    }

    /// This is an error message: it quotes the packet that caused it.
    pub fn is_error(&self) -> bool {
        matches!(self.kind(), 3 | 4 | 5 | 11 | 12)
    }

    /// The packet that an error message quotes, from its IP header on; usually cut.
    ///
    /// RFC 4884 s4: a length in 32-bit words, if not 0, says where the quote ends and extensions
    /// begin.
    pub fn quoted(&self) -> Option<&'a [u8]> {
        self.is_error().then(|| self.body.get(..self.quoted_len()).unwrap_or(self.body))
    }

    /// Extension objects of an error message (RFC 4884 s7): class, type and data.
    pub fn extensions(&self) -> impl Iterator<Item = (u8, u8, &'a [u8])> + use<'a> {
        let structure = self.body.get(self.quoted_len()..).unwrap_or_default();
        extensions(structure)
    }

    fn quoted_len(&self) -> usize {
        let words = usize::from(self.fixed[5]);
        let has_length =
            matches!(self.kind(), kind::UNREACHABLE | kind::TIME_EXCEEDED | kind::PARAMETER_PROBLEM);
        if has_length && words > 0 { words * 4 } else { self.body.len() }
    }
}

/// The objects of an extension structure of version 2 (RFC 4884 s7, s7.1).
pub(crate) fn extensions(structure: &[u8]) -> impl Iterator<Item = (u8, u8, &[u8])> {
    let mut rest = match structure {
        [version, _, _, _, objects @ ..] if version >> 4 == 2 => objects,
        _ => &[],
    };
    std::iter::from_fn(move || {
        let (&[l0, l1, class, kind], after) = rest.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes([l0, l1])).checked_sub(4)?;
        let (data, after) = after.split_at_checked(len)?;
        rest = after;
        Some((class, kind, data))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_quote_and_extend() {
        let mut bytes = vec![11, 0, 0, 0, 0, 2, 0, 0];
        bytes.extend([0x45; 8]);
        bytes.extend([0x20, 0, 0, 0, 0, 8, 1, 1, 9, 9, 9, 9]);
        let icmp = Icmp::parse(&bytes).unwrap();
        assert_eq!(icmp.quoted(), Some(&[0x45; 8][..]));
        assert_eq!(icmp.extensions().collect::<Vec<_>>(), [(1, 1, &[9; 4][..])]);
        bytes[5] = 0;
        let icmp = Icmp::parse(&bytes).unwrap();
        assert_eq!((icmp.quoted().unwrap().len(), icmp.extensions().count()), (20, 0));
    }

    #[test]
    fn rest_of_header_by_type() {
        let of = |kind, code| Icmp::parse(Box::leak(Box::new([kind, code, 0, 0, 1, 2, 5, 220]))).unwrap();
        assert_eq!(of(8, 0).echo(), Some((0x0102, 0x05dc)));
        assert_eq!(of(3, 4).next_hop_mtu(), Some(1500));
        assert_eq!(of(3, 3).next_hop_mtu(), None);
        assert_eq!(of(5, 1).gateway(), Some([1, 2, 5, 220].into()));
        assert_eq!(of(12, 0).pointer(), Some(1));
        assert_eq!(of(8, 0).quoted(), None);
    }
}
