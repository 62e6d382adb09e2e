//! What lies inside a tunnel, and how long the tunnel's header is.

mod ip;
mod udp;

use crate::Malformed;
use crate::header::Header;
use crate::ip_protocol as protocol;
use crate::packet::{Flags, Packet, Tunnel};
use crate::walk::{Bytes, Step};

/// The way into a tunnel: its kind, its id, and where the inner packet begins.
type Entry = (Tunnel, u32, Step);

/// Reads the tunnel header that `outer` carries.
///
/// `bytes` end where the payload of `outer` does; a tunnel that has a length of its own ends them
/// there. `None` if this is not that tunnel after all (a port alone proves nothing), or if it
/// carries no packet (control messages, keep-alives).
pub(crate) fn enter<'a>(
    outer: &Packet,
    bytes: &mut Bytes<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Option<Result<Entry, Malformed>> {
    if outer.flags.has(Flags::LATER_FRAGMENT) || !outer.flags.has(Flags::TRANSPORT) || outer.payload_len == 0
    {
        return None;
    }
    match outer.protocol {
        protocol::UDP => udp::enter(outer, bytes, met).map(Ok),
        _ => ip::enter(outer, bytes, met),
    }
}

/// A UDP port that tunnels use; [`enter`] finds out.
pub(crate) const fn is_port(port: u16) -> bool {
    use crate::{capwap, esp, geneve, gtpu, l2tp, teredo, vxlan};
    matches!(
        port,
        l2tp::PORT
            | gtpu::PORT
            | esp::PORT
            | capwap::PORT
            | teredo::PORT
            | vxlan::PORT
            | vxlan::PORT_GPE
            | vxlan::PORT_OLD
            | geneve::PORT
    )
}

#[cfg(test)]
mod tests;
