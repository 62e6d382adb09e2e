//! IPv4 (RFC 791).

use std::net::Ipv4Addr;

/// Bytes of the header without options.
pub const MIN_LEN: usize = 20;

/// An IPv4 header with its options.
#[derive(Clone, Copy, Debug)]
pub struct Ipv4<'a> {
    fixed: &'a [u8; MIN_LEN],
    options: &'a [u8],
}

impl<'a> Ipv4<'a> {
    /// The header at the start of `bytes` and everything behind it, Ethernet padding included.
    ///
    /// `None` if the bytes end inside the header or the header length is below 20.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let options_len = (usize::from(fixed[0] & 0x0f) * 4).checked_sub(MIN_LEN)?;
        let (options, rest) = rest.split_at_checked(options_len)?;
        Some((Self { fixed, options }, rest))
    }

    /// The same, but only for a header of version 4 without options and of no fragment: three
    /// comparisons for what nearly every packet is.
    #[inline]
    pub(crate) fn split_plain(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let is_fragment = u16::from_be_bytes([fixed[6], fixed[7]]) & 0x3fff != 0;
        (fixed[0] == 0x45 && !is_fragment).then_some((Self { fixed, options: &[] }, rest))
    }

    /// Version nibble; 4 in a proper header.
    pub fn version(&self) -> u8 {
        self.fixed[0] >> 4
    }

    /// Header length in bytes, 20 to 60.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.options.len()
    }

    /// Differentiated services code point (RFC 2474).
    pub fn dscp(&self) -> u8 {
        self.fixed[1] >> 2
    }

    /// Explicit congestion notification bits (RFC 3168).
    pub fn ecn(&self) -> u8 {
        self.fixed[1] & 3
    }

    /// Header and payload in bytes; 0 where segmentation is left to the NIC.
    pub fn total_len(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Identification.
    pub fn id(&self) -> u16 {
        u16::from_be_bytes([self.fixed[4], self.fixed[5]])
    }

    /// Reserved flag, the "evil bit" of RFC 3514.
    pub fn reserved_flag(&self) -> bool {
        self.fixed[6] & 0x80 != 0
    }

    /// Don't fragment.
    pub fn dont_fragment(&self) -> bool {
        self.fixed[6] & 0x40 != 0
    }

    /// More fragments follow.
    pub fn more_fragments(&self) -> bool {
        self.fixed[6] & 0x20 != 0
    }

    /// Where this fragment lies in the datagram, in bytes.
    pub fn fragment_offset(&self) -> u16 {
        (u16::from_be_bytes([self.fixed[6], self.fixed[7]]) & 0x1fff) << 3
    }

    /// Time to live.
    pub fn ttl(&self) -> u8 {
        self.fixed[8]
    }

    /// Protocol of the payload.
    pub fn protocol(&self) -> u8 {
        self.fixed[9]
    }

    /// Header checksum.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.fixed[10], self.fixed[11]])
    }

    /// The ones' complement sum over the header comes out right (RFC 1071).
    pub fn checksum_ok(&self) -> bool {
        let words = self.fixed.as_chunks().0.iter().chain(self.options.as_chunks().0);
        let sum: u32 = words.map(|w| u32::from(u16::from_be_bytes(*w))).sum();
        // 30 words carry at most 30 out of the lower half, and folding that in at most one more.
        let folded = (sum & 0xffff) + (sum >> 16);
        (folded & 0xffff) + (folded >> 16) == 0xffff
    }

    /// Source address.
    pub fn source(&self) -> Ipv4Addr {
        let f = self.fixed;
        Ipv4Addr::new(f[12], f[13], f[14], f[15])
    }

    /// Destination address.
    pub fn destination(&self) -> Ipv4Addr {
        let f = self.fixed;
        Ipv4Addr::new(f[16], f[17], f[18], f[19])
    }

    /// The options, in wire order.
    pub fn options(&self) -> Options<'a> {
        Options(self.options)
    }

    /// The options as bytes, padding included.
    pub fn options_bytes(&self) -> &'a [u8] {
        self.options
    }
}

/// One IPv4 option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opt<'a> {
    /// Copied flag, class and number in one byte (RFC 791 s3.1).
    pub kind: u8,
    /// What follows the length byte.
    pub data: &'a [u8],
}

/// Option kinds (IANA ip-parameters registry).
pub mod option {
    #![allow(missing_docs)]
    pub const RECORD_ROUTE: u8 = 7;
    pub const TIMESTAMP: u8 = 68;
    pub const SECURITY: u8 = 130;
    pub const LOOSE_SOURCE_ROUTE: u8 = 131;
    pub const STREAM_ID: u8 = 136;
    pub const STRICT_SOURCE_ROUTE: u8 = 137;
    pub const ROUTER_ALERT: u8 = 148;
}

impl<'a> Opt<'a> {
    /// The addresses of a route, of the three options that have one (RFC 791 s3.1).
    pub fn route(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        use option::{LOOSE_SOURCE_ROUTE, RECORD_ROUTE, STRICT_SOURCE_ROUTE};
        let has_route = matches!(self.kind, RECORD_ROUTE | LOOSE_SOURCE_ROUTE | STRICT_SOURCE_ROUTE);
        // A pointer comes before them.
        let route = self.data.get(1..).filter(|_| has_route).unwrap_or_default();
        route.as_chunks::<4>().0.iter().map(|a| Ipv4Addr::from(*a))
    }

    /// The value of a router alert (RFC 2113).
    pub fn router_alert(&self) -> Option<u16> {
        let value = self.data.first_chunk().filter(|_| self.kind == option::ROUTER_ALERT)?;
        Some(u16::from_be_bytes(*value))
    }
}

/// Iterates over IPv4 options; ends at End of Option List or at the first broken length.
#[derive(Clone, Debug)]
pub struct Options<'a>(&'a [u8]);

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;

    fn next(&mut self) -> Option<Opt<'a>> {
        loop {
            let (&kind, rest) = self.0.split_first()?;
            match kind {
                0 => return None,
                1 => self.0 = rest,
                _ => {
                    let (&len, rest) = rest.split_first()?;
                    let (data, rest) = rest.split_at_checked(usize::from(len).checked_sub(2)?)?;
                    self.0 = rest;
                    return Some(Opt { kind, data });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_in_order() {
        let mut bytes = vec![0x48, 0, 0, 32, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend([1, 148, 4, 0, 0, 131, 7, 4, 9, 9, 9, 9]);
        let (header, rest) = Ipv4::split(&bytes).unwrap();
        let options: Vec<_> = header.options().collect();
        assert_eq!((header.header_len(), rest.len(), options.len()), (32, 0, 2));
        assert_eq!((options[0].router_alert(), options[0].route().count()), (Some(0), 0));
        assert_eq!(options[1].route().collect::<Vec<_>>(), [Ipv4Addr::new(9, 9, 9, 9)]);
    }

    #[test]
    fn checksum_folds() {
        let mut bytes = [0xff; 20];
        bytes[0] = 0x45;
        bytes[10..12].fill(0);
        let sum: u32 = bytes.chunks(2).map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum();
        let sum = (sum & 0xffff) + (sum >> 16);
        let checksum = !(((sum & 0xffff) + (sum >> 16)) as u16);
        bytes[10..12].copy_from_slice(&checksum.to_be_bytes());
        assert!(Ipv4::split(&bytes).unwrap().0.checksum_ok());
        bytes[19] ^= 1;
        assert!(!Ipv4::split(&bytes).unwrap().0.checksum_ok());
    }
}
