//! Messages as CDP has them, and protocols that were made after it (FDP, ISDP).

use std::net::IpAddr;

use dpi::Reader;

use crate::discovery::ip;

/// Values that both CDP and FDP have.
pub(crate) mod kind {
    pub(crate) const DEVICE: u16 = 0x01;
    pub(crate) const ADDRESSES: u16 = 0x02;
    pub(crate) const PORT: u16 = 0x03;
    pub(crate) const CAPABILITIES: u16 = 0x04;
    pub(crate) const VERSION: u16 = 0x05;
    pub(crate) const PLATFORM: u16 = 0x06;
}

/// Values looked at; a talkative switch sends thirty.
const MOST_VALUES: usize = 96;
/// Addresses of one value.
const MOST_ADDRESSES: u32 = 16;

/// What a device says of itself.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) version: u8,
    /// How long this holds, in seconds.
    pub(crate) hold_s: u8,
    pub(crate) values: Vec<(u16, &'a [u8])>,
}

impl<'a> Message<'a> {
    /// Version, time to hold, checksum; then values of type, length (with these four bytes) and
    /// content, the device's name among them. A broken value spoils the message, unless the capture
    /// `cut` it.
    pub(crate) fn parse(bytes: &'a [u8], cut: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (version @ 1..=2, hold_s, _checksum) = (reader.u8()?, reader.u8()?, reader.u16()?) else {
            return None;
        };
        let mut values = Vec::new();
        while !reader.is_empty() && values.len() < MOST_VALUES {
            match next(&mut reader) {
                Some(value) => values.push(value),
                None if cut => break,
                None => return None,
            }
        }
        let message = Self { version, hold_s, values };
        message.get(kind::DEVICE).is_some_and(|name| !name.is_empty()).then_some(message)
    }

    /// The first value of a kind.
    pub(crate) fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.values.iter().find(|(k, _)| *k == kind).map(|(_, value)| *value)
    }
}

fn next<'a>(reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    let (kind, len) = (reader.u16()?, reader.u16()?);
    Some((kind, reader.take(usize::from(len).checked_sub(4)?)?))
}

/// The IP addresses in a value: their number, then kind and length of the protocol's name, it, and
/// the address behind its length.
pub(crate) fn addresses(value: &[u8]) -> Vec<IpAddr> {
    /// The network layer protocol id of IPv4, and the SNAP header of IPv6.
    const IPV4: &[u8] = &[0xcc];
    const IPV6: &[u8] = &[0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd];
    let mut reader = Reader::new(value);
    let count = reader.u32().unwrap_or(0).min(MOST_ADDRESSES);
    let mut found = Vec::new();
    for _ in 0..count {
        let (Some(_kind), Some(protocol), Some(bytes)) = (reader.u8(), reader.block8(), reader.block16())
        else {
            break;
        };
        if matches!((protocol, bytes.len()), (IPV4, 4) | (IPV6, 16)) {
            found.extend(ip(bytes));
        }
    }
    found
}
