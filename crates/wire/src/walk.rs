//! One walk down the headers of a frame, from the link layer to the transport.
//!
//! `met` is handed every header on the way. On the packet path it does nothing and costs nothing.

use crate::arp::Arp;
use crate::dccp::Dccp;
use crate::esp::Esp;
use crate::ethernet::{self, Ethernet};
use crate::header::Header;
use crate::icmp::{self, Icmp};
use crate::icmpv6::Icmpv6;
use crate::igmp::Igmp;
use crate::ip_protocol as protocol;
use crate::ipv4::{self, Ipv4};
use crate::ipv6::{self, Extensions, Ipv6};
use crate::link::LinkType;
use crate::packet::{Flags, Net, Packet};
use crate::sctp::{self, Sctp};
use crate::tcp::{self, Tcp};
use crate::udp::{self, Udp};
use crate::udp_lite::{self, UdpLite};
use crate::vlan::{self, Vlan};
use crate::{Frame, MacAddr, Malformed, VlanTag, ether_type, link, sll, tunnel};

/// Where a step down the headers leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// An EtherType names what begins here.
    EtherType(u16),
    /// An LLC header begins here.
    Llc,
    /// IPv4 or IPv6 by its version nibble.
    Ip,
    /// An Ethernet header begins here.
    Ethernet,
    /// An 802.11 header begins here.
    Wireless,
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a> {
    pub(crate) all: &'a [u8],
    /// At least `all.len()`.
    pub(crate) wire_len: usize,
}

impl<'a> Bytes<'a> {
    pub(crate) fn from(&self, at: usize) -> &'a [u8] {
        self.all.get(at..).unwrap_or_default()
    }

    /// A length field says that what lies at `end` and behind it is padding.
    pub(crate) fn end_at(&mut self, end: usize) {
        if end < self.wire_len {
            self.wire_len = end;
            self.all = self.all.get(..end).unwrap_or(self.all);
        }
    }
}

/// Tags, labels and extension headers that are walked over before the frame is given up.
pub(crate) const MAX_STEPS: usize = 16;

/// Fills in `packet`, which must be fresh: by reference, because copying it costs as much as the walk.
#[inline]
pub(crate) fn outermost<'a>(
    packet: &mut Packet,
    frame: &Frame<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    packet.link = frame.link;
    let wire_len = (frame.wire_len as usize).max(frame.bytes.len());
    let mut bytes = Bytes { all: frame.bytes, wire_len };
    let step = match frame.link {
        LinkType::Ethernet => ethernet(packet, bytes, 0, met)?,
        other => link::enter(other, packet, &mut bytes, met)?,
    };
    let Some(tag) = frame.vlan else {
        walk(packet, bytes, step, met)?;
        return Ok(());
    };
    packet.vlans.push(tag.id());
    met(Header::Vlan(tag));
    walk(packet, bytes, step, met)?;
    packet.bytes += length(vlan::LEN);
    Ok(())
}

pub(crate) fn inner<'a>(
    outer: &Packet,
    frame: &'a [u8],
    met: &mut impl FnMut(Header<'a>),
) -> Option<Result<Packet, Malformed>> {
    // The outer payload is all there is: what lies behind it is padding.
    let payload_at = usize::from(outer.payload_at);
    let mut bytes = Bytes {
        all: frame.get(..payload_at + outer.payload_captured as usize)?,
        wire_len: payload_at + outer.payload_len as usize,
    };
    let (tunnel, tunnel_id, step) = match tunnel::enter(outer, &mut bytes, met)? {
        Ok(entry) => entry,
        Err(cause) => return Some(Err(cause)),
    };
    let mut packet = Packet {
        tunnel,
        tunnel_id,
        depth: outer.depth + 1,
        link: LinkType::Raw,
        vlans: outer.vlans,
        ..Packet::default()
    };
    let Next::Protocol(kind) = step.next else {
        packet.link_at = offset(step.at).ok()?;
        return Some(walk(&mut packet, bytes, step, met).map(|()| packet));
    };
    // The transport behind an AH belongs to the same IP packet.
    packet.net = outer.net;
    packet.net_at = outer.net_at;
    packet.link_at = outer.link_at;
    packet.link = outer.link;
    packet.ethertype = outer.ethertype;
    packet.ttl = outer.ttl;
    packet.ip_id = outer.ip_id;
    packet.bytes = outer.bytes;
    packet.flags = outer.flags.of_ip();
    let rest = match outer.net {
        Net::Ipv6 => extensions(&mut packet, bytes, kind, step.at, bytes.wire_len, met),
        _ => transport(&mut packet, bytes, kind, step.at, bytes.wire_len, met),
    };
    Some(rest.map(|()| packet))
}

