use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ethernet::Ethernet;
use crate::ip_protocol as protocol;
use crate::ipv4::Ipv4;
use crate::ipv6::{Extensions, Ipv6};
use crate::link::LinkType;
use crate::tcp::Tcp;
use crate::udp::Udp;
use crate::walk;
use crate::{Frame, Header, MacAddr, Malformed, tunnel};

/// What one level of a frame is: where its headers lie, and the few fields that everybody needs.
///
/// Offsets count from the start of the captured frame, whatever the level. Lengths come from the
/// headers, bytes from what was captured: `payload_len` may exceed `payload_captured` when the
/// snap length cut the frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packet {
    /// TCP sequence number.
    pub seq: u32,
    /// TCP acknowledgement number (meaningful if the ACK bit is set).
    pub ack: u32,
    /// Payload bytes behind the transport header, by the headers.
    pub payload_len: u32,
    /// Payload bytes that were captured.
    pub payload_captured: u32,
    /// Bytes from this level's link header to the end of its IP packet (padding excluded), by the
    /// headers; for what is not IP, to the end of the frame.
    pub bytes: u32,
    /// IPv4 identification, or that of the IPv6 fragment header.
    pub ip_id: u32,
    /// VXLAN network, GRE key, GTP tunnel id ... of the tunnel this level came out of.
    pub tunnel_id: u32,
    /// First byte of this level's link header.
    pub link_at: u16,
    /// First byte of the network header.
    pub net_at: u16,
    /// First byte of the transport header (behind options and extension headers).
    pub transport_at: u16,
    /// First byte of the payload.
    pub payload_at: u16,
    /// Source port (TCP, UDP, UDP-Lite, SCTP, DCCP), else 0.
    pub src_port: u16,
    /// Destination port, else 0.
    pub dst_port: u16,
    /// TCP control bits, see [`crate::tcp::flag`].
    pub tcp_flags: u16,
    /// TCP window, unscaled.
    pub window: u16,
    /// Transport checksum (TCP, UDP) as it stands on the wire.
    pub checksum: u16,
    /// The EtherType of the network header. Below 0x0600 an LLC header is there, and this is the
    /// 802.3 length, or 4 on links without such. 0 where nothing names what is there.
    pub ethertype: u16,
    /// Fragment offset in bytes.
    pub fragment_offset: u16,
    /// VLAN ids, outermost first.
    pub vlans: Vlans,
    /// How this level's link header looks.
    pub link: LinkType,
    /// The network layer.
    pub net: Net,
    /// IP protocol of the transport header.
    pub protocol: u8,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// ICMP, ICMPv6 or IGMP type.
    pub icmp_type: u8,
    /// ICMP or ICMPv6 code.
    pub icmp_code: u8,
    /// What is remarkable about this packet.
    pub flags: Flags,
    /// The tunnel that this level came out of.
    pub tunnel: Tunnel,
    /// How many tunnels this level is inside of.
    pub depth: u8,
}

/// The network layer of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Net {
    /// Something that is not decoded further, by EtherType (LLDP, STP, IPX ...).
    #[default]
    Other,
    /// ARP or RARP.
    Arp,
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// The way into a level that was encapsulated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
#[repr(u8)]
pub enum Tunnel {
    /// Not encapsulated.
    #[default]
    None = 0,
    /// IPv4 in IPv4 (RFC 2003).
    IpInIp,
    /// IPv6 in IPv4 (RFC 4213).
    SixInFour,
    /// IPv4 in IPv6 (RFC 2473).
    FourInSix,
    /// IPv6 in IPv6 (RFC 2473).
    SixInSix,
    /// GRE (RFC 2784), also version 1 with PPP (PPTP, RFC 2637).
    Gre,
    /// Mirrored frames in GRE, types I to III.
    Erspan,
    /// VXLAN (RFC 7348), also its GPE form.
    Vxlan,
    /// Geneve (RFC 8926).
    Geneve,
    /// GTP-U version 1 (3GPP TS 29.281).
    GtpU,
    /// Teredo (RFC 4380).
    Teredo,
    /// L2TP version 2 or 3 (RFC 2661, RFC 3931).
    L2tp,
    /// CAPWAP data (RFC 5415).
    Capwap,
    /// Authentication header in transport or tunnel mode (RFC 4302).
    Ah,
}

impl Tunnel {
    /// The name that records carry; `None` for a level that was not encapsulated.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::None => return None,
            Self::IpInIp => "ipip",
            Self::SixInFour => "6in4",
            Self::FourInSix => "4in6",
            Self::SixInSix => "6in6",
            Self::Gre => "gre",
            Self::Erspan => "erspan",
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::GtpU => "gtp-u",
            Self::Teredo => "teredo",
            Self::L2tp => "l2tp",
            Self::Capwap => "capwap",
            Self::Ah => "ah",
        })
    }

    /// The tunnel id separates networks that may use the same addresses, and is the same in both
    /// directions. (GRE keys and GTP tunnel ids differ by direction.)
    pub const fn id_is_symmetric(self) -> bool {
        matches!(self, Self::Vxlan | Self::Geneve)
    }
}

