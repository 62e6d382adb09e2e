//! One walk down the headers of a frame, from the link layer to the transport.
//!
//! `met` is handed every header on the way. On the packet path it does nothing and costs nothing.

mod ip;
mod transport;

use crate::arp::Arp;
use crate::ethernet::{self, Ethernet};
use crate::header::Header;
use crate::link::LinkType;
use crate::packet::{Flags, Net, Packet};
use crate::vlan::{self, Vlan};
use crate::{Frame, MacAddr, Malformed, VlanTag, ether_type, link, sll, tunnel};
use ip::{extensions, ipv4, ipv6};
use transport::transport;

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
    fn of(frame: &Frame<'a>) -> Self {
        Self { all: frame.bytes, wire_len: (frame.wire_len as usize).max(frame.bytes.len()) }
    }

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
    // Nine of ten packets: plain IP, untagged on Ethernet. Offsets are constants to the compiler
    // here, and a fresh packet has its link already.
    if frame.link == LinkType::Ethernet
        && frame.vlan.is_none()
        && let Some((header, rest)) = Ethernet::split(frame.bytes)
    {
        let kind = header.type_or_length();
        if kind == ether_type::IPV4
            && let Some(found) = ip::plain_ipv4(rest)
        {
            met(Header::Ethernet(header));
            packet.link_at = 0;
            return ip::take_ipv4(packet, found, ethernet::LEN, met);
        }
        if kind == ether_type::IPV6
            && let Some(found) = ip::plain_ipv6(rest)
        {
            met(Header::Ethernet(header));
            packet.link_at = 0;
            return ip::take_ipv6(packet, found, ethernet::LEN, met);
        }
    }
    let bytes = Bytes::of(frame);
    if frame.link == LinkType::Ethernet {
        on_ethernet(packet, bytes, frame.vlan, met)?;
    } else {
        on_another_link(packet, bytes, frame, met)?;
    }
    if frame.vlan.is_some() {
        packet.bytes += low32(vlan::LEN);
    }
    Ok(())
}

#[inline(never)]
fn on_ethernet<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    stripped: Option<VlanTag>,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    let (header, _) = Ethernet::split(bytes.all).ok_or(Malformed::LinkTruncated)?;
    met(Header::Ethernet(header));
    if let Some(tag) = stripped {
        packet.vlans.push(tag.id());
        met(Header::Vlan(tag));
    }
    let (mut kind, mut at) = (header.type_or_length(), ethernet::LEN);
    if vlan::is_tag(kind) {
        (kind, at) = tags(packet, bytes, kind, at, met)?;
    }
    match kind {
        ether_type::IPV4 => ipv4(packet, bytes, at, met),
        ether_type::IPV6 => ipv6(packet, bytes, at, met),
        _ => walk(packet, bytes, Step { next: Next::EtherType(kind), at }, met),
    }
}

#[inline(never)]
fn on_another_link<'a>(
    packet: &mut Packet,
    mut bytes: Bytes<'a>,
    frame: &Frame<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    packet.link = frame.link;
    let step = link::enter(frame.link, packet, &mut bytes, met)?;
    if let Some(tag) = frame.vlan {
        packet.vlans.push(tag.id());
        met(Header::Vlan(tag));
    }
    walk(packet, bytes, step, met)
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
    let (here, len) = (bytes.from(step.at), bytes.wire_len.checked_sub(step.at)?);
    let rest = match outer.net {
        Net::Ipv6 => extensions(&mut packet, kind, here, len, step.at, met),
        _ => transport(&mut packet, kind, here, len, step.at, met),
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

#[inline(never)]
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
                let (kind, at) = tags(packet, bytes, tpid, step.at, met)?;
                step = Step { next: Next::EtherType(kind), at };
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
            Next::Ethernet => {
                packet.link = LinkType::Ethernet;
                packet.link_at = offset(step.at)?;
                step = ethernet(bytes, step.at, met)?;
            }
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

/// Walks over the VLAN tags at `at`: the EtherType behind them, and where that leads.
#[inline]
fn tags<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    mut kind: u16,
    mut at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(u16, usize), Malformed> {
    for _ in 0..MAX_STEPS {
        let (tag, _) = Vlan::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
        packet.vlans.push(tag.id());
        met(Header::Vlan(VlanTag { tpid: kind, tci: tag.tci() }));
        (kind, at) = (tag.ethertype(), at + vlan::LEN);
        if !vlan::is_tag(kind) {
            return Ok((kind, at));
        }
    }
    Err(Malformed::TooDeep)
}

fn ethernet<'a>(bytes: Bytes<'a>, at: usize, met: &mut impl FnMut(Header<'a>)) -> Result<Step, Malformed> {
    let (header, _) = Ethernet::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
    met(Header::Ethernet(header));
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
    packet.payload_len = low32(bytes.wire_len.saturating_sub(at));
    packet.payload_captured = low32(bytes.all.len().saturating_sub(at));
    packet.bytes = low32(bytes.wire_len.saturating_sub(usize::from(packet.link_at)));
    if bytes.all.len() < bytes.wire_len {
        packet.flags.set(Flags::TRUNCATED);
    }
    Ok(())
}

/// A step's offset as a field, where no later check bounds it.
#[inline]
pub(crate) fn offset(at: usize) -> Result<u16, Malformed> {
    u16::try_from(at).map_err(|_| Malformed::TooDeep)
}

/// An offset as a field; [`transport`] checks the largest of them all.
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn low16(at: usize) -> u16 {
    at as u16
}

/// A length as a field. No packet has 4 GiB; if a caller says so, lengths wrap.
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn low32(n: usize) -> u32 {
    n as u32
}