pub(crate) fn macs(link: LinkType, header: &[u8]) -> (Option<MacAddr>, Option<MacAddr>) {
    match (link, Ethernet::split(header)) {
        (LinkType::Ethernet, Some((h, _))) => (Some(h.source()), Some(h.destination())),
        (LinkType::Ethernet, None) => (None, None),
        _ => link::macs(link, header),
    }
}

#[inline]
fn walk<'a>(
    packet: &mut Packet,
    mut bytes: Bytes<'a>,
    mut step: Step,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    for _ in 0..MAX_STEPS {
        match step.next {
            Next::EtherType(ether_type::IPV4) => return ipv4(packet, bytes, step.at, met),
            Next::EtherType(ether_type::IPV6) => return ipv6(packet, bytes, step.at, met),
            Next::EtherType(tpid) if vlan::is_tag(tpid) => {
                let (tag, _) = Vlan::split(bytes.from(step.at)).ok_or(Malformed::LinkTruncated)?;
                packet.vlans.push(tag.id());
                met(Header::Vlan(VlanTag { tpid, tci: tag.tci() }));
                step = Step { next: Next::EtherType(tag.ethertype()), at: step.at + vlan::LEN };
            }
            Next::EtherType(kind) => match link::step(kind, &mut bytes, step.at, met)? {
                Some(further) => step = further,
                None => return other(packet, bytes, kind, step.at, met),
            },
            Next::Llc => match link::llc(bytes.from(step.at), step.at, met) {
                Some(further) => step = further,
                None => return other(packet, bytes, sll::protocol::LLC, step.at, met),
            },
            Next::Wireless => step = link::wireless(packet, bytes, step.at, false, met)?,
            Next::Ethernet => step = ethernet(packet, bytes, step.at, met)?,
            Next::Ip => match bytes.from(step.at).first().map(|b| b >> 4) {
                Some(4) => return ipv4(packet, bytes, step.at, met),
                Some(6) => return ipv6(packet, bytes, step.at, met),
                Some(_) => return Err(Malformed::IpVersion),
                None => return Err(Malformed::NetTruncated),
            },
            Next::Protocol(_) | Next::End => return other(packet, bytes, 0, step.at, met),
        }
    }
    Err(Malformed::TooDeep)
}

#[inline]
fn ethernet<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Step, Malformed> {
    let (header, _) = Ethernet::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
    met(Header::Ethernet(header));
    packet.link = LinkType::Ethernet;
    packet.link_at = offset(at)?;
    Ok(Step { next: Next::EtherType(header.type_or_length()), at: at + ethernet::LEN })
}

fn other<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    ethertype: u16,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    if matches!(ethertype, ether_type::ARP | ether_type::RARP) {
        packet.net = Net::Arp;
        if let Some((arp, _)) = Arp::split(bytes.from(at)) {
            met(Header::Arp(arp));
        }
    }
    packet.ethertype = ethertype;
    packet.net_at = offset(at)?;
    packet.transport_at = packet.net_at;
    packet.payload_at = packet.net_at;
    packet.payload_len = length(bytes.wire_len.saturating_sub(at));
    packet.payload_captured = length(bytes.all.len().saturating_sub(at));
    packet.bytes = length(bytes.wire_len.saturating_sub(usize::from(packet.link_at)));
    if bytes.all.len() < bytes.wire_len {
        packet.flags.set(Flags::TRUNCATED);
    }
    Ok(())
}

