//! One walk down the headers of a frame, from the link layer to the transport.

use crate::ethernet::{self, Ethernet};
use crate::ip_protocol as protocol;
use crate::ipv4::Ipv4;
use crate::ipv6::{self, Extensions, Ipv6};
use crate::link::LinkType;
use crate::packet::{Flags, Net, Packet};
use crate::vlan::{self, Vlan};
use crate::{Frame, MacAddr, Malformed, ether_type, link, tunnel};

/// Where a step down the headers leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// An EtherType names what begins here.
    EtherType(u16),
    /// IPv4 or IPv6 by its version nibble.
    Ip,
    /// An Ethernet header begins here.
    Ethernet,
    /// An IP protocol begins here, in the packet whose IP header was read already (AH).
    Protocol(u8),
    /// Nothing that is decoded further.
    End,
}

/// A step: what comes next, and its offset in the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    pub(crate) next: Next,
    pub(crate) at: usize,
}

/// The bytes of a frame and how long it was on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'a> {
    pub(crate) all: &'a [u8],
    /// At least `all.len()`, unless the capture lies.
    pub(crate) wire_len: usize,
}

impl<'a> Bytes<'a> {
    pub(crate) fn from(&self, at: usize) -> &'a [u8] {
        self.all.get(at..).unwrap_or_default()
    }
}

/// Tags, labels and link headers that are walked over before the frame is given up.
const MAX_STEPS: usize = 16;

pub(crate) fn outermost(frame: &Frame<'_>) -> Result<Packet, Malformed> {
    let mut packet = Packet { link: frame.link, ..Packet::default() };
    let bytes = Bytes { all: frame.bytes, wire_len: (frame.wire_len as usize).max(frame.bytes.len()) };
    let mut stripped = 0;
    if let Some(tag) = frame.vlan {
        packet.vlans.push(tag.tci & 0x0fff);
        stripped = vlan::LEN as u32;
    }
    let step = match frame.link {
        LinkType::Ethernet => Step { next: Next::Ethernet, at: 0 },
        other => link::enter(other, bytes.all, &mut packet)?,
    };
    walk(&mut packet, bytes, step)?;
    packet.bytes += stripped;
    Ok(packet)
}

pub(crate) fn inner(outer: &Packet, bytes: &[u8]) -> Option<Result<Packet, Malformed>> {
    let (tunnel, id, step) = match tunnel::enter(outer, bytes)? {
        Ok(entry) => entry,
        Err(cause) => return Some(Err(cause)),
    };
    let mut packet = Packet {
        tunnel,
        tunnel_id: id,
        depth: outer.depth + 1,
        link: LinkType::Raw,
        vlans: outer.vlans,
        ..Packet::default()
    };
    // The outer payload is all there is: what lies behind it is padding.
    let end = usize::from(outer.payload_at) + outer.payload_captured as usize;
    let bytes = Bytes {
        all: bytes.get(..end).unwrap_or(bytes),
        wire_len: usize::from(outer.payload_at) + outer.payload_len as usize,
    };
    Some(match step.next {
        // The transport behind an AH belongs to the same IP packet.
        Next::Protocol(kind) => {
            packet.net = outer.net;
            packet.net_at = outer.net_at;
            packet.link_at = outer.link_at;
            packet.link = outer.link;
            packet.ethertype = outer.ethertype;
            packet.ttl = outer.ttl;
            packet.ip_id = outer.ip_id;
            packet.bytes = outer.bytes;
            transport(&mut packet, bytes, kind, step.at, bytes.wire_len).map(|()| packet)
        }
        _ => {
            packet.link_at = offset(step.at).ok()?;
            walk(&mut packet, bytes, step).map(|()| packet)
        }
    })
}

pub(crate) fn macs(link: LinkType, header: &[u8]) -> (Option<MacAddr>, Option<MacAddr>) {
    match (link, Ethernet::split(header)) {
        (LinkType::Ethernet, Some((h, _))) => (Some(h.source()), Some(h.destination())),
        (LinkType::Ethernet, None) => (None, None),
        _ => link::macs(link, header),
    }
}

fn walk(packet: &mut Packet, bytes: Bytes<'_>, mut step: Step) -> Result<(), Malformed> {
    for _ in 0..MAX_STEPS {
        match step.next {
            Next::Ethernet => {
                let (header, _) = Ethernet::split(bytes.from(step.at)).ok_or(Malformed::LinkTruncated)?;
                packet.link = LinkType::Ethernet;
                packet.link_at = offset(step.at)?;
                step = Step { next: Next::EtherType(header.type_or_length()), at: step.at + ethernet::LEN };
            }
            Next::EtherType(ether_type::IPV4) => return ipv4(packet, bytes, step.at),
            Next::EtherType(ether_type::IPV6) => return ipv6(packet, bytes, step.at),
            Next::EtherType(kind) if vlan::is_tag(kind) => {
                let (tag, _) = Vlan::split(bytes.from(step.at)).ok_or(Malformed::LinkTruncated)?;
                packet.vlans.push(tag.id());
                step = Step { next: Next::EtherType(tag.ethertype()), at: step.at + vlan::LEN };
            }
            Next::EtherType(kind) => match link::step(kind, bytes.all, step.at)? {
                Some(further) => step = further,
                None => return other(packet, bytes, kind, step.at),
            },
            Next::Ip => match bytes.from(step.at).first().map(|b| b >> 4) {
                Some(4) => return ipv4(packet, bytes, step.at),
                Some(6) => return ipv6(packet, bytes, step.at),
                Some(_) => return Err(Malformed::IpVersion),
                None => return Err(Malformed::NetTruncated),
            },
            Next::Protocol(_) | Next::End => return other(packet, bytes, 0, step.at),
        }
    }
    Err(Malformed::TooDeep)
}

