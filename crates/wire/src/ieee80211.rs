//! 802.11 MAC headers (IEEE 802.11-2020 clause 9).

use crate::MacAddr;

/// Bytes that every frame has: frame control, duration, first address.
pub const MIN_LEN: usize = 10;

/// Frame types (IEEE 802.11-2020 table 9-1).
pub mod kind {
    #![allow(missing_docs)]
    pub const MANAGEMENT: u8 = 0;
    pub const CONTROL: u8 = 1;
    pub const DATA: u8 = 2;
}

/// An 802.11 header. Which of its fields are there depends on the frame control field.
#[derive(Clone, Copy, Debug)]
pub struct Ieee80211<'a> {
    control: [u8; 2],
    /// The two bytes of frame control and sequence control are in the wrong order.
    swapped: bool,
    fixed: &'a [u8; MIN_LEN],
    address2: Option<&'a [u8; 6]>,
    /// Third address and sequence control.
    third: Option<&'a [u8; 8]>,
    address4: Option<&'a [u8; 6]>,
    qos: Option<&'a [u8; 2]>,
    ht: Option<&'a [u8; 4]>,
}

impl<'a> Ieee80211<'a> {
    /// The header at the start of `bytes`, and what follows it.
    ///
    /// Some access points swap the bytes of 16-bit fields in what they send their controller. The
    /// version has always been 0, and a data frame there has a DS bit; so a version shows the swap.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, mut rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let swapped = fixed[0] & 3 != 0 && fixed[1] & 3 == 0;
        let control = if swapped { [fixed[1], fixed[0]] } else { [fixed[0], fixed[1]] };
        let mut header = Self {
            control,
            swapped,
            fixed,
            address2: None,
            third: None,
            address4: None,
            qos: None,
            ht: None,
        };
        let addressed = match header.kind() {
            kind::CONTROL => matches!(header.subtype(), 2 | 4 | 5 | 8..=11 | 14 | 15),
            _ => true,
        };
        if addressed {
            (header.address2, rest) = take(rest)?;
        }
        if header.kind() == kind::CONTROL {
            return Some((header, rest));
        }
        (header.third, rest) = take(rest)?;
        if header.kind() == kind::DATA {
            if header.to_ds() && header.from_ds() {
                (header.address4, rest) = take(rest)?;
            }
            if header.subtype() & 8 != 0 {
                (header.qos, rest) = take(rest)?;
            }
        }
        // The order bit announces an HT control field in QoS data and management frames
        // (IEEE 802.11-2020 s9.2.4.1.10).
        if header.order() && (header.qos.is_some() || header.kind() == kind::MANAGEMENT) {
            (header.ht, rest) = take(rest)?;
        }
        Some((header, rest))
    }

    /// Length of the header in bytes.
    pub fn header_len(&self) -> usize {
        MIN_LEN
            + self.address2.map_or(0, |a| a.len())
            + self.third.map_or(0, |a| a.len())
            + self.address4.map_or(0, |a| a.len())
            + self.qos.map_or(0, |a| a.len())
            + self.ht.map_or(0, |a| a.len())
    }

    /// Protocol version, 0.
    pub fn version(&self) -> u8 {
        self.control[0] & 3
    }

    /// Frame type, see [`kind`].
    pub fn kind(&self) -> u8 {
        (self.control[0] >> 2) & 3
    }

    /// Subtype within the type, 0 to 15.
    pub fn subtype(&self) -> u8 {
        self.control[0] >> 4
    }

    /// Going to the distribution system (towards the access point).
    pub fn to_ds(&self) -> bool {
        self.control[1] & 0x01 != 0
    }

    /// Coming from the distribution system.
    pub fn from_ds(&self) -> bool {
        self.control[1] & 0x02 != 0
    }

    /// More fragments follow.
    pub fn more_fragments(&self) -> bool {
        self.control[1] & 0x04 != 0
    }

    /// Sent again.
    pub fn retry(&self) -> bool {
        self.control[1] & 0x08 != 0
    }

    /// The station will sleep.
    pub fn power_management(&self) -> bool {
        self.control[1] & 0x10 != 0
    }

    /// More frames are waiting for the station.
    pub fn more_data(&self) -> bool {
        self.control[1] & 0x20 != 0
    }

    /// The body is encrypted.
    pub fn protected(&self) -> bool {
        self.control[1] & 0x40 != 0
    }

    /// Order, or +HTC: an HT control field is there.
    pub fn order(&self) -> bool {
        self.control[1] & 0x80 != 0
    }

    /// Duration in microseconds, or an association id.
    pub fn duration(&self) -> u16 {
        u16::from_le_bytes([self.fixed[2], self.fixed[3]])
    }

    /// First address: who shall receive the frame over the air.
    pub fn address1(&self) -> MacAddr {
        let [_, _, _, _, a, b, c, d, e, f] = *self.fixed;
        MacAddr([a, b, c, d, e, f])
    }

    /// Second address: who sends the frame over the air.
    pub fn address2(&self) -> Option<MacAddr> {
        self.address2.map(|a| MacAddr(*a))
    }

    /// Third address: BSSID, source or destination by the two DS bits.
    pub fn address3(&self) -> Option<MacAddr> {
        self.third.map(|&[a, b, c, d, e, f, ..]| MacAddr([a, b, c, d, e, f]))
    }

    /// Fourth address: the source, between two access points.
    pub fn address4(&self) -> Option<MacAddr> {
        self.address4.map(|a| MacAddr(*a))
    }

    /// Fragment number.
    pub fn fragment_number(&self) -> Option<u8> {
        self.sequence_control().map(|s| (s & 0x0f) as u8)
    }

    /// Sequence number, 12 bits.
    pub fn sequence_number(&self) -> Option<u16> {
        self.sequence_control().map(|s| s >> 4)
    }

    fn sequence_control(&self) -> Option<u16> {
        let &[_, _, _, _, _, _, low, high] = self.third?;
        let wire = u16::from_le_bytes([low, high]);
        Some(if self.swapped { wire.swap_bytes() } else { wire })
    }

    /// QoS control.
    pub fn qos_control(&self) -> Option<u16> {
        self.qos.map(|q| u16::from_le_bytes(*q))
    }

    /// The body holds several frames (A-MSDU).
    pub fn aggregated(&self) -> bool {
        self.qos.is_some_and(|q| q[0] & 0x80 != 0)
    }

    /// HT control.
    pub fn ht_control(&self) -> Option<u32> {
        self.ht.map(|h| u32::from_le_bytes(*h))
    }

    /// Who made the frame (IEEE 802.11-2020 table 9-30).
    pub fn source(&self) -> Option<MacAddr> {
        match (self.kind(), self.to_ds(), self.from_ds()) {
            (kind::DATA, _, false) | (kind::MANAGEMENT | kind::CONTROL, ..) => self.address2(),
            (kind::DATA, false, true) => self.address3(),
            (kind::DATA, true, true) => self.address4(),
            _ => None,
        }
    }

    /// Who it is for.
    pub fn destination(&self) -> Option<MacAddr> {
        match (self.kind(), self.to_ds()) {
            (kind::DATA, true) => self.address3(),
            _ => Some(self.address1()),
        }
    }

    /// An LLC header follows: a data frame with a whole, readable body.
    pub fn carries_llc(&self) -> bool {
        self.version() == 0
            && self.kind() == kind::DATA
            && self.subtype() & 4 == 0
            && !self.protected()
            && !self.aggregated()
            && self.fragment_number() == Some(0)
    }
}

