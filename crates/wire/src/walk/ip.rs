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

#[inline(always)]
pub(super) fn ipv4<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let here = bytes.from(at);
    let Some((ip, rest)) = Ipv4::split(here).filter(|(ip, _)| ip.version() == 4) else {
        return Err(not_ipv4(here));
    };
    met(Header::Ipv4(ip));
    // Twice the same, but nearly always with a constant.
    match ip.header_len() {
        ipv4::MIN_LEN => behind_ipv4(packet, bytes, at, ip, ipv4::MIN_LEN, rest, met),
        header_len => behind_options(packet, bytes, at, ip, header_len, rest, met),
    }
}

#[inline(never)]
fn behind_options<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    ip: Ipv4<'a>,
    header_len: usize,
    rest: &'a [u8],
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    behind_ipv4(packet, bytes, at, ip, header_len, rest, met)
}

#[inline(always)]
fn behind_ipv4<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    ip: Ipv4<'a>,
    header_len: usize,
    rest: &'a [u8],
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let (total, mut flags) = total_len(usize::from(ip.total_len()), header_len, bytes.wire_len - at)?;
    if header_len > ipv4::MIN_LEN {
        flags.set(Flags::IP_OPTIONS);
    }
    if ip.dont_fragment() {
        flags.set(Flags::DONT_FRAGMENT);
    }
    packet.net = Net::Ipv4;
    packet.ethertype = ether_type::IPV4;
    packet.net_at = low16(at);
    packet.ttl = ip.ttl();
    packet.ip_id = u32::from(ip.id());
    packet.bytes = low32(at + total - usize::from(packet.link_at));
    packet.flags = flags;
    let payload_len = total - header_len;
    let payload = rest.get(..payload_len).unwrap_or(rest);
    if ip.is_fragment() {
        packet.fragment_offset = ip.fragment_offset();
        fragment(&mut packet.flags, ip.fragment_offset(), ip.more_fragments());
        return transport(packet, ip.protocol(), payload, payload_len, at + header_len, met);
    }
    transport_header(packet, ip.protocol(), payload, payload_len, at + header_len, met)
}

/// The length of the packet on the wire, and what is remarkable about it.
#[inline]
fn total_len(said: usize, header_len: usize, on_wire: usize) -> Result<(usize, Flags), Malformed> {
    let mut flags = Flags::default();
    if header_len <= said && said <= on_wire {
        return Ok((said, flags));
    }
    if said == 0 {
        flags.set(Flags::OFFLOADED_LENGTH);
    } else if said < header_len {
        return Err(Malformed::IpTotalLength);
    } else {
        flags.set(Flags::IP_LEN_BEYOND_FRAME);
    }
    Ok((on_wire, flags))
}

#[cold]
fn not_ipv4(here: &[u8]) -> Malformed {
    match here.first() {
        Some(b) if b >> 4 != 4 => Malformed::IpVersion,
        Some(b) if b & 0x0f < 5 => Malformed::IpHeaderLength,
        _ => Malformed::NetTruncated,
    }
}

#[inline]
pub(super) fn ipv6<'a>(
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
    let mut payload_len = usize::from(ip.payload_len());
    if payload_len == 0 && ip.next_header() != protocol::NO_NEXT_HEADER && on_wire > 0 {
        // Segmentation left to the NIC, or a jumbogram (RFC 2675).
        packet.flags.set(Flags::OFFLOADED_LENGTH);
        payload_len = on_wire;
    } else if payload_len > on_wire {
        packet.flags.set(Flags::IP_LEN_BEYOND_FRAME);
        payload_len = on_wire;
    }
    packet.net = Net::Ipv6;
    packet.ethertype = ether_type::IPV6;
    packet.net_at = low16(at);
    packet.ttl = ip.hop_limit();
    packet.bytes = low32(at + ipv6::LEN + payload_len - usize::from(packet.link_at));
    let payload = rest.get(..payload_len).unwrap_or(rest);
    if ipv6::is_extension(ip.next_header()) {
        extensions(packet, ip.next_header(), payload, payload_len, at + ipv6::LEN, met)
    } else {
        transport(packet, ip.next_header(), payload, payload_len, at + ipv6::LEN, met)
    }
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
            packet.fragment_offset = f.offset;
            fragment(&mut packet.flags, f.offset, f.more);
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

fn fragment(flags: &mut Flags, offset: u16, more: bool) {
    if offset > 0 {
        flags.set(Flags::FRAGMENT);
        flags.set(Flags::LATER_FRAGMENT);
    }
    if more {
        flags.set(Flags::FRAGMENT);
        flags.set(Flags::MORE_FRAGMENTS);
    }
}
