//! Link types: how the bytes of a capture begin.

mod between;

use std::fmt;

use crate::chdlc::{self, Chdlc};
use crate::header::Header;
use crate::ieee80211::Ieee80211;
use crate::null::{self, Null};
use crate::packet::Packet;
use crate::ppi::Ppi;
use crate::ppp::Ppp;
use crate::radiotap::{self, Radiotap};
use crate::sll::{self, Sll};
use crate::sll2::{self, Sll2};
use crate::walk::{Bytes, Next, Step, offset};
use crate::{MacAddr, Malformed, ether_type};

pub(crate) use between::{is_plausible_ethernet, llc, ppp, step};

/// The link-layer header a capture's frames start with (LINKTYPE_ values of the pcap registry).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum LinkType {
    /// BSD loopback: address family in the capturing host's byte order (0); also OpenBSD's
    /// variant in network order (108).
    Null,
    /// Ethernet II or 802.3 (1).
    #[default]
    Ethernet,
    /// PPP, with or without HDLC framing (9, 50).
    Ppp,
    /// Bare IPv4 or IPv6 by version nibble (101, and 12, 14 in old files).
    Raw,
    /// Bare IPv4 (228).
    Ipv4,
    /// Bare IPv6 (229).
    Ipv6,
    /// Cisco HDLC (104).
    CiscoHdlc,
    /// 802.11 without metadata (105).
    Ieee80211,
    /// 802.11 behind a radiotap header (127).
    Radiotap,
    /// Per-packet information header, then another link type named in it (192).
    Ppi,
    /// Linux cooked capture (113).
    Sll,
    /// Linux cooked capture, version 2 (276).
    Sll2,
    /// Anything else, by its number. Frames of it are counted, not decoded.
    Other(u16),
}

impl LinkType {
    /// From the number in a capture file.
    pub const fn from_pcap(number: u16) -> Self {
        match number {
            0 | 108 => Self::Null,
            1 => Self::Ethernet,
            9 | 50 => Self::Ppp,
            12 | 14 | 101 => Self::Raw,
            104 => Self::CiscoHdlc,
            105 => Self::Ieee80211,
            113 => Self::Sll,
            127 => Self::Radiotap,
            192 => Self::Ppi,
            228 => Self::Ipv4,
            229 => Self::Ipv6,
            276 => Self::Sll2,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "loopback",
            Self::Ethernet => "ethernet",
            Self::Ppp => "ppp",
            Self::Raw => "ip",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::CiscoHdlc => "cisco-hdlc",
            Self::Ieee80211 => "ieee80211",
            Self::Radiotap => "radiotap",
            Self::Ppi => "ppi",
            Self::Sll => "linux-sll",
            Self::Sll2 => "linux-sll2",
            Self::Other(number) => return write!(f, "linktype-{number}"),
        })
    }
}

/// Walks over the link header of anything but Ethernet.
pub(crate) fn enter<'a>(
    link: LinkType,
    packet: &mut Packet,
    bytes: &mut Bytes<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Step, Malformed> {
    let all = bytes.all;
    Ok(match link {
        LinkType::Ethernet => Step { next: Next::Ethernet, at: 0 },
        LinkType::Raw => Step { next: Next::Ip, at: 0 },
        LinkType::Ipv4 => Step { next: Next::EtherType(ether_type::IPV4), at: 0 },
        LinkType::Ipv6 => Step { next: Next::EtherType(ether_type::IPV6), at: 0 },
        LinkType::Null => {
            let (header, _) = Null::split(all).ok_or(Malformed::LinkTruncated)?;
            let next = header.ethertype().map_or(Next::End, Next::EtherType);
            met(Header::Null(header));
            Step { next, at: null::LEN }
        }
        LinkType::CiscoHdlc => cisco_hdlc(all, met)?,
        // Ports that PPP was not brought up on are captured as PPP too (LINKTYPE_PPP_HDLC).
        LinkType::Ppp if matches!(all, [chdlc::UNICAST | chdlc::BROADCAST, 0, ..]) => cisco_hdlc(all, met)?,
        LinkType::Ppp => {
            let (header, _) = Ppp::split(all).ok_or(Malformed::LinkTruncated)?;
            met(Header::Ppp(header));
            Step { next: header.ethertype().map_or(Next::End, Next::EtherType), at: header.header_len }
        }
        LinkType::Sll => {
            let (header, _) = Sll::split(all).ok_or(Malformed::LinkTruncated)?;
            met(Header::Sll(header));
            cooked(header.hardware_type(), header.protocol(), sll::LEN, packet, bytes, met)?
        }
        LinkType::Sll2 => {
            let (header, _) = Sll2::split(all).ok_or(Malformed::LinkTruncated)?;
            met(Header::Sll2(header));
            cooked(header.hardware_type(), header.protocol(), sll2::LEN, packet, bytes, met)?
        }
        LinkType::Ieee80211 => wireless(packet, *bytes, 0, false, met)?,
        LinkType::Radiotap => radiotap(packet, bytes, 0, met)?,
        LinkType::Ppi => ppi(packet, bytes, met)?,
        LinkType::Other(_) => return Err(Malformed::LinkUnsupported),
    })
}