fn take<const N: usize>(bytes: &[u8]) -> Option<(Option<&[u8; N]>, &[u8])> {
    bytes.split_first_chunk().map(|(h, rest)| (Some(h), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(control: [u8; 2], extra: usize) -> Vec<u8> {
        let mut bytes = vec![control[0], control[1], 0, 0];
        for address in 1..=3 {
            bytes.extend([address; 6]);
        }
        bytes.extend([0x10, 0x00]);
        bytes.extend((0..extra).map(|n| n as u8));
        bytes
    }

    #[test]
    fn addresses_follow_the_ds_bits() {
        let mac = |n| Some(MacAddr([n; 6]));
        for (flags, source, destination) in [(0, mac(2), mac(1)), (1, mac(2), mac(3)), (2, mac(3), mac(1))] {
            let bytes = frame([0x08, flags], 8);
            let (header, rest) = Ieee80211::split(&bytes).unwrap();
            assert_eq!((header.source(), header.destination()), (source, destination));
            assert_eq!((rest.len(), header.sequence_number()), (8, Some(1)));
            assert!(header.carries_llc());
        }
        let bytes = frame([0x88, 0x83], 12 + 8);
        let (header, rest) = Ieee80211::split(&bytes).unwrap();
        assert_eq!(header.source(), Some(MacAddr([0, 1, 2, 3, 4, 5])));
        assert_eq!((header.qos_control(), header.header_len(), rest.len()), (Some(0x0706), 36, 8));
    }

    #[test]
    fn what_cannot_be_read_carries_no_llc() {
        for control in [[0x08, 0x40], [0x48, 0], [0x80, 0], [0xd4, 0]] {
            let bytes = frame(control, 8);
            assert!(!Ieee80211::split(&bytes).unwrap().0.carries_llc());
        }
        let acknowledgement = [0xd4, 0, 0, 0, 1, 1, 1, 1, 1, 1];
        let (header, _) = Ieee80211::split(&acknowledgement).unwrap();
        assert_eq!((header.source(), header.destination()), (None, Some(MacAddr([1; 6]))));
    }
}
