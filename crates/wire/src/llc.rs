//! Logical link control (IEEE 802.2 clause 3) and SNAP (IEEE 802 clause 9.5).

use crate::ether_type;

/// Bytes of an LLC header with a one-byte control field.
pub const MIN_LEN: usize = 3;
/// Bytes of a SNAP header.
pub const SNAP_LEN: usize = 5;

/// An LLC header, and the SNAP header if one follows.
#[derive(Clone, Copy, Debug)]
pub struct Llc<'a> {
    fixed: &'a [u8; MIN_LEN],
    /// Second byte of the control field of numbered frames.
    numbered: Option<u8>,
    snap: Option<&'a [u8; SNAP_LEN]>,
}

impl<'a> Llc<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        if let ([0xaa, 0xaa, 3], Some((snap, rest))) = (fixed, rest.split_first_chunk()) {
            return Some((Self { fixed, numbered: None, snap: Some(snap) }, rest));
        }
        // Only the unnumbered format has a control field of one byte (IEEE 802.2 s5.2).
        if fixed[2] & 3 == 3 {
            return Some((Self { fixed, numbered: None, snap: None }, rest));
        }
        let (numbered, rest) = rest.split_first()?;
        Some((Self { fixed, numbered: Some(*numbered), snap: None }, rest))
    }

    /// Destination service access point.
    pub fn dsap(&self) -> u8 {
        self.fixed[0]
    }

    /// Source service access point; its low bit tells a response from a command.
    pub fn ssap(&self) -> u8 {
        self.fixed[1]
    }

    /// Control field: one byte (unnumbered), or two with the first one high.
    pub fn control(&self) -> u16 {
        match self.numbered {
            None => u16::from(self.fixed[2]),
            Some(second) => u16::from_be_bytes([self.fixed[2], second]),
        }
    }

    /// Organisation that `snap_protocol` is a number of.
    pub fn snap_oui(&self) -> Option<[u8; 3]> {
        self.snap.map(|&[a, b, c, ..]| [a, b, c])
    }

    /// Protocol number of SNAP.
    pub fn snap_protocol(&self) -> Option<u16> {
        self.snap.map(|&[_, _, _, a, b]| u16::from_be_bytes([a, b]))
    }

    /// Length of the header in bytes, SNAP included.
    pub fn header_len(&self) -> usize {
        MIN_LEN + usize::from(self.numbered.is_some()) + self.snap.map_or(0, |s| s.len())
    }

    /// The EtherType of what follows, if it has one.
    ///
    /// OUI 00-00-00 is RFC 1042, 00-00-f8 is 802.1H, for the few protocols that an 802.3 bridge must
    /// keep apart. DSAP 6 is IP without SNAP.
    pub fn ethertype(&self) -> Option<u16> {
        match (self.snap_oui(), self.snap_protocol()) {
            (Some([0, 0, 0 | 0xf8]), Some(kind)) => (kind >= ether_type::FIRST).then_some(kind),
            (None, _) if *self.fixed == [6, 6, 3] => Some(ether_type::IPV4),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snap_names_an_ethertype() {
        let (llc, rest) = Llc::split(&[0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0, 0x45]).unwrap();
        assert_eq!((llc.ethertype(), llc.header_len(), rest), (Some(0x0800), 8, &[0x45][..]));
        let (cdp, _) = Llc::split(&[0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0]).unwrap();
        assert_eq!((cdp.ethertype(), cdp.snap_protocol()), (None, Some(0x2000)));
    }

    #[test]
    fn control_field_has_one_or_two_bytes() {
        let (bpdu, rest) = Llc::split(&[0x42, 0x42, 3, 0, 0]).unwrap();
        assert_eq!((bpdu.control(), rest.len()), (3, 2));
        let (numbered, rest) = Llc::split(&[0xf0, 0xf0, 0x01, 0x02, 9]).unwrap();
        assert_eq!((numbered.control(), numbered.header_len(), rest), (0x0102, 4, &[9][..]));
        assert!(Llc::split(&[0xf0, 0xf0, 0x01]).is_none());
    }
}