/// Source and destination address of a link header other than Ethernet.
pub(crate) fn macs(link: LinkType, header: &[u8]) -> (Option<MacAddr>, Option<MacAddr>) {
    match link {
        LinkType::Sll => (Sll::split(header).and_then(|(h, _)| h.source()), None),
        LinkType::Sll2 => (Sll2::split(header).and_then(|(h, _)| h.source()), None),
        LinkType::Ieee80211 => {
            Ieee80211::split(header).map_or((None, None), |(h, _)| (h.source(), h.destination()))
        }
        _ => (None, None),
    }
}

fn cisco_hdlc<'a>(all: &'a [u8], met: &mut impl FnMut(Header<'a>)) -> Result<Step, Malformed> {
    let (header, _) = Chdlc::split(all).ok_or(Malformed::LinkTruncated)?;
    met(Header::Chdlc(header));
    Ok(Step {
        next: match header.protocol() {
            // The EtherType of RARP elsewhere.
            chdlc::SLARP => Next::End,
            kind => named(kind),
        },
        at: chdlc::LEN,
    })
}

fn cooked<'a>(
    hardware: u16,
    protocol: u16,
    at: usize,
    packet: &mut Packet,
    bytes: &mut Bytes<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Step, Malformed> {
    let next = match (hardware, protocol) {
        (sll::hardware::RADIOTAP, _) => return radiotap(packet, bytes, at, met),
        (sll::hardware::NETLINK | sll::hardware::FRAD, _) => Next::End,
        (_, sll::protocol::LLC) => Next::Llc,
        (_, kind) => named(kind),
    };
    Ok(Step { next, at })
}

fn ppi<'a>(
    packet: &mut Packet,
    bytes: &mut Bytes<'a>,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Step, Malformed> {
    let (header, frame) = Ppi::split(bytes.all).ok_or(Malformed::LinkTruncated)?;
    let (at, link_type) = (header.header_len(), header.link_type());
    met(Header::Ppi(header));
    let link = u16::try_from(link_type).map_or(LinkType::Other(u16::MAX), LinkType::from_pcap);
    packet.link = link;
    packet.link_at = offset(at)?;
    match link {
        LinkType::Ethernet => Ok(Step { next: Next::Ethernet, at }),
        LinkType::Raw => Ok(Step { next: Next::Ip, at }),
        LinkType::Ieee80211 => wireless(packet, *bytes, at, false, met),
        LinkType::Radiotap => radiotap(packet, bytes, at, met),
        LinkType::Ppp => {
            let (header, _) = Ppp::split(frame).ok_or(Malformed::LinkTruncated)?;
            met(Header::Ppp(header));
            let next = header.ethertype().map_or(Next::End, Next::EtherType);
            Ok(Step { next, at: at + header.header_len })
        }
        _ => Err(Malformed::LinkUnsupported),
    }
}

/// `packet.link` becomes the 802.11 header behind: radiotap never was on the air.
fn radiotap<'a>(
    packet: &mut Packet,
    bytes: &mut Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Step, Malformed> {
    let (header, _) = Radiotap::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
    let flags = header.flags().unwrap_or(0);
    let frame_at = at + header.header_len();
    met(Header::Radiotap(header));
    if flags & radiotap::flag::FCS != 0 {
        bytes.end_at(bytes.wire_len.saturating_sub(4).max(frame_at));
    }
    wireless(packet, *bytes, frame_at, flags & radiotap::flag::DATA_PAD != 0, met)
}

pub(crate) fn wireless<'a>(
    packet: &mut Packet,
    bytes: Bytes<'a>,
    at: usize,
    padded: bool,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Step, Malformed> {
    let (header, _) = Ieee80211::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
    let header_len = header.header_len();
    let next = if header.carries_llc() { Next::Llc } else { Next::End };
    met(Header::Ieee80211(header));
    packet.link = LinkType::Ieee80211;
    packet.link_at = offset(at)?;
    let header_len = if padded { header_len.next_multiple_of(4) } else { header_len };
    // A frame without a body need not have the padding.
    Ok(Step { next, at: (at + header_len).min(bytes.all.len()) })
}

/// A number that is an EtherType, unless it is too small for one.
fn named(kind: u16) -> Next {
    if kind < ether_type::FIRST { Next::End } else { Next::EtherType(kind) }
}

#[cfg(test)]
mod tests;