#[inline]
fn ipv4<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let here = bytes.from(at);
    let Some((ip, _)) = Ipv4::split(here).filter(|(ip, _)| ip.version() == 4) else {
        return Err(not_ipv4(here));
    };
    met(Header::Ipv4(ip));
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
    if header_len > ipv4::MIN_LEN {
        packet.flags.set(Flags::IP_OPTIONS);
    }
    if ip.dont_fragment() {
        packet.flags.set(Flags::DONT_FRAGMENT);
    }
    let end = at + total;
    packet.bytes = length(end - usize::from(packet.link_at));
    fragment(packet, ip.fragment_offset(), ip.more_fragments());
    transport(packet, bytes, ip.protocol(), at + header_len, end, met)
}

#[cold]
fn not_ipv4(here: &[u8]) -> Malformed {
    match here.first() {
        Some(b) if b >> 4 != 4 => Malformed::IpVersion,
        Some(b) if b & 0x0f < 5 => Malformed::IpHeaderLength,
        _ => Malformed::NetTruncated,
    }
}

fn ipv6<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let (ip, _) = Ipv6::split(bytes.from(at)).ok_or(Malformed::NetTruncated)?;
    if ip.version() != 6 {
        return Err(Malformed::IpVersion);
    }
    met(Header::Ipv6(ip));
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
    extensions(packet, bytes, ip.next_header(), at + ipv6::LEN, end, met)
}

/// Walks over the extension headers at `at` of an IPv6 packet that ends at `end`.
#[inline]
fn extensions<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    kind: u8,
    at: usize,
    end: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    if !ipv6::is_extension(kind) {
        return transport(packet, bytes, kind, at, end, met);
    }
    packet.flags.set(Flags::IP_OPTIONS);
    let here = bytes.all.get(at..end.min(bytes.all.len())).unwrap_or_default();
    let mut extensions = Extensions::new(kind, here);
    for extension in extensions.by_ref().take(MAX_STEPS) {
        met(Header::Ipv6Extension(extension));
        if let Some(f) = extension.fragment() {
            packet.ip_id = f.id;
            fragment(packet, f.offset, f.more);
            if f.offset > 0 {
                break; // What follows is a piece of the payload, not a header.
            }
        }
    }
    let (kind, at) = (extensions.next_header(), at + here.len() - extensions.rest().len());
    if ipv6::is_extension(kind) && !packet.flags.has(Flags::LATER_FRAGMENT) {
        // Cut, or more of them than anybody needs.
        packet.flags.set(Flags::CUT_TRANSPORT);
    }
    transport(packet, bytes, kind, at, end, met)
}

#[inline]
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
fn transport<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    kind: u8,
    at: usize,
    end: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    packet.protocol = kind;
    packet.transport_at = offset(at)?;
    let mut end = end.max(at);
    let captured_end = end.min(bytes.all.len()).max(at);
    if captured_end < end {
        packet.flags.set(Flags::TRUNCATED);
    }
    let here = bytes.all.get(at..captured_end).unwrap_or_default();
    let mut header = 0;
    if !packet.flags.has(Flags::LATER_FRAGMENT) {
        match kind {
            protocol::TCP => header = tcp(packet, here, met),
            protocol::UDP => (header, end) = udp(packet, here, at, end, met),
            _ => header = other_transport(packet, kind, here, met),
        }
    }
    let payload_at = at + header;
    packet.payload_at = offset(payload_at)?;
    packet.payload_len = length(end.saturating_sub(payload_at));
    packet.payload_captured = length(captured_end.min(end).saturating_sub(payload_at));
    Ok(())
}

