//! IP headers, up to the transport.

use super::transport::{transport, transport_header};
use super::{Bytes, low16, low32};
use crate::header::Header;
use crate::ip_protocol as protocol;
use crate::ipv4::{self, Ipv4};
use crate::ipv6::{self, Extensions, Ipv6};
use crate::packet::{Flags, Net, Packet};
use crate::walk::MAX_STEPS;
use crate::{Malformed, ether_type};

/// What nearly every packet is: without options, not a fragment, captured to its end. The header
/// and the payload.
#[inline(always)]
pub(super) fn plain_ipv4(here: &[u8]) -> Option<(Ipv4<'_>, &[u8])> {
    let (ip, rest) = Ipv4::split_plain(here)?;
    let len = usize::from(ip.total_len()).checked_sub(ipv4::MIN_LEN)?;
    Some((ip, rest.get(..len)?))
}

/// Takes what [`plain_ipv4`] found at `at`.
#[inline(always)]
pub(super) fn take_ipv4<'a>(
    packet: &mut Packet,
    (ip, payload): (Ipv4<'a>, &'a [u8]),
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    met(Header::Ipv4(ip));
    fill_ipv4(packet, ip, at, ipv4::MIN_LEN + payload.len());
    transport_header(packet, ip.protocol(), payload, payload.len(), at + ipv4::MIN_LEN, met)
}

#[inline]
pub(super) fn ipv4<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    match plain_ipv4(bytes.from(at)) {
        Some(found) => take_ipv4(packet, found, at, met),
        None => ipv4_of_any_kind(packet, bytes, at, met),
    }
}

#[inline(never)]
fn ipv4_of_any_kind<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let here = bytes.from(at);
    let Some((ip, rest)) = Ipv4::split(here).filter(|(ip, _)| ip.version() == 4) else {
        return Err(match here.first() {
            Some(b) if b >> 4 != 4 => Malformed::IpVersion,
            Some(b) if b & 0x0f < 5 => Malformed::IpHeaderLength,
            _ => Malformed::NetTruncated,
        });
    };
    met(Header::Ipv4(ip));
    let header_len = ip.header_len();
    let on_wire = bytes.wire_len - at;
    let mut total = usize::from(ip.total_len());
    if total == 0 {
        packet.flags.set(Flags::OFFLOADED_LENGTH);
        total = on_wire;
    } else if total < header_len {
        return Err(Malformed::IpTotalLength);
    } else if total > on_wire {
        packet.flags.set(Flags::IP_LEN_BEYOND_FRAME);
        total = on_wire;
    }
    if header_len > ipv4::MIN_LEN {
        packet.flags.set(Flags::IP_OPTIONS);
    }
    fill_ipv4(packet, ip, at, total);
    fragment(packet, ip.fragment_offset(), ip.more_fragments());
    let len = total - header_len;
    transport(packet, ip.protocol(), rest.get(..len).unwrap_or(rest), len, at + header_len, met)
}

/// Fields that say the same in every IPv4 packet.
#[inline(always)]
fn fill_ipv4(packet: &mut Packet, ip: Ipv4<'_>, at: usize, total: usize) {
    packet.net = Net::Ipv4;
    packet.ethertype = ether_type::IPV4;
    packet.net_at = low16(at);
    packet.ttl = ip.ttl();
    packet.ip_id = u32::from(ip.id());
    packet.bytes = low32(at - usize::from(packet.link_at) + total);
    if ip.dont_fragment() {
        packet.flags.set(Flags::DONT_FRAGMENT);
    }
}

/// An IPv6 packet without extension headers, captured to its end.
#[inline(always)]
pub(super) fn plain_ipv6(here: &[u8]) -> Option<(Ipv6<'_>, &[u8])> {
    let (ip, rest) = Ipv6::split(here)?;
    let len = usize::from(ip.payload_len());
    let is_plain = ip.version() == 6 && len > 0 && !ipv6::is_extension(ip.next_header());
    Some((ip, rest.get(..len).filter(|_| is_plain)?))
}

/// Takes what [`plain_ipv6`] found at `at`.
#[inline(always)]
pub(super) fn take_ipv6<'a>(
    packet: &mut Packet,
    (ip, payload): (Ipv6<'a>, &'a [u8]),
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    met(Header::Ipv6(ip));
    fill_ipv6(packet, ip, at, payload.len());
    transport_header(packet, ip.next_header(), payload, payload.len(), at + ipv6::LEN, met)
}

#[inline]
pub(super) fn ipv6<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    match plain_ipv6(bytes.from(at)) {
        Some(found) => take_ipv6(packet, found, at, met),
        None => ipv6_of_any_kind(packet, bytes, at, met),
    }
}

#[inline(never)]
fn ipv6_of_any_kind<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let (ip, rest) = Ipv6::split(bytes.from(at)).ok_or(Malformed::NetTruncated)?;
    if ip.version() != 6 {
        return Err(Malformed::IpVersion);
    }
    met(Header::Ipv6(ip));
    let on_wire = bytes.wire_len - at - ipv6::LEN;
    let mut len = usize::from(ip.payload_len());
    if len == 0 && ip.next_header() != protocol::NO_NEXT_HEADER && on_wire > 0 {
        // Segmentation left to the NIC, or a jumbogram (RFC 2675).
        packet.flags.set(Flags::OFFLOADED_LENGTH);
        len = on_wire;
    } else if len > on_wire {
        packet.flags.set(Flags::IP_LEN_BEYOND_FRAME);
        len = on_wire;
    }
    fill_ipv6(packet, ip, at, len);
    extensions(packet, ip.next_header(), rest.get(..len).unwrap_or(rest), len, at + ipv6::LEN, met)
}

/// Fields that say the same in every IPv6 packet.
#[inline(always)]
fn fill_ipv6(packet: &mut Packet, ip: Ipv6<'_>, at: usize, len: usize) {
    packet.net = Net::Ipv6;
    packet.ethertype = ether_type::IPV6;
    packet.net_at = low16(at);
    packet.ttl = ip.hop_limit();
    packet.bytes = low32(at - usize::from(packet.link_at) + ipv6::LEN + len);
}

/// Walks over the IPv6 extension headers at the start of `here`, which lies at `at`, and of which
/// there are `len` bytes on the wire.
pub(super) fn extensions<'a>(
    packet: &mut Packet,
    kind: u8,
    here: &'a [u8],
    len: usize,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let mut extensions = Extensions::new(kind, here);
    for extension in extensions.by_ref().take(MAX_STEPS) {
        packet.flags.set(Flags::IP_OPTIONS);
        met(Header::Ipv6Extension(extension));
        if let Some(f) = extension.fragment() {
            packet.ip_id = f.id;
            fragment(packet, f.offset, f.more);
            if f.offset > 0 {
                break; // What follows is a piece of the payload, not a header.
            }
        }
    }
    let (kind, rest) = (extensions.next_header(), extensions.rest());
    if ipv6::is_extension(kind) && !packet.flags.has(Flags::LATER_FRAGMENT) {
        // Cut, or more of them than anybody needs.
        packet.flags.set(Flags::CUT_TRANSPORT);
    }
    let walked = here.len() - rest.len();
    transport(packet, kind, rest, len - walked, at + walked, met)
}

fn fragment(packet: &mut Packet, offset: u16, more: bool) {
    packet.fragment_offset = offset;
    if offset > 0 {
        packet.flags.set(Flags::FRAGMENT);
        packet.flags.set(Flags::LATER_FRAGMENT);
    }
    if more {
        packet.flags.set(Flags::FRAGMENT);
        packet.flags.set(Flags::MORE_FRAGMENTS);
    }
}
