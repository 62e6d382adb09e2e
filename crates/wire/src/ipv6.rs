//! IPv6 and its extension headers (RFC 8200).

use std::net::Ipv6Addr;

use crate::ip_protocol as protocol;

/// Bytes of the fixed header.
pub const LEN: usize = 40;

/// An IPv6 fixed header.
#[derive(Clone, Copy, Debug)]
pub struct Ipv6<'a>(&'a [u8; LEN]);

impl<'a> Ipv6<'a> {
    /// The header at the start of `bytes` and everything behind it, Ethernet padding included.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Version nibble; 6 in a proper header.
    pub fn version(&self) -> u8 {
        self.0[0] >> 4
    }

    /// Traffic class: DSCP and ECN.
    pub fn traffic_class(&self) -> u8 {
        (self.0[0] << 4) | (self.0[1] >> 4)
    }

    /// Flow label, 20 bits (RFC 6437).
    pub fn flow_label(&self) -> u32 {
        u32::from_be_bytes([0, self.0[1] & 0x0f, self.0[2], self.0[3]])
    }

    /// Bytes behind the fixed header; 0 in a jumbogram or where segmentation is left to the NIC.
    pub fn payload_len(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// Type of what follows.
    pub fn next_header(&self) -> u8 {
        self.0[6]
    }

    /// Hop limit.
    pub fn hop_limit(&self) -> u8 {
        self.0[7]
    }

    /// Source address.
    pub fn source(&self) -> Ipv6Addr {
        address(&self.0[8..24])
    }

    /// Destination address.
    pub fn destination(&self) -> Ipv6Addr {
        address(&self.0[24..40])
    }
}

pub(crate) fn address(bytes: &[u8]) -> Ipv6Addr {
    bytes.first_chunk::<16>().map_or(Ipv6Addr::UNSPECIFIED, |b| Ipv6Addr::from(*b))
}

/// One extension header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extension<'a> {
    /// Which header this is (an IP protocol number).
    pub kind: u8,
    /// What follows it.
    pub next_header: u8,
    /// The whole header, next-header and length bytes included.
    pub bytes: &'a [u8],
}

impl Extension<'_> {
    /// Offset, more-fragments flag and identification, if this is a fragment header (RFC 8200 s4.5).
    pub fn fragment(&self) -> Option<Fragment> {
        let (protocol::FRAGMENT, &[_, _, hi, lo, a, b, c, d]) = (self.kind, self.bytes) else {
            return None;
        };
        let word = u16::from_be_bytes([hi, lo]);
        Some(Fragment { offset: word & 0xfff8, more: word & 1 != 0, id: u32::from_be_bytes([a, b, c, d]) })
    }

    /// Routing type and segments left, if this is a routing header (RFC 8200 s4.4).
    pub fn routing(&self) -> Option<(u8, u8)> {
        let (protocol::ROUTING, &[_, _, kind, left, ..]) = (self.kind, self.bytes) else {
            return None;
        };
        Some((kind, left))
    }

    /// Addresses of a routing header: source route (type 0, RFC 5095), home address (type 2,
    /// RFC 6275), segments (type 4, RFC 8754 s2).
    pub fn route(&self) -> impl Iterator<Item = Ipv6Addr> {
        let has_route = self.routing().is_some_and(|(kind, _)| matches!(kind, 0 | 2 | 4));
        // Segments may be followed by TLVs; the last entry says how many there are.
        let entries = match (self.routing(), self.bytes.get(4)) {
            (Some((4, _)), Some(last)) => usize::from(*last) + 1,
            _ => usize::MAX,
        };
        let route = self.bytes.get(8..).filter(|_| has_route).unwrap_or_default();
        route.chunks_exact(16).take(entries).map(address)
    }

    /// The value of a router alert in a hop-by-hop header (RFC 2711 s2.1).
    pub fn router_alert(&self) -> Option<u16> {
        self.options()
            .find(|(kind, _)| *kind == option::ROUTER_ALERT)?
            .1
            .try_into()
            .ok()
            .map(u16::from_be_bytes)
    }

    /// Payload length in bytes of a jumbogram (RFC 2675 s2).
    pub fn jumbo_length(&self) -> Option<u32> {
        self.options()
            .find(|(kind, _)| *kind == option::JUMBO_PAYLOAD)?
            .1
            .try_into()
            .ok()
            .map(u32::from_be_bytes)
    }

    /// Options as (type, data), if this is a hop-by-hop or destination options header (RFC 8200 s4.2).
    pub fn options(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let has = matches!(self.kind, protocol::HOP_BY_HOP | protocol::DESTINATION_OPTIONS);
        let mut rest = self.bytes.get(2..).filter(|_| has).unwrap_or_default();
        std::iter::from_fn(move || {
            loop {
                let (&kind, after) = rest.split_first()?;
                if kind == 0 {
                    rest = after; // Pad1 has no length.
                    continue;
                }
                let (&len, after) = after.split_first()?;
                let (data, after) = after.split_at_checked(usize::from(len))?;
                rest = after;
                if kind != 1 {
                    return Some((kind, data));
                }
            }
        })
    }
}

