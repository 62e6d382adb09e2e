//! What DHCP servers tell clients (RFC 2131 s3).

use std::net::IpAddr;

use inventory::DhcpServed;
use wire::{Flags, Packet};

use crate::happening::Seen;

pub(super) fn served(packet: &Packet, frame: &[u8]) -> Option<Seen> {
    if !packet.flags.has(Flags::TRANSPORT) || packet.flags.has(Flags::FRAGMENT) {
        return None;
    }
    let (IpAddr::V4(src), _) = packet.addresses(frame)? else { return None };
    let served = DhcpServed::parse(packet.payload(frame))?;
    Some(Seen::DhcpServed {
        message: served.message,
        server: served.server.unwrap_or(src),
        src,
        relayed: served.relayed,
        client: served.client,
        given: served.given,
        routers: served.routers,
        resolvers: served.resolvers,
    })
}