/// VLAN ids of a packet, outermost first. Holds four; `depth` counts all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Vlans {
    ids: [u16; 4],
    depth: u8,
}

impl Vlans {
    pub(crate) fn push(&mut self, id: u16) {
        if let Some(slot) = self.ids.get_mut(usize::from(self.depth)) {
            *slot = id;
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// How many tags the frame had.
    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// The first four ids.
    pub fn ids(&self) -> &[u16] {
        self.ids.get(..usize::from(self.depth)).unwrap_or(&self.ids)
    }
}

/// Bits that say what is remarkable about a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags(u16);

impl Flags {
    /// A fragment of a larger datagram, first or later.
    pub const FRAGMENT: Self = Self(1);
    /// A fragment that is not the first: it has no transport header.
    pub const LATER_FRAGMENT: Self = Self(1 << 1);
    /// The transport header was decoded: ports, or ICMP type and code, are valid.
    pub const TRANSPORT: Self = Self(1 << 2);
    /// The frame was cut before the end of the IP packet.
    pub const TRUNCATED: Self = Self(1 << 3);
    /// IP length 0: segmentation was left to the NIC; the captured length counts.
    pub const OFFLOADED_LENGTH: Self = Self(1 << 4);
    /// The UDP length is not that of the IP payload.
    pub const UDP_LEN_MISMATCH: Self = Self(1 << 5);
    /// The IP header claims more bytes than the frame had on the wire.
    pub const IP_LEN_BEYOND_FRAME: Self = Self(1 << 6);
    /// IPv6 extension headers or IPv4 options were there.
    pub const IP_OPTIONS: Self = Self(1 << 7);
    /// Don't fragment was set.
    pub const DONT_FRAGMENT: Self = Self(1 << 8);
    /// More fragments follow.
    pub const MORE_FRAGMENTS: Self = Self(1 << 9);
    /// The transport header was cut or has a length that cannot be: there are ports, if at all,
    /// and nothing else is known.
    pub const CUT_TRANSPORT: Self = Self(1 << 10);

    /// All bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn set(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Those that say something about the IP header.
    pub(crate) const fn of_ip(self) -> Self {
        let transport =
            Self::TRANSPORT.0 | Self::CUT_TRANSPORT.0 | Self::UDP_LEN_MISMATCH.0 | Self::TRUNCATED.0;
        Self(self.0 & !transport)
    }

    /// The name of each bit that is set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 11] = [
            "fragment",
            "later-fragment",
            "transport",
            "truncated",
            "offloaded-length",
            "udp-length-mismatch",
            "ip-length-beyond-frame",
            "ip-options",
            "dont-fragment",
            "more-fragments",
            "cut-transport",
        ];
        NAMES.into_iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| name)
    }
}

impl Packet {
    /// Decodes the outermost level of a frame.
    #[inline]
    pub fn decode(frame: &Frame<'_>) -> Result<Self, Malformed> {
        let mut packet = Self::default();
        packet.decode_into(frame).map(|()| packet)
    }

    /// Decodes the outermost level of a frame in place; `self` must be [`Packet::default`].
    ///
    /// What [`Packet::decode`] does, without moving the result.
    #[inline]
    pub fn decode_into(&mut self, frame: &Frame<'_>) -> Result<(), Malformed> {
        walk::outermost(self, frame, &mut |_| {})
    }

    /// The packet is IPv4 or IPv6.
    #[inline]
    pub fn is_ip(&self) -> bool {
        matches!(self.net, Net::Ipv4 | Net::Ipv6)
    }

    /// Decodes what this packet encapsulates, if it is a tunnel; at most
    /// [`MAX_DEPTH`](Self::MAX_DEPTH) levels.
    ///
    /// `bytes` are the frame's bytes, as they were given to [`Packet::decode`].
    #[inline]
    pub fn inner(&self, bytes: &[u8]) -> Option<Result<Self, Malformed>> {
        if self.may_be_tunnel() && self.depth < Self::MAX_DEPTH {
            walk::inner(self, bytes, &mut |_| {})
        } else {
            None
        }
    }