/// Option types of hop-by-hop and destination options headers (IANA ipv6-parameters registry).
pub mod option {
    #![allow(missing_docs)]
    pub const ROUTER_ALERT: u8 = 0x05;
    pub const JUMBO_PAYLOAD: u8 = 0xc2;
    pub const HOME_ADDRESS: u8 = 0xc9;
}

/// A fragment header's fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fragment {
    /// Where the fragment lies in the fragmentable part, in bytes.
    pub offset: u16,
    /// More fragments follow.
    pub more: bool,
    /// Identification.
    pub id: u32,
}

/// Whether `next_header` names an extension header that [`Extensions`] walks over.
///
/// AH is not among them: it is recorded as a transport of its own, with a way in. ESP hides what
/// follows it.
pub const fn is_extension(next_header: u8) -> bool {
    matches!(
        next_header,
        protocol::HOP_BY_HOP
            | protocol::ROUTING
            | protocol::FRAGMENT
            | protocol::DESTINATION_OPTIONS
            | protocol::MOBILITY
            | protocol::HIP
            | protocol::SHIM6
    )
}

/// Iterates over extension headers; ends at the first other header or at the end of the bytes.
#[derive(Clone, Debug)]
pub struct Extensions<'a> {
    next_header: u8,
    rest: &'a [u8],
}

impl<'a> Extensions<'a> {
    /// Over `bytes`, which follow the fixed header that named `next_header`.
    pub fn new(next_header: u8, bytes: &'a [u8]) -> Self {
        Self { next_header, rest: bytes }
    }

    /// What comes next: the transport, once the iterator is at its end.
    pub fn next_header(&self) -> u8 {
        self.next_header
    }

    /// What was not walked yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Extension<'a>;

    fn next(&mut self) -> Option<Extension<'a>> {
        let kind = self.next_header;
        if !is_extension(kind) {
            return None;
        }
        let &[next_header, len, ..] = self.rest else { return None };
        // The fragment header has a fixed size and a reserved byte where others have the length.
        let len = if kind == protocol::FRAGMENT { 8 } else { (usize::from(len) + 1) * 8 };
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.next_header = next_header;
        self.rest = rest;
        Some(Extension { kind, next_header, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hop_by_hop_options() {
        // Pad1, router alert for MLD, PadN.
        let bytes = [58, 0, 0, 5, 2, 0, 0, 0, 1, 0, 9];
        let mut extensions = Extensions::new(protocol::HOP_BY_HOP, &bytes);
        let header = extensions.next().unwrap();
        assert_eq!((header.router_alert(), header.jumbo_length()), (Some(0), None));
        assert_eq!((extensions.next_header(), extensions.rest()), (58, &[1, 0, 9][..]));
        assert!(extensions.next().is_none());
    }

    #[test]
    fn segments() {
        let mut bytes = vec![6, 4, 4, 1, 1, 0, 0, 0];
        bytes.extend([1; 32]);
        let header = Extensions::new(protocol::ROUTING, &bytes).next().unwrap();
        assert_eq!((header.routing(), header.route().count()), (Some((4, 1)), 2));
    }
}
