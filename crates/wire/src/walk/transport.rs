//! Transport headers.

use super::{low16, low32};
use crate::Malformed;
use crate::dccp::{self, Dccp};
use crate::esp::Esp;
use crate::header::Header;
use crate::icmp::{self, Icmp};
use crate::icmpv6::Icmpv6;
use crate::igmp::Igmp;
use crate::ip_protocol as protocol;
use crate::packet::{Flags, Packet};
use crate::sctp::{self, Sctp};
use crate::tcp::{self, Tcp};
use crate::udp::{self, Udp};
use crate::udp_lite::{self, UdpLite};

/// Reads what the IP packet holds: a transport header, unless this is a later fragment.
///
/// `here` is the payload as far as it was captured. It lies at `at` and has `len` bytes on the
/// wire.
#[inline(never)]
pub(super) fn transport<'a>(
    packet: &mut Packet,
    kind: u8,
    here: &'a [u8],
    len: usize,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    if packet.flags.has(Flags::LATER_FRAGMENT) {
        begin(packet, kind, here, len);
        return payload(packet, here.len(), len, at, 0);
    }
    transport_header(packet, kind, here, len, at, met)
}

/// Reads the transport header at the start of `here`.
///
/// One that is cut or broken is no error: the packet still belongs to the conversation of its
/// addresses. It then lacks [`Flags::TRANSPORT`].
#[inline(always)]
pub(super) fn transport_header<'a>(
    packet: &mut Packet,
    kind: u8,
    here: &'a [u8],
    len: usize,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<(), Malformed> {
    begin(packet, kind, here, len);
    if kind == protocol::TCP {
        let header_len = tcp(packet, here, len, met);
        return payload(packet, here.len(), len, at, header_len);
    }
    if kind == protocol::UDP {
        let (header_len, len) = udp(packet, here, len, met);
        return payload(packet, here.len().min(len), len, at, header_len);
    }
    let header_len = other(packet, kind, here, len, met);
    payload(packet, here.len(), len, at, header_len)
}

#[inline(always)]
fn begin(packet: &mut Packet, kind: u8, here: &[u8], len: usize) {
    packet.protocol = kind;
    if here.len() < len {
        packet.flags.set(Flags::TRUNCATED);
    }
}

#[inline(always)]
fn payload(
    packet: &mut Packet,
    captured: usize,
    len: usize,
    at: usize,
    header_len: usize,
) -> Result<(), Malformed> {
    let header_captured = header_len.min(captured);
    let payload_at = at + header_captured;
    // Of all offsets this is the largest.
    if payload_at > usize::from(u16::MAX) {
        return Err(Malformed::TooDeep);
    }
    packet.transport_at = low16(at);
    packet.payload_at = low16(payload_at);
    packet.payload_len = low32(len - header_len);
    packet.payload_captured = low32(captured - header_captured);
    Ok(())
}

/// The length of the header.
#[inline(always)]
fn tcp<'a>(packet: &mut Packet, here: &'a [u8], len: usize, met: &mut impl FnMut(Header<'a>)) -> usize {
    let Some((tcp, _)) = Tcp::split_cut(here) else { return cut(packet, here, len.min(tcp::MIN_LEN)) };
    let header_len = tcp.data_offset();
    if header_len < tcp::MIN_LEN {
        // No receiver takes such a segment (RFC 9293 s3.1), and where its payload is nobody knows.
        return cut(packet, here, len);
    }
    packet.src_port = tcp.src_port();
    packet.dst_port = tcp.dst_port();
    packet.seq = tcp.seq();
    packet.ack = tcp.ack();
    packet.tcp_flags = tcp.flags();
    packet.window = tcp.window();
    packet.checksum = tcp.checksum();
    packet.flags.set(Flags::TRANSPORT);
    met(Header::Tcp(tcp));
    header_len.min(len)
}

/// The length of the header, and where the datagram ends: by the IP length `len` or the UDP length,
/// whichever is shorter.
#[inline(always)]
fn udp<'a>(
    packet: &mut Packet,
    here: &'a [u8],
    len: usize,
    met: &mut impl FnMut(Header<'a>),
) -> (usize, usize) {
    let Some((udp, _)) = Udp::split(here) else { return (cut(packet, here, len.min(udp::LEN)), len) };
    packet.src_port = udp.src_port();
    packet.dst_port = udp.dst_port();
    packet.checksum = udp.checksum();
    packet.flags.set(Flags::TRANSPORT);
    met(Header::Udp(udp));
    let said = usize::from(udp.length());
    // A jumbogram says 0, a fragment the length of the whole datagram.
    if said == len || said == 0 || packet.flags.has(Flags::FRAGMENT) {
        return (udp::LEN, len);
    }
    packet.flags.set(Flags::UDP_LEN_MISMATCH);
    (udp::LEN, said.clamp(udp::LEN, len))
}

/// The length of the header; 0 for one that is the payload's own business.
#[inline(never)]
fn other<'a>(
    packet: &mut Packet,
    kind: u8,
    here: &'a [u8],
    len: usize,
    met: &mut impl FnMut(Header<'a>),
) -> usize {
    match kind {
        protocol::ICMP | protocol::ICMPV6 | protocol::IGMP => {
            let Some((icmp_type, code)) = icmp::type_and_code(here) else { return 0 };
            packet.icmp_type = icmp_type;
            packet.icmp_code = if kind == protocol::IGMP { 0 } else { code };
            packet.flags.set(Flags::TRANSPORT);
            match kind {
                protocol::ICMP => Icmp::parse(here).map(Header::Icmp),
                protocol::ICMPV6 => Icmpv6::parse(here).map(Header::Icmpv6),
                _ => Igmp::parse(here).map(Header::Igmp),
            }
            .map(met);
            len.min(icmp::LEN)
        }
        protocol::SCTP => {
            let Some((header, chunks)) = Sctp::split(here) else {
                return cut(packet, here, len.min(sctp::LEN));
            };
            met(Header::Sctp(header, chunks));
            ports(packet, here);
            sctp::LEN
        }
        protocol::UDP_LITE => {
            let Some((header, _)) = UdpLite::split(here) else {
                return cut(packet, here, len.min(udp_lite::LEN));
            };
            met(Header::UdpLite(header));
            ports(packet, here);
            udp_lite::LEN
        }
        protocol::DCCP => {
            let Some((header, _)) = Dccp::split(here) else {
                return cut(packet, here, len.min(dccp::MIN_LEN));
            };
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

/// A header of `header_len` bytes cannot be read; gives back that length.
#[cold]
fn cut(packet: &mut Packet, here: &[u8], header_len: usize) -> usize {
    packet.flags.set(Flags::CUT_TRANSPORT);
    ports(packet, here);
    header_len
}

/// Ports come first in every transport that has them, so four bytes of a cut header will do.
fn ports(packet: &mut Packet, here: &[u8]) {
    if let Some(&[s0, s1, d0, d1]) = here.first_chunk::<4>() {
        packet.src_port = u16::from_be_bytes([s0, s1]);
        packet.dst_port = u16::from_be_bytes([d0, d1]);
        packet.flags.set(Flags::TRANSPORT);
    }
}
