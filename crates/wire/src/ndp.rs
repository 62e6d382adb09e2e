//! Neighbour discovery for IPv6 (RFC 4861), with the options of RFC 8106.

use std::net::Ipv6Addr;

use crate::MacAddr;
use crate::icmpv6::{Icmpv6, kind};
use crate::ipv6::address;

/// A neighbour discovery message: what its ICMPv6 type says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Ndp {
    /// A host asks for routers (RFC 4861 s4.1).
    RouterSolicitation,
    /// A router announces itself (RFC 4861 s4.2).
    RouterAdvertisement {
        /// Hop limit that hosts should use; 0 if not said.
        hop_limit: u8,
        /// Addresses are to be had by DHCPv6.
        managed: bool,
        /// Other configuration is to be had by DHCPv6.
        other: bool,
        /// Mobile IPv6 home agent (RFC 6275 s7.1).
        home_agent: bool,
        /// Default router preference (RFC 4191 s2.2): -1 low, 0 medium, 1 high, -2 reserved.
        preference: i8,
        /// How long this is a default router, in seconds; 0 if it is none.
        router_lifetime_s: u16,
        /// How long a neighbour is taken to be reachable, in milliseconds; 0 if not said.
        reachable_ms: u32,
        /// Time between solicitations in milliseconds; 0 if not said.
        retransmit_ms: u32,
    },
    /// Who has `target`? (RFC 4861 s4.3)
    NeighborSolicitation {
        /// The address asked about.
        target: Ipv6Addr,
    },
    /// I have `target` (RFC 4861 s4.4).
    NeighborAdvertisement {
        /// The sender is a router.
        router: bool,
        /// This answers a solicitation.
        solicited: bool,
        /// Replace what is cached.
        overrides: bool,
        /// The address announced.
        target: Ipv6Addr,
    },
    /// There is a better first hop (RFC 4861 s4.5).
    Redirect {
        /// The better first hop.
        target: Ipv6Addr,
        /// For packets to this address.
        destination: Ipv6Addr,
    },
}

impl Ndp {
    /// Reads a message and its options; `None` if it is none of neighbour discovery, or cut.
    pub fn parse<'a>(message: &Icmpv6<'a>) -> Option<(Self, Options<'a>)> {
        let body = message.body();
        let [first, second, c, d] = message.rest_of_header();
        let (ndp, options) = match message.kind() {
            kind::ROUTER_SOLICITATION => (Self::RouterSolicitation, body),
            kind::ROUTER_ADVERTISEMENT => {
                let (&[a, b, e, f, g, h, i, j], options) = body.split_first_chunk()?;
                let advertisement = Self::RouterAdvertisement {
                    hop_limit: first,
                    managed: second & 0x80 != 0,
                    other: second & 0x40 != 0,
                    home_agent: second & 0x20 != 0,
                    preference: (second << 3).cast_signed() >> 6,
                    router_lifetime_s: u16::from_be_bytes([c, d]),
                    reachable_ms: u32::from_be_bytes([a, b, e, f]),
                    retransmit_ms: u32::from_be_bytes([g, h, i, j]),
                };
                (advertisement, options)
            }
            kind::NEIGHBOR_SOLICITATION => {
                let (target, options) = body.split_first_chunk::<16>()?;
                (Self::NeighborSolicitation { target: (*target).into() }, options)
            }
            kind::NEIGHBOR_ADVERTISEMENT => {
                let (target, options) = body.split_first_chunk::<16>()?;
                let advertisement = Self::NeighborAdvertisement {
                    router: first & 0x80 != 0,
                    solicited: first & 0x40 != 0,
                    overrides: first & 0x20 != 0,
                    target: (*target).into(),
                };
                (advertisement, options)
            }
            kind::REDIRECT => {
                let (target, rest) = body.split_first_chunk::<16>()?;
                let (destination, options) = rest.split_first_chunk::<16>()?;
                (Self::Redirect { target: (*target).into(), destination: (*destination).into() }, options)
            }
            _ => return None,
        };
        Some((ndp, Options(options)))
    }
}

/// One option (RFC 4861 s4.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Opt<'a> {
    /// Type 1: link-layer address of the sender.
    SourceLinkAddress(MacAddr),
    /// Type 2: link-layer address of the target.
    TargetLinkAddress(MacAddr),
    /// Type 3: an on-link prefix, or one for autoconfiguration.
    Prefix(Prefix),
    /// Type 4: the packet that caused a redirect, from its IPv6 header on.
    RedirectedPacket(&'a [u8]),
    /// Type 5: MTU of the link in bytes.
    Mtu(u32),
    /// Type 25: recursive DNS servers (RFC 8106 s5.1).
    DnsServers {
        /// How long they may be used, in seconds.
        lifetime_s: u32,
        /// Addresses of 16 bytes each, see [`addresses`].
        addresses: &'a [u8],
    },
    /// Type 31: DNS search list (RFC 8106 s5.2).
    DnsSearchList {
        /// How long it may be used, in seconds.
        lifetime_s: u32,
        /// Domain names in DNS wire format, uncompressed, padded with zeros.
        names: &'a [u8],
    },
    /// Any other type, or one whose length is not what it must be.
    Other {
        /// Option type.
        kind: u8,
        /// What follows the length byte.
        data: &'a [u8],
    },
}