#[inline]
fn tcp<'a>(packet: &mut Packet, here: &'a [u8], met: &mut impl FnMut(Header<'a>)) -> usize {
    let Some((tcp, _)) = Tcp::split_cut(here).filter(|(tcp, _)| tcp.data_offset() >= tcp::MIN_LEN) else {
        // Cut, or a data offset that lies; no receiver takes such a segment (RFC 9293 s3.1).
        return cut(packet, here);
    };
    packet.src_port = tcp.src_port();
    packet.dst_port = tcp.dst_port();
    packet.seq = tcp.seq();
    packet.ack = tcp.ack();
    packet.tcp_flags = tcp.flags();
    packet.window = tcp.window();
    packet.checksum = tcp.checksum();
    packet.flags.set(Flags::TRANSPORT);
    met(Header::Tcp(tcp));
    tcp.header_len()
}

/// The length of the header and the end of the payload.
#[inline]
fn udp<'a>(
    packet: &mut Packet,
    here: &'a [u8],
    at: usize,
    end: usize,
    met: &mut impl FnMut(Header<'a>),
) -> (usize, usize) {
    let Some((udp, _)) = Udp::split(here) else { return (cut(packet, here), end) };
    packet.src_port = udp.src_port();
    packet.dst_port = udp.dst_port();
    packet.checksum = udp.checksum();
    packet.flags.set(Flags::TRANSPORT);
    met(Header::Udp(udp));
    let said = usize::from(udp.length());
    let there = end - at;
    if said == there || said == 0 || packet.flags.has(Flags::FRAGMENT) {
        return (udp::LEN, end);
    }
    packet.flags.set(Flags::UDP_LEN_MISMATCH);
    // The payload ends where the shorter of the two says.
    (udp::LEN, at + said.clamp(udp::LEN, there))
}

/// The length of the header; 0 for one that is the payload's own business.
fn other_transport<'a>(
    packet: &mut Packet,
    kind: u8,
    here: &'a [u8],
    met: &mut impl FnMut(Header<'a>),
) -> usize {
    match kind {
        protocol::ICMP | protocol::ICMPV6 | protocol::IGMP => {
            let Some((icmp_type, code)) = icmp::type_and_code(here) else { return 0 };
            packet.icmp_type = icmp_type;
            packet.icmp_code = if kind == protocol::IGMP { 0 } else { code };
            match kind {
                protocol::ICMP => Icmp::parse(here).map(Header::Icmp),
                protocol::ICMPV6 => Icmpv6::parse(here).map(Header::Icmpv6),
                _ => Igmp::parse(here).map(Header::Igmp),
            }
            .map(met);
            packet.flags.set(Flags::TRANSPORT);
            here.len().min(icmp::LEN)
        }
        protocol::SCTP => {
            let Some((header, chunks)) = Sctp::split(here) else { return cut(packet, here) };
            met(Header::Sctp(header, chunks));
            ports(packet, here);
            sctp::LEN
        }
        protocol::UDP_LITE => {
            let Some((header, _)) = UdpLite::split(here) else { return cut(packet, here) };
            met(Header::UdpLite(header));
            ports(packet, here);
            udp_lite::LEN
        }
        protocol::DCCP => {
            let Some((header, _)) = Dccp::split(here) else { return cut(packet, here) };
            met(Header::Dccp(header));
            ports(packet, here);
            header.header_len()
        }
        _ => {
            if let (protocol::ESP, Some((header, _))) = (kind, Esp::split(here)) {
                met(Header::Esp(header));
            }
            if !packet.flags.has(Flags::CUT_TRANSPORT) {
                packet.flags.set(Flags::TRANSPORT);
            }
            0
        }
    }
}

#[cold]
fn cut(packet: &mut Packet, here: &[u8]) -> usize {
    packet.flags.set(Flags::CUT_TRANSPORT);
    ports(packet, here);
    here.len()
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
pub(crate) fn offset(at: usize) -> Result<u16, Malformed> {
    u16::try_from(at).map_err(|_| Malformed::TooDeep)
}

#[inline]
fn length(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
