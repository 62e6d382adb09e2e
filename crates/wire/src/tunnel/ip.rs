//! Tunnels with an IP protocol number of their own.

use super::{Entry, udp};
use crate::ah::Ah;
use crate::erspan::{self, Erspan};
use crate::gre::{Gre, flag};
use crate::header::Header;
use crate::ip_protocol as protocol;
use crate::l2tp::L2tp3;
use crate::link;
use crate::packet::{Net, Packet, Tunnel};
use crate::walk::{Bytes, Next, Step};
use crate::{Malformed, ether_type};

pub(super) fn enter<'a>(
    outer: &Packet,
    bytes: &mut Bytes<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Option<Result<Entry, Malformed>> {
    let at = usize::from(outer.payload_at);
    let in_ipv6 = outer.net == Net::Ipv6;
    match outer.protocol {
        protocol::IPV4 => {
            let tunnel = if in_ipv6 { Tunnel::FourInSix } else { Tunnel::IpInIp };
            Some(Ok((tunnel, 0, Step { next: Next::EtherType(ether_type::IPV4), at })))
        }
        protocol::IPV6 => {
            let tunnel = if in_ipv6 { Tunnel::SixInSix } else { Tunnel::SixInFour };
            Some(Ok((tunnel, 0, Step { next: Next::EtherType(ether_type::IPV6), at })))
        }
        protocol::GRE => gre(bytes, at, met),
        protocol::AH => Some(ah(bytes.from(at), at, met)),
        protocol::L2TP => {
            let (header, _) = L2tp3::split_ip(bytes.from(at))?;
            // Session 0 announces a control message (RFC 3931 s4.1.1).
            if header.session_id() == 0 {
                return None;
            }
            udp::l2tp3(header, bytes, at, met).map(Ok)
        }
        _ => None,
    }
}

fn ah<'a>(here: &'a [u8], at: usize, met: &mut impl FnMut(Header<'a>)) -> Result<Entry, Malformed> {
    let (header, _) = Ah::split(here).ok_or(Malformed::TunnelHeader)?;
    met(Header::Ah(header));
    let step = Step { next: Next::Protocol(header.next_header()), at: at + header.header_len() };
    Ok((Tunnel::Ah, header.spi(), step))
}

fn gre<'a>(
    bytes: &mut Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Option<Result<Entry, Malformed>> {
    let Some((header, rest)) = Gre::split(bytes.from(at)) else {
        return Some(Err(Malformed::TunnelHeader));
    };
    met(Header::Gre(header));
    let at = at + header.header_len();
    if at >= bytes.wire_len {
        return None;
    }
    let id = header.key().unwrap_or(0);
    let into = |next| Some(Ok((Tunnel::Gre, id, Step { next, at })));
    match (header.version(), header.protocol()) {
        (1, ether_type::PPP) => pptp(&header, bytes, at, met),
        (0, ether_type::TRANSPARENT_ETHERNET) => into(Next::Ethernet),
        // Type I has neither sequence number nor header (draft-foschiano-erspan-03 s4.1).
        (0, ether_type::ERSPAN) if header.flags() & flag::SEQUENCE == 0 => {
            Some(Ok((Tunnel::Erspan, 0, Step { next: Next::Ethernet, at })))
        }
        (0, kind @ (ether_type::ERSPAN | ether_type::ERSPAN3)) => erspan(kind, rest, at, met),
        (0, ether_type::PPP) => {
            let step = link::ppp(rest, at, met)?;
            Some(Ok((Tunnel::Gre, id, step)))
        }
        // WCCP redirects a packet as it is, or behind four bytes of its own.
        (0, ether_type::WCCP) => match (rest.first()? >> 4, rest.get(4).map(|b| b >> 4)) {
            (4, _) => into(Next::Ip),
            (_, Some(4)) => Some(Ok((Tunnel::Gre, id, Step { next: Next::Ip, at: at + 4 }))),
            _ => None,
        },
        (0, kind) if kind >= ether_type::FIRST => into(Next::EtherType(kind)),
        _ => None,
    }
}

/// Version 1 (RFC 2637 s4.1): a key with payload length and call id is mandatory, and without a
/// sequence number there is no payload.
fn pptp<'a>(
    header: &Gre<'a>,
    bytes: &mut Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Option<Result<Entry, Malformed>> {
    let (length, call) = (header.payload_len()?, header.call_id()?);
    header.sequence()?;
    bytes.end_at(at + usize::from(length));
    let step = link::ppp(bytes.from(at), at, met)?;
    Some(Ok((Tunnel::Gre, u32::from(call), step)))
}

fn erspan<'a>(
    kind: u16,
    here: &'a [u8],
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Option<Result<Entry, Malformed>> {
    let Some((header, _)) = Erspan::split(here) else {
        return Some(Err(Malformed::TunnelHeader));
    };
    let version = if kind == ether_type::ERSPAN { erspan::VERSION_2 } else { erspan::VERSION_3 };
    if header.version() != version {
        return Some(Err(Malformed::TunnelHeader));
    }
    met(Header::Erspan(header));
    let next = match header.frame_type() {
        None | Some(erspan::FRAME_ETHERNET) => Next::Ethernet,
        Some(erspan::FRAME_IP) => Next::Ip,
        Some(_) => return None,
    };
    let step = Step { next, at: at + header.header_len() };
    Some(Ok((Tunnel::Erspan, u32::from(header.session_id()), step)))
}
