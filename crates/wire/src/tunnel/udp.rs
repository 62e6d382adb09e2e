//! Tunnels over UDP, and what L2TP over IP shares with them.
//!
//! All there is to go by is a port, and ports are used for anything. So each header must hold
//! what its specification wants constant, and lengths must agree.

use super::Entry;
use crate::capwap::{self, Capwap};
use crate::esp::{self, Esp};
use crate::ethernet;
use crate::geneve::{self, Geneve};
use crate::gtpu::{self, GtpU};
use crate::header::Header;
use crate::ipv4::Ipv4;
use crate::ipv6::{self, Ipv6};
use crate::l2tp::{self, L2tp, L2tp3};
use crate::packet::{Packet, Tunnel};
use crate::teredo::{self, Teredo};
use crate::vxlan::{self, Vxlan};
use crate::walk::{Bytes, Next, Step};
use crate::{ether_type, link};

pub(super) fn enter<'a>(
    outer: &Packet,
    bytes: &mut Bytes<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Option<Entry> {
    let at = usize::from(outer.payload_at);
    // Where the tunnel's port is fixed for the receiver only, the sender's is random.
    match (outer.src_port, outer.dst_port) {
        (_, vxlan::PORT | vxlan::PORT_OLD | vxlan::PORT_GPE) => vxlan(*bytes, at, met),
        (_, geneve::PORT) => geneve(*bytes, at, met),
        (_, gtpu::PORT) => gtpu(bytes, at, met),
        (teredo::PORT, _) | (_, teredo::PORT) => teredo(*bytes, at, met),
        (capwap::PORT, _) | (_, capwap::PORT) => capwap(*bytes, at, met),
        (esp::PORT, _) | (_, esp::PORT) => esp(bytes.from(at), met),
        (l2tp::PORT, _) | (_, l2tp::PORT) => l2tp(bytes, at, met),
        _ => None,
    }
}

fn vxlan<'a>(bytes: Bytes<'a>, at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Entry> {
    let (header, _) = Vxlan::split(bytes.from(at))?;
    let next = match header.next_protocol() {
        _ if header.is_plausible() => Next::Ethernet,
        _ if !header.is_plausible_gpe() => return None,
        vxlan::next::IPV4 => Next::EtherType(ether_type::IPV4),
        vxlan::next::IPV6 => Next::EtherType(ether_type::IPV6),
        vxlan::next::ETHERNET => Next::Ethernet,
        vxlan::next::MPLS => Next::EtherType(ether_type::MPLS),
        _ => return None,
    };
    let at = at + vxlan::LEN;
    let least = if next == Next::Ethernet { ethernet::LEN } else { 1 };
    if bytes.wire_len < at + least {
        return None;
    }
    met(Header::Vxlan(header));
    Some((Tunnel::Vxlan, header.vni(), Step { next, at }))
}

fn geneve<'a>(bytes: Bytes<'a>, at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Entry> {
    let (header, _) = Geneve::split(bytes.from(at)).filter(|(h, _)| h.is_plausible())?;
    let next = match header.protocol() {
        ether_type::TRANSPARENT_ETHERNET => Next::Ethernet,
        kind @ (ether_type::IPV4 | ether_type::IPV6 | ether_type::MPLS) => Next::EtherType(kind),
        _ => return None,
    };
    met(Header::Geneve(header));
    let at = at + header.header_len();
    (!header.control() && at < bytes.wire_len).then(|| (Tunnel::Geneve, header.vni(), Step { next, at }))
}

fn gtpu<'a>(bytes: &mut Bytes<'a>, at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Entry> {
    let (header, rest) = GtpU::split(bytes.from(at)).filter(|(h, _)| h.is_plausible())?;
    let end = at + gtpu::MIN_LEN + usize::from(header.length());
    let inner_at = at + header.header_len();
    if header.kind() != gtpu::T_PDU || end > bytes.wire_len || inner_at >= end {
        return None;
    }
    // The header does not say what the user packet is; on a bearer it is IP.
    if !matches!(rest.first()? >> 4, 4 | 6) {
        return None;
    }
    bytes.end_at(end);
    met(Header::GtpU(header));
    Some((Tunnel::GtpU, header.teid(), Step { next: Next::Ip, at: inner_at }))
}

