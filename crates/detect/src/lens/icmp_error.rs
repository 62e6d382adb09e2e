//! Which packet an ICMP error is about (RFC 792, RFC 4443 s3.1).

use std::net::IpAddr;

use wire::icmp::Icmp;
use wire::icmpv6::Icmpv6;
use wire::ipv4::Ipv4;
use wire::ipv6::{Extensions, Ipv6};
use wire::{Packet, icmp, icmpv6};

use crate::happening::Seen;

/// "Destination unreachable", other than the request for smaller packets.
pub(super) fn v4(packet: &Packet, frame: &[u8]) -> Option<Seen> {
    if packet.icmp_type != icmp::kind::UNREACHABLE || packet.icmp_code == icmp::CODE_FRAGMENTATION_NEEDED {
        return None;
    }
    let quoted = Icmp::parse(packet.transport(packet.protocol, frame)?)?.quoted()?;
    let (header, rest) = Ipv4::split(quoted)?;
    let (src, dst) = (header.source().into(), header.destination().into());
    seen(packet, frame, src, dst, header.protocol(), rest)
}

pub(super) fn v6(packet: &Packet, frame: &[u8]) -> Option<Seen> {
    if packet.icmp_type != icmpv6::kind::UNREACHABLE {
        return None;
    }
    let quoted = Icmpv6::parse(packet.transport(packet.protocol, frame)?)?.quoted()?;
    let (header, rest) = Ipv6::split(quoted)?;
    let (src, dst) = (header.source().into(), header.destination().into());
    let mut extensions = Extensions::new(header.next_header(), rest);
    extensions.by_ref().for_each(drop);
    seen(packet, frame, src, dst, extensions.next_header(), extensions.rest())
}

/// TCP and UDP have their ports in front, and so much of the packet is always quoted.
fn seen(
    packet: &Packet,
    frame: &[u8],
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    transport: &[u8],
) -> Option<Seen> {
    let (by, to) = packet.addresses(frame)?;
    // Who is told must be who sent the packet, or it is made up.
    if to != src {
        return None;
    }
    let &[a, b, c, d] = transport.first_chunk()?;
    let ports = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    Some(Seen::Unreachable { by, src: (src, ports.0), dst: (dst, ports.1), protocol })
}