    /// Every level of a frame, outermost first; ends behind one that could not be decoded.
    pub fn levels<'a>(frame: &Frame<'a>) -> impl Iterator<Item = Result<Self, Malformed>> + use<'a> {
        let bytes = frame.bytes;
        std::iter::successors(Some(Self::decode(frame)), move |level| level.as_ref().ok()?.inner(bytes))
    }

    /// Walks down all levels of a frame and hands over every header there, outermost first. For
    /// somebody who wants to see the packet; the packet path has [`Packet::decode`].
    pub fn headers<'a>(frame: &Frame<'a>, mut met: impl FnMut(Header<'a>)) -> Result<(), Malformed> {
        let mut level = Self::default();
        walk::outermost(&mut level, frame, &mut met)?;
        while level.depth < Self::MAX_DEPTH {
            match walk::inner(&level, frame.bytes, &mut met) {
                Some(inner) => level = inner?,
                None => break,
            }
        }
        Ok(())
    }

    /// Tunnels in tunnels that are followed.
    pub const MAX_DEPTH: u8 = 4;

    /// The payload that was captured.
    pub fn payload<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let at = usize::from(self.payload_at);
        bytes.get(at..at + self.payload_captured as usize).unwrap_or_default()
    }

    /// TCP options as bytes, as far as they were captured; empty if this is not TCP.
    #[inline]
    pub fn tcp_options<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let from = usize::from(self.transport_at) + crate::tcp::MIN_LEN;
        bytes.get(from..usize::from(self.payload_at)).unwrap_or_default()
    }

    /// Link-layer source and destination, where the link has such.
    pub fn macs(&self, bytes: &[u8]) -> (Option<MacAddr>, Option<MacAddr>) {
        let header = bytes.get(usize::from(self.link_at)..).unwrap_or_default();
        walk::macs(self.link, header)
    }

    /// The IPv4 header of this level.
    pub fn ipv4<'a>(&self, bytes: &'a [u8]) -> Option<Ipv4<'a>> {
        let header = bytes.get(usize::from(self.net_at)..).filter(|_| self.net == Net::Ipv4)?;
        Ipv4::split(header).map(|(h, _)| h)
    }

    /// The IPv6 header of this level and its extension headers.
    pub fn ipv6<'a>(&self, bytes: &'a [u8]) -> Option<(Ipv6<'a>, Extensions<'a>)> {
        let header = bytes.get(usize::from(self.net_at)..).filter(|_| self.net == Net::Ipv6)?;
        Ipv6::split(header).map(|(h, rest)| (h, Extensions::new(h.next_header(), rest)))
    }

    /// The Ethernet header of this level.
    pub fn ethernet<'a>(&self, bytes: &'a [u8]) -> Option<Ethernet<'a>> {
        let header = bytes.get(usize::from(self.link_at)..).filter(|_| self.link == LinkType::Ethernet)?;
        Ethernet::split(header).map(|(h, _)| h)
    }

    /// The TCP header of this level.
    pub fn tcp<'a>(&self, bytes: &'a [u8]) -> Option<Tcp<'a>> {
        Tcp::split(self.transport(protocol::TCP, bytes)?).map(|(h, _)| h)
    }

    /// The UDP header of this level.
    pub fn udp<'a>(&self, bytes: &'a [u8]) -> Option<Udp<'a>> {
        Udp::split(self.transport(protocol::UDP, bytes)?).map(|(h, _)| h)
    }

    /// The captured bytes from the transport header to the end of the payload, if the transport is
    /// `protocol` and its header is whole.
    pub fn transport<'a>(&self, protocol: u8, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let whole = self.flags.has(Flags::TRANSPORT) && !self.flags.has(Flags::CUT_TRANSPORT);
        let end = usize::from(self.payload_at) + self.payload_captured as usize;
        (self.protocol == protocol && whole).then(|| bytes.get(usize::from(self.transport_at)..end))?
    }

    /// Source and destination address.
    pub fn addresses(&self, bytes: &[u8]) -> Option<(IpAddr, IpAddr)> {
        let header = bytes.get(usize::from(self.net_at)..)?;
        match self.net {
            Net::Ipv4 => {
                let a = header.get(12..20)?.first_chunk::<8>()?;
                let &[a, b, c, d, e, f, g, h] = a;
                Some((Ipv4Addr::new(a, b, c, d).into(), Ipv4Addr::new(e, f, g, h).into()))
            }
            Net::Ipv6 => {
                let src = header.get(8..24)?.first_chunk::<16>()?;
                let dst = header.get(24..40)?.first_chunk::<16>()?;
                Some((Ipv6Addr::from(*src).into(), Ipv6Addr::from(*dst).into()))
            }
            _ => None,
        }
    }

    /// This level's protocol or ports are those of a tunnel; [`Packet::inner`] finds out.
    #[inline]
    fn may_be_tunnel(&self) -> bool {
        match self.protocol {
            protocol::TCP => false,
            protocol::UDP => tunnel::is_port(self.dst_port) || tunnel::is_port(self.src_port),
            protocol::IPV4 | protocol::IPV6 | protocol::GRE | protocol::AH | protocol::L2TP => true,
            _ => false,
        }
    }
}
