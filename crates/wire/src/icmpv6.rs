//! ICMP for IPv6 (RFC 4443) and multicast listener discovery (RFC 2710, RFC 3810).
//!
//! Neighbour discovery has a module of its own, [`crate::ndp`].

use std::net::Ipv6Addr;

use crate::igmp::{Record, Records};
use crate::{icmp, ipv6};

/// Bytes of the header, the four that depend on the type included.
pub const LEN: usize = 8;

/// Message types (IANA icmpv6-parameters registry).
pub mod kind {
    #![allow(missing_docs)]
    pub const UNREACHABLE: u8 = 1;
    pub const PACKET_TOO_BIG: u8 = 2;
    pub const TIME_EXCEEDED: u8 = 3;
    pub const PARAMETER_PROBLEM: u8 = 4;
    pub const ECHO_REQUEST: u8 = 128;
    pub const ECHO_REPLY: u8 = 129;
    pub const LISTENER_QUERY: u8 = 130;
    pub const LISTENER_REPORT: u8 = 131;
    pub const LISTENER_DONE: u8 = 132;
    pub const ROUTER_SOLICITATION: u8 = 133;
    pub const ROUTER_ADVERTISEMENT: u8 = 134;
    pub const NEIGHBOR_SOLICITATION: u8 = 135;
    pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;
    pub const REDIRECT: u8 = 137;
    pub const LISTENER_REPORT_2: u8 = 143;
}

/// An ICMPv6 message.
#[derive(Clone, Copy, Debug)]
pub struct Icmpv6<'a> {
    fixed: &'a [u8; LEN],
    body: &'a [u8],
}

impl<'a> Icmpv6<'a> {
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

    /// The four bytes behind the checksum; what they mean depends on the type.
    pub fn rest_of_header(&self) -> [u8; 4] {
        let [_, _, _, _, a, b, c, d] = *self.fixed;
        [a, b, c, d]
    }

    /// What follows the header.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Identifier and sequence number of an echo.
    pub fn echo(&self) -> Option<(u16, u16)> {
        let [a, b, c, d] = self.rest_of_header();
        matches!(self.kind(), kind::ECHO_REQUEST | kind::ECHO_REPLY)
            .then(|| (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    /// MTU of the next hop in bytes, of "packet too big" (RFC 4443 s3.2).
    pub fn next_hop_mtu(&self) -> Option<u32> {
        (self.kind() == kind::PACKET_TOO_BIG).then(|| u32::from_be_bytes(self.rest_of_header()))
    }

    /// Which byte of the quoted packet is wrong, of a parameter problem (RFC 4443 s3.4).
    pub fn pointer(&self) -> Option<u32> {
        (self.kind() == kind::PARAMETER_PROBLEM).then(|| u32::from_be_bytes(self.rest_of_header()))
    }

    /// This is an error message: it quotes the packet that caused it (RFC 4443 s2.1).
    pub fn is_error(&self) -> bool {
        self.kind() < 128
    }

    /// The packet that an error message quotes, from its IPv6 header on; usually cut.
    pub fn quoted(&self) -> Option<&'a [u8]> {
        matches!(self.kind(), 1..=4).then(|| self.body.get(..self.quoted_len()).unwrap_or(self.body))
    }

    /// Extension objects of an error message (RFC 4884 s7): class, type and data.
    pub fn extensions(&self) -> impl Iterator<Item = (u8, u8, &'a [u8])> + use<'a> {
        icmp::extensions(self.body.get(self.quoted_len()..).unwrap_or_default())
    }

    /// RFC 4884 s4: for IPv6 the length counts 64-bit words, in two of the messages.
    fn quoted_len(&self) -> usize {
        let words = usize::from(self.fixed[4]);
        let has_length = matches!(self.kind(), kind::UNREACHABLE | kind::TIME_EXCEEDED);
        if has_length && words > 0 { words * 8 } else { self.body.len() }
    }

    /// Time in milliseconds within which a listener query must be answered, as coded in the field
    /// (RFC 3810 s5.1.3 gives values of 32768 and more a floating point form).
    pub fn maximum_response_code(&self) -> Option<u16> {
        let [a, b, ..] = self.rest_of_header();
        (self.kind() == kind::LISTENER_QUERY).then(|| u16::from_be_bytes([a, b]))
    }

    /// The group of a listener query, report or done message.
    pub fn group(&self) -> Option<Ipv6Addr> {
        let group = self.body.first_chunk::<16>()?;
        matches!(self.kind(), 130..=132).then(|| Ipv6Addr::from(*group))
    }

    /// Records of a version 2 listener report (RFC 3810 s5.2).
    pub fn records(&self) -> impl Iterator<Item = Record<'a, 16>> + use<'a> {
        let [_, _, c, d] = self.rest_of_header();
        let is_report = self.kind() == kind::LISTENER_REPORT_2;
        let count = if is_report { usize::from(u16::from_be_bytes([c, d])) } else { 0 };
        Records::new(self.body).take(count)
    }

    /// Sources that a version 2 listener query asks about (RFC 3810 s5.1).
    pub fn query_sources(&self) -> impl Iterator<Item = Ipv6Addr> + use<'a> {
        let sources = self.body.get(20..).filter(|_| self.kind() == kind::LISTENER_QUERY).unwrap_or_default();
        sources.chunks_exact(16).map(ipv6::address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listener_report_has_records() {
        let mut bytes = vec![143, 0, 0, 0, 0, 0, 0, 2];
        let group: Ipv6Addr = "ff02::fb".parse().unwrap();
        for kind in [4, 3] {
            bytes.extend([kind, 0, 0, 0]);
            bytes.extend(group.octets());
        }
        let message = Icmpv6::parse(&bytes).unwrap();
        let records: Vec<_> = message.records().collect();
        assert_eq!(records.len(), 2);
        assert_eq!((records[0].kind, Ipv6Addr::from(*records[1].group)), (4, group));
        assert_eq!((message.group(), message.quoted()), (None, None));
    }

    #[test]
    fn errors_quote() {
        let mut bytes = vec![2, 0, 0, 0, 0, 0, 5, 0];
        bytes.extend([0x60; 48]);
        let message = Icmpv6::parse(&bytes).unwrap();
        assert_eq!((message.next_hop_mtu(), message.quoted().unwrap().len()), (Some(1280), 48));
        bytes[0] = 128;
        assert_eq!(Icmpv6::parse(&bytes).unwrap().quoted(), None);
    }
}
