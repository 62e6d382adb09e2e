//! PPP framing (RFC 1661 s2, RFC 1662 s3.1).

use crate::ether_type;

/// IPv4.
pub const IPV4: u16 = 0x0021;
/// IPv6 (RFC 5072).
pub const IPV6: u16 = 0x0057;
/// MPLS unicast (RFC 3032 s4).
pub const MPLS: u16 = 0x0281;
/// MPLS multicast (RFC 3032 s4).
pub const MPLS_MULTICAST: u16 = 0x0283;

/// A PPP header. Read into fields, because each of its parts may be compressed away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ppp {
    /// Address and control field (0xff, 0x03), where they are there.
    pub address_control: Option<[u8; 2]>,
    /// Protocol field; one byte on the wire if it was compressed (RFC 1661 s6.5).
    pub protocol: u16,
    /// Bytes of the header, 1 to 4.
    pub header_len: usize,
}

impl Ppp {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (address_control, rest) = match bytes {
            [0xff, 0x03, rest @ ..] => (Some([0xff, 0x03]), rest),
            _ => (None, bytes),
        };
        // The first byte of a whole protocol field is even, the last odd (RFC 1661 s2).
        let (protocol, rest) = match *rest {
            [one, ref rest @ ..] if one & 1 == 1 => (u16::from(one), rest),
            [a, b, ref rest @ ..] => (u16::from_be_bytes([a, b]), rest),
            _ => return None,
        };
        Some((Self { address_control, protocol, header_len: bytes.len() - rest.len() }, rest))
    }

    /// The EtherType that says the same as the protocol field; `None` for control protocols and
    /// whatever is compressed or encrypted.
    pub fn ethertype(&self) -> Option<u16> {
        match self.protocol {
            IPV4 => Some(ether_type::IPV4),
            IPV6 => Some(ether_type::IPV6),
            MPLS => Some(ether_type::MPLS),
            MPLS_MULTICAST => Some(ether_type::MPLS_UPSTREAM),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_may_be_compressed() {
        for (bytes, header_len) in [
            (&[0xff, 3, 0, 0x21, 0x45][..], 4),
            (&[0xff, 3, 0x21, 0x45], 3),
            (&[0, 0x21, 0x45], 2),
            (&[0x21, 0x45], 1),
        ] {
            let (ppp, rest) = Ppp::split(bytes).unwrap();
            assert_eq!((ppp.protocol, ppp.header_len, rest), (IPV4, header_len, &[0x45][..]));
            assert_eq!(ppp.ethertype(), Some(ether_type::IPV4));
        }
        assert!(Ppp::split(&[0xff, 3, 0xc0]).is_none());
        assert_eq!(Ppp::split(&[0xff, 3, 0xc0, 0x21]).unwrap().0.ethertype(), None);
    }
}