/// Prefix information (RFC 4861 s4.6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefix {
    /// Bits of the prefix that count.
    pub length: u8,
    /// The prefix is on this link.
    pub on_link: bool,
    /// Hosts may make addresses of it.
    pub autonomous: bool,
    /// How long it is on-link, in seconds.
    pub valid_lifetime_s: u32,
    /// How long addresses made of it are preferred, in seconds.
    pub preferred_lifetime_s: u32,
    /// The prefix itself.
    pub prefix: Ipv6Addr,
}

/// Iterates over options; ends at the first broken length.
#[derive(Clone, Debug)]
pub struct Options<'a>(&'a [u8]);

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;

    fn next(&mut self) -> Option<Opt<'a>> {
        let &[kind, units, ..] = self.0 else { return None };
        // A length of 0 must be dropped (RFC 4861 s4.6); here it ends the walk.
        let (option, rest) =
            self.0.split_at_checked(usize::from(units) * 8).filter(|(o, _)| !o.is_empty())?;
        self.0 = rest;
        let data = option.get(2..)?;
        Some(Opt::read(kind, data).unwrap_or(Opt::Other { kind, data }))
    }
}

impl<'a> Opt<'a> {
    fn read(kind: u8, data: &'a [u8]) -> Option<Self> {
        Some(match kind {
            1 => Self::SourceLinkAddress(MacAddr(data.try_into().ok()?)),
            2 => Self::TargetLinkAddress(MacAddr(data.try_into().ok()?)),
            3 => Self::Prefix(Prefix::read(data)?),
            4 => Self::RedirectedPacket(data.get(6..)?),
            5 => Self::Mtu(u32::from_be_bytes(data.get(2..)?.try_into().ok()?)),
            25 => {
                let (lifetime_s, addresses) = lifetime(data)?;
                Self::DnsServers { lifetime_s, addresses }
            }
            31 => {
                let (lifetime_s, names) = lifetime(data)?;
                Self::DnsSearchList { lifetime_s, names }
            }
            _ => return None,
        })
    }
}

impl Prefix {
    fn read(data: &[u8]) -> Option<Self> {
        let (&[length, flags, a, b, c, d, e, f, g, h, _, _, _, _], prefix) = data.split_first_chunk()?;
        Some(Self {
            length,
            on_link: flags & 0x80 != 0,
            autonomous: flags & 0x40 != 0,
            valid_lifetime_s: u32::from_be_bytes([a, b, c, d]),
            preferred_lifetime_s: u32::from_be_bytes([e, f, g, h]),
            prefix: <[u8; 16]>::try_from(prefix).ok()?.into(),
        })
    }
}

/// Two reserved bytes, then a lifetime.
fn lifetime(data: &[u8]) -> Option<(u32, &[u8])> {
    let (&[_, _, a, b, c, d], rest) = data.split_first_chunk()?;
    Some((u32::from_be_bytes([a, b, c, d]), rest))
}

/// The addresses of [`Opt::DnsServers`].
pub fn addresses(bytes: &[u8]) -> impl Iterator<Item = Ipv6Addr> {
    bytes.chunks_exact(16).map(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn router_advertisement() {
        let prefix: Ipv6Addr = "2001:db8::".parse().unwrap();
        let mut bytes = vec![134, 0, 0, 0, 64, 0x88, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([1, 1, 2, 0, 0, 0, 0, 9, 5, 1, 0, 0, 0, 0, 5, 220]);
        bytes.extend([3, 4, 64, 0xc0, 0, 0, 0, 10, 0, 0, 0, 5, 0, 0, 0, 0]);
        bytes.extend(prefix.octets());
        bytes.extend([25, 3, 0, 0, 0, 0, 0, 7]);
        bytes.extend(prefix.octets());
        bytes.extend([9, 0]); // A length of 0 ends the walk.
        let (ndp, options) = Ndp::parse(&Icmpv6::parse(&bytes).unwrap()).unwrap();
        let Ndp::RouterAdvertisement { managed, other, preference, router_lifetime_s, .. } = ndp else {
            panic!()
        };
        assert_eq!((managed, other, preference, router_lifetime_s), (true, false, 1, 1800));
        let options: Vec<_> = options.collect();
        assert_eq!(options[..2], [Opt::SourceLinkAddress(MacAddr([2, 0, 0, 0, 0, 9])), Opt::Mtu(1500)]);
        let Opt::Prefix(p) = options[2] else { panic!() };
        assert_eq!((p.length, p.on_link, p.valid_lifetime_s, p.prefix), (64, true, 10, prefix));
        let Opt::DnsServers { lifetime_s: 7, addresses: a } = options[3] else { panic!() };
        assert_eq!((addresses(a).collect::<Vec<_>>(), options.len()), (vec![prefix], 4));
    }

    #[test]
    fn neighbor_advertisement() {
        let mut bytes = vec![136, 0, 0, 0, 0x60, 0, 0, 0];
        bytes.extend(Ipv6Addr::LOCALHOST.octets());
        bytes.extend([2, 1, 2, 0, 0, 0, 0, 9]);
        let (ndp, mut options) = Ndp::parse(&Icmpv6::parse(&bytes).unwrap()).unwrap();
        let target = Ipv6Addr::LOCALHOST;
        assert_eq!(
            ndp,
            Ndp::NeighborAdvertisement { router: false, solicited: true, overrides: true, target }
        );
        assert_eq!(options.next(), Some(Opt::TargetLinkAddress(MacAddr([2, 0, 0, 0, 0, 9]))));
        assert!(Ndp::parse(&Icmpv6::parse(&bytes[..20]).unwrap()).is_none());
    }
}
