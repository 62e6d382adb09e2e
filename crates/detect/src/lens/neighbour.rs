//! IPv6 neighbour discovery (RFC 4861), which never comes from beyond the link.

use std::net::IpAddr;

use wire::Packet;
use wire::icmpv6::Icmpv6;
use wire::ndp::{Ndp, Opt, addresses};

use crate::happening::Seen;

/// RFC 4861 s6.1.2, s7.1: a message that a router has passed on is not valid.
const HOP_LIMIT: u8 = 255;
/// Prefixes and name servers that are kept of a router advertisement.
const MOST: usize = 8;

pub(super) fn look(packet: &Packet, frame: &[u8]) -> Option<Seen> {
    let (header, _) = packet.ipv6(frame)?;
    let (IpAddr::V6(src), _) = packet.addresses(frame)? else { return None };
    if header.hop_limit() != HOP_LIMIT {
        return None;
    }
    let message = Icmpv6::parse(packet.transport(packet.protocol, frame)?)?;
    let (ndp, options) = Ndp::parse(&message)?;
    match ndp {
        Ndp::NeighborSolicitation { target } => Some(Seen::NeighbourSolicited { src, target }),
        Ndp::NeighborAdvertisement { solicited, overrides, target, .. } => {
            let mut macs = options.filter_map(|option| match option {
                Opt::TargetLinkAddress(mac) => Some(mac),
                _ => None,
            });
            Some(Seen::NeighbourAdvertised { src, target, mac: macs.next(), solicited, overrides })
        }
        Ndp::RouterAdvertisement { router_lifetime_s: lifetime_s, .. } => {
            let (mut prefixes, mut resolvers) = (Vec::new(), Vec::new());
            for option in options {
                match option {
                    Opt::Prefix(prefix) if prefixes.len() < MOST => {
                        prefixes.push((prefix.prefix, prefix.length));
                    }
                    Opt::DnsServers { addresses: bytes, .. } => {
                        resolvers.extend(addresses(bytes).map(IpAddr::V6).take(MOST));
                    }
                    _ => {}
                }
            }
            Some(Seen::RouterAdvertised { src, lifetime_s, prefixes, resolvers })
        }
        _ => None,
    }
}
