//! Packets for unit tests, built from the inside out.

use crate::{Frame, LinkType, Malformed, Packet};

/// All levels of a frame.
pub(crate) fn levels(link: LinkType, bytes: &[u8]) -> Result<Vec<Packet>, Malformed> {
    Packet::levels(&Frame::whole(link, bytes)).collect()
}

pub(crate) fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub(crate) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    cat(&[&[0x02, 0, 0, 0, 0, 2], &[0x02, 0, 0, 0, 0, 1], &kind.to_be_bytes(), payload])
}

/// 10.0.0.1 to 10.0.0.2, time to live 64.
pub(crate) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [hi, lo] = (20 + payload.len() as u16).to_be_bytes();
    cat(&[&[0x45, 0, hi, lo, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], payload])
}

/// 2001:0:<from>:: to 2001:db8::2, hop limit 64.
pub(crate) fn ipv6(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [hi, lo] = (payload.len() as u16).to_be_bytes();
    let mut bytes = cat(&[&[0x60, 0, 0, 0, hi, lo, protocol, 64], &[0; 32]]);
    bytes[8..14].copy_from_slice(&[0x20, 0x01, 0, 0, 0, 1]);
    bytes[24..28].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    bytes[39] = 2;
    bytes.extend(payload);
    bytes
}

pub(crate) fn udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    let len = 8 + payload.len() as u16;
    cat(&[&src.to_be_bytes(), &dst.to_be_bytes(), &len.to_be_bytes(), &[0, 0], payload])
}

/// An IPv4 packet with UDP from port 7 to port 9 and four bytes of payload: what the tests carry
/// inside everything.
pub(crate) fn small() -> Vec<u8> {
    ipv4(17, &udp(7, 9, b"data"))
}

/// The same over IPv6.
pub(crate) fn small6() -> Vec<u8> {
    ipv6(17, &udp(7, 9, b"data"))
}