fn other(packet: &mut Packet, bytes: Bytes<'_>, ethertype: u16, at: usize) -> Result<(), Malformed> {
    packet.net = if ethertype == ether_type::ARP { Net::Arp } else { Net::Other };
    packet.ethertype = ethertype;
    packet.net_at = offset(at)?;
    packet.transport_at = packet.net_at;
    packet.payload_at = packet.net_at;
    packet.payload_len = length(bytes.wire_len.saturating_sub(at));
    packet.payload_captured = length(bytes.all.len().saturating_sub(at));
    packet.bytes = length(bytes.wire_len.saturating_sub(usize::from(packet.link_at)));
    Ok(())
}

#[inline]
fn ipv4(packet: &mut Packet, bytes: Bytes<'_>, at: usize) -> Result<(), Malformed> {
    let here = bytes.from(at);
    let Some((ip, _)) = Ipv4::split(here) else {
        return Err(match here.first() {
            Some(b) if b >> 4 != 4 => Malformed::IpVersion,
            Some(b) if b & 0x0f < 5 => Malformed::IpHeaderLength,
            _ => Malformed::NetTruncated,
        });
    };
    if ip.version() != 4 {
        return Err(Malformed::IpVersion);
    }
    let on_wire = bytes.wire_len - at;
    let header_len = ip.header_len();
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
    packet.net = Net::Ipv4;
    packet.ethertype = ether_type::IPV4;
    packet.net_at = offset(at)?;
    packet.ttl = ip.ttl();
    packet.ip_id = u32::from(ip.id());
    if header_len > crate::ipv4::MIN_LEN {
        packet.flags.set(Flags::IP_OPTIONS);
    }
    if ip.dont_fragment() {
        packet.flags.set(Flags::DONT_FRAGMENT);
    }
    let end = at + total;
    packet.bytes = length(end - usize::from(packet.link_at));
    fragment(packet, ip.fragment_offset(), ip.more_fragments());
    transport(packet, bytes, ip.protocol(), at + header_len, end)
}

fn ipv6(packet: &mut Packet, bytes: Bytes<'_>, at: usize) -> Result<(), Malformed> {
    let (ip, rest) = Ipv6::split(bytes.from(at)).ok_or(Malformed::NetTruncated)?;
    if ip.version() != 6 {
        return Err(Malformed::IpVersion);
    }
    let on_wire = bytes.wire_len - at;
    let mut total = ipv6::LEN + usize::from(ip.payload_len());
    if total == ipv6::LEN && ip.next_header() != protocol::NO_NEXT_HEADER && on_wire > ipv6::LEN {
        // Segmentation left to the NIC, or a jumbogram (RFC 2675).
        packet.flags.set(Flags::OFFLOADED_LENGTH);
        total = on_wire;
    } else if total > on_wire {
        packet.flags.set(Flags::IP_LEN_BEYOND_FRAME);
        total = on_wire;
    }
    packet.net = Net::Ipv6;
    packet.ethertype = ether_type::IPV6;
    packet.net_at = offset(at)?;
    packet.ttl = ip.hop_limit();
    let end = at + total;
    packet.bytes = length(end - usize::from(packet.link_at));
    let mut extensions = Extensions::new(ip.next_header(), rest);
    for extension in extensions.by_ref().take(MAX_STEPS) {
        packet.flags.set(Flags::IP_OPTIONS);
        if let Some(f) = extension.fragment() {
            packet.ip_id = f.id;
            fragment(packet, f.offset, f.more);
            if f.offset > 0 {
                break; // What follows is a piece of the payload, not a header.
            }
        }
    }
    let transport_at = bytes.all.len() - extensions.rest().len();
    transport(packet, bytes, extensions.next_header(), transport_at, end.max(transport_at))
}

fn fragment(packet: &mut Packet, offset: u16, more: bool) {
    if offset > 0 {
        packet.flags.set(Flags::FRAGMENT);
        packet.flags.set(Flags::LATER_FRAGMENT);
    } else if more {
        packet.flags.set(Flags::FRAGMENT);
    }
    if more {
        packet.flags.set(Flags::MORE_FRAGMENTS);
    }
    packet.fragment_offset = offset;
}