fn teredo<'a>(bytes: Bytes<'a>, at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Entry> {
    let (header, rest) = Teredo::split(bytes.from(at))?;
    let (inner, _) = Ipv6::split(rest)?;
    let at = at + header.header_len();
    // One end is a Teredo client, by its address or, towards its server, by a link-local one
    // (RFC 4380 s5.2.1). Trailers may follow the packet (RFC 6081).
    let is_client =
        |a: std::net::Ipv6Addr| a.segments().starts_with(&[0x2001, 0]) || a.is_unicast_link_local();
    let fits = ipv6::LEN + usize::from(inner.payload_len()) <= bytes.wire_len - at;
    if inner.version() != 6 || !fits || !(is_client(inner.source()) || is_client(inner.destination())) {
        return None;
    }
    met(Header::Teredo(header));
    Some((Tunnel::Teredo, 0, Step { next: Next::EtherType(ether_type::IPV6), at }))
}

fn capwap<'a>(bytes: Bytes<'a>, at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Entry> {
    let (header, _) = Capwap::split(bytes.from(at)).filter(|(h, _)| h.is_plausible())?;
    let next = match (header.is_native(), header.binding()) {
        (false, _) => Next::Ethernet,
        (true, capwap::BINDING_IEEE80211) => Next::Wireless,
        _ => return None,
    };
    let at = at + header.header_len();
    if header.keep_alive() || header.fragment_offset() > 0 || bytes.from(at).len() < ethernet::LEN {
        return None;
    }
    met(Header::Capwap(header));
    Some((Tunnel::Capwap, 0, Step { next, at }))
}

/// There is no way in, but a header to show. Key exchange on the same port begins with four zeros
/// (RFC 3948 s2.2), and ESP fills words (RFC 4303 s2.4).
fn esp<'a>(here: &'a [u8], met: &mut impl FnMut(Header<'a>)) -> Option<Entry> {
    let (header, rest) = Esp::split(here)?;
    if header.spi() >= esp::FIRST_SPI && rest.len().is_multiple_of(4) {
        met(Header::Esp(header));
    }
    None
}

fn l2tp<'a>(bytes: &mut Bytes<'a>, at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Entry> {
    let here = bytes.from(at);
    if let Some((header, _)) = L2tp3::split_udp(here) {
        return if header.session_id() == 0 { None } else { l2tp3(header, bytes, at, met) };
    }
    let (header, _) = L2tp::split(here).filter(|(h, _)| h.is_plausible())?;
    let length = header.length.map(usize::from);
    let inner_at = at + header.header_len;
    if length.is_some_and(|n| n < header.header_len || n > bytes.wire_len - at) {
        return None;
    }
    if header.is_control() {
        met(Header::L2tp(header));
        return None;
    }
    if let Some(n) = length {
        bytes.end_at(at + n);
    }
    // Without a PPP header that announces IP there is nothing to follow, and little proof.
    let mut ppp = None;
    let step = link::ppp(bytes.from(inner_at), inner_at, &mut |header| ppp = Some(header))?;
    if header.tunnel_id == 0 || header.session_id == 0 || !has_version(bytes.from(step.at), step.next) {
        return None;
    }
    met(Header::L2tp(header));
    ppp.map(met);
    let id = u32::from(header.tunnel_id) << 16 | u32::from(header.session_id);
    Some((Tunnel::L2tp, id, step))
}

fn has_version(here: &[u8], next: Next) -> bool {
    let nibble = here.first().map(|b| b >> 4);
    match next {
        Next::EtherType(ether_type::IPV4) => nibble == Some(4),
        Next::EtherType(ether_type::IPV6) => nibble == Some(6),
        _ => true,
    }
}

/// How long the cookie is, the endpoints agreed on before (RFC 3931 s4.1); 0, 4 or 8 bytes. Four
/// more are the default sublayer, if they use it (s4.6). Take the length behind which a packet
/// looks whole.
pub(super) fn l2tp3<'a>(
    header: L2tp3<'a>,
    bytes: &Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Option<Entry> {
    let at = at + header.header_len();
    let step = [0, 4, 8, 12].into_iter().map(|skip| at + skip).find_map(|at| {
        let here = bytes.from(at);
        let next = if link::is_plausible_ethernet(here) {
            Next::Ethernet
        } else if is_whole_ip(here, bytes.wire_len.checked_sub(at)?) {
            Next::Ip
        } else {
            return None;
        };
        Some(Step { next, at })
    })?;
    met(Header::L2tp3(header));
    Some((Tunnel::L2tp, header.session_id(), step))
}

/// An IP header whose length is that of the bytes on the wire.
fn is_whole_ip(here: &[u8], on_wire: usize) -> bool {
    match here.first().map(|b| b >> 4) {
        Some(4) => Ipv4::split(here).is_some_and(|(ip, _)| usize::from(ip.total_len()) == on_wire),
        Some(6) => {
            Ipv6::split(here).is_some_and(|(ip, _)| ipv6::LEN + usize::from(ip.payload_len()) == on_wire)
        }
        _ => false,
    }
}
