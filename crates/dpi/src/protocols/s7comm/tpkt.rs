//! ISO transport on TCP (RFC 1006, ISO/IEC 8073): what Siemens' protocols, MMS and others go over.

use crate::reader::Reader;

/// What every packet begins with (RFC 1006 s6): version 3.
pub(in super::super) const VERSION: u8 = 3;

/// Packets of a stream, one after the other; ends after the first that is not whole or not one.
pub(in super::super) struct Packets<'a> {
    rest: &'a [u8],
}

pub(in super::super) enum Packet<'a> {
    /// Connection request or confirm (ISO/IEC 8073 s13.3, s13.4) with the selector of the service called.
    Connect { called: &'a [u8] },
    /// Data (s13.7); `whole` if all of the packet is there.
    Data { bytes: &'a [u8], whole: bool },
    /// Another one.
    Other,
    /// The stream does not reach as far as to say.
    Partial,
    /// Not the protocol.
    Wrong,
}

impl<'a> Packets<'a> {
    pub(in super::super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (packet, rest) = first(self.rest);
        self.rest = rest;
        Some(packet)
    }
}

fn first(bytes: &[u8]) -> (Packet<'_>, &[u8]) {
    if bytes.first() != Some(&VERSION) || matches!(bytes, [_, reserved, ..] if *reserved != 0) {
        return (Packet::Wrong, &[]);
    }
    let Some((&[_, _, high, low], rest)) = bytes.split_first_chunk() else { return (Packet::Partial, &[]) };
    // RFC 1006 s6: the length counts the header.
    let Some(length @ 3..) = usize::from(u16::from_be_bytes([high, low])).checked_sub(4) else {
        return (Packet::Wrong, &[]);
    };
    let (body, rest, whole) =
        rest.split_at_checked(length).map_or((rest, &[][..], false), |(body, rest)| (body, rest, true));
    let packet = match body {
        // s13.7: three bytes with the header's own length 2; some put an extended number in.
        [2, 0xf0, _, data @ ..] => Packet::Data { bytes: data, whole },
        [_, 0xd0..=0xef, ..] if whole => connect(body),
        [1..=0xfe, 0x50..=0xef, ..] if whole => Packet::Other,
        [2, 0xf0] | [1..=0xfe] | [] => Packet::Partial,
        [1..=0xfe, 0xd0..=0xef, ..] => Packet::Partial,
        _ => Packet::Wrong,
    };
    (packet, rest)
}

/// s13.3.1: fixed part, then parameters of code, length and value.
fn connect(body: &[u8]) -> Packet<'_> {
    let mut reader = Reader::new(body);
    let fixed = reader.array::<7>();
    if fixed.is_none_or(|[length, ..]| usize::from(length) + 1 != body.len()) {
        return Packet::Wrong;
    }
    let mut called = &[][..];
    while let Some(code) = reader.u8() {
        let Some(value) = reader.block8() else { return Packet::Wrong };
        // 0xc1 is the calling side's, which says nothing of the service.
        if code == 0xc2 {
            called = value;
        }
    }
    Packet::Connect { called }
}
