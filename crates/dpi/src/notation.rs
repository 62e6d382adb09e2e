//! Addresses and identifiers as they are usually written.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::fingerprints::hex;

/// Bytes in hexadecimal, at most `max` of them.
pub(crate) fn hexadecimal(bytes: &[u8], max: usize) -> String {
    hex(bytes.get(..max).unwrap_or(bytes))
}

/// A hardware address, two digits a byte between colons.
pub(crate) fn mac(bytes: &[u8]) -> String {
    let mut text = hexadecimal(bytes, 8);
    (1..bytes.len().min(8)).rev().for_each(|byte| text.insert(byte * 2, ':'));
    text
}

/// An IPv4 or IPv6 address; nothing if the length is neither's.
pub(crate) fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(v4).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|v6| Ipv6Addr::from(v6).to_string())
}

/// A number that is written as an IPv4 address: a router's identifier.
pub(crate) fn dotted(number: u32) -> String {
    Ipv4Addr::from(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_people_write_them() {
        assert_eq!(hexadecimal(&[0, 0xab, 7], 2), "00ab");
        assert_eq!(mac(&[2, 0, 0, 0, 0xa, 0xff]), "02:00:00:00:0a:ff");
        assert_eq!(mac(&[]), "");
        assert_eq!(address(&[192, 0, 2, 1]).as_deref(), Some("192.0.2.1"));
        assert_eq!(address(&[0; 16]).as_deref(), Some("::"));
        assert_eq!(address(&[0; 5]), None);
        assert_eq!(dotted(0x0a00_0001), "10.0.0.1");
    }
}