/// Reads the transport header at `at` of a packet that ends at `end` by its IP header.
///
/// A transport header that is cut or broken is no error: the packet still belongs to the
/// conversation of its addresses. It then lacks [`Flags::TRANSPORT`].
#[inline]
fn transport(
    packet: &mut Packet,
    bytes: Bytes<'_>,
    kind: u8,
    at: usize,
    end: usize,
) -> Result<(), Malformed> {
    packet.protocol = kind;
    packet.transport_at = offset(at)?;
    let captured_end = end.min(bytes.all.len()).max(at);
    if captured_end < end {
        packet.flags.set(Flags::TRUNCATED);
    }
    let here = bytes.all.get(at..captured_end).unwrap_or_default();
    let mut header = 0;
    let mut end = end.max(at);
    if !packet.flags.has(Flags::LATER_FRAGMENT) {
        match kind {
            protocol::TCP => header = tcp(packet, here),
            protocol::UDP => (header, end) = udp(packet, here, at, end),
            _ => header = other_transport(packet, kind, here),
        }
    }
    let payload_at = at + header;
    packet.payload_at = offset(payload_at)?;
    packet.payload_len = length(end.saturating_sub(payload_at));
    packet.payload_captured = length(captured_end.min(end).saturating_sub(payload_at));
    Ok(())
}

#[inline]
fn tcp(packet: &mut Packet, here: &[u8]) -> usize {
    let Some(fixed) = here.first_chunk::<{ crate::tcp::MIN_LEN }>() else {
        cut(packet, here);
        return here.len();
    };
    let &[s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, w0, w1, c0, c1, ..] = fixed;
    packet.src_port = u16::from_be_bytes([s0, s1]);
    packet.dst_port = u16::from_be_bytes([d0, d1]);
    packet.seq = u32::from_be_bytes([q0, q1, q2, q3]);
    packet.ack = u32::from_be_bytes([a0, a1, a2, a3]);
    packet.tcp_flags = u16::from_be_bytes([offset & 1, flags]);
    packet.window = u16::from_be_bytes([w0, w1]);
    packet.checksum = u16::from_be_bytes([c0, c1]);
    packet.flags.set(Flags::TRANSPORT);
    // An offset below the fixed header or beyond the packet leaves no payload that could be told
    // from options.
    let header = usize::from(offset >> 4) * 4;
    if header < crate::tcp::MIN_LEN { here.len() } else { header.min(here.len()) }
}

#[inline]
fn udp(packet: &mut Packet, here: &[u8], at: usize, end: usize) -> (usize, usize) {
    let Some((udp, _)) = crate::udp::Udp::split(here) else {
        cut(packet, here);
        return (here.len(), end);
    };
    packet.src_port = udp.src_port();
    packet.dst_port = udp.dst_port();
    packet.checksum = udp.checksum();
    packet.flags.set(Flags::TRANSPORT);
    let said = usize::from(udp.length());
    let there = end - at;
    if said == there || said == 0 || packet.flags.has(Flags::FRAGMENT) {
        return (crate::udp::LEN, end);
    }
    packet.flags.set(Flags::UDP_LEN_MISMATCH);
    // The payload ends where the shorter of the two says.
    (crate::udp::LEN, at + said.clamp(crate::udp::LEN, there.max(crate::udp::LEN)))
}

fn other_transport(packet: &mut Packet, kind: u8, here: &[u8]) -> usize {
    match kind {
        protocol::ICMP | protocol::ICMPV6 | protocol::IGMP => {
            let &[icmp_type, code, ..] = here else { return 0 };
            packet.icmp_type = icmp_type;
            packet.icmp_code = if kind == protocol::IGMP { 0 } else { code };
            packet.flags.set(Flags::TRANSPORT);
            here.len().min(8)
        }
        protocol::SCTP if here.len() >= 12 => ports_then(packet, here, 12),
        protocol::UDP_LITE if here.len() >= 8 => ports_then(packet, here, 8),
        // DCCP (RFC 4340 s5.1): the data offset counts 32-bit words.
        33 if here.len() >= 12 => {
            let header = here.get(4).map_or(12, |words| usize::from(*words) * 4);
            ports_then(packet, here, header.min(here.len()))
        }
        protocol::SCTP | protocol::UDP_LITE | 33 => {
            cut(packet, here);
            here.len()
        }
        _ => {
            packet.flags.set(Flags::TRANSPORT);
            0
        }
    }
}

fn ports_then(packet: &mut Packet, here: &[u8], header: usize) -> usize {
    ports(packet, here);
    header
}

fn cut(packet: &mut Packet, here: &[u8]) {
    packet.flags.set(Flags::CUT_TRANSPORT);
    ports(packet, here);
}

/// Ports come first in every transport that has them, so four bytes of a cut header will do.
fn ports(packet: &mut Packet, here: &[u8]) {
    if let Some(&[s0, s1, d0, d1]) = here.first_chunk::<4>() {
        packet.src_port = u16::from_be_bytes([s0, s1]);
        packet.dst_port = u16::from_be_bytes([d0, d1]);
        packet.flags.set(Flags::TRANSPORT);
    }
}

#[inline]
fn offset(at: usize) -> Result<u16, Malformed> {
    u16::try_from(at).map_err(|_| Malformed::TooDeep)
}

#[inline]
fn length(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
