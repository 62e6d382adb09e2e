//! CAPWAP data (RFC 5415): what a light access point sends its controller.

/// Bytes of the header without optional fields.
pub const MIN_LEN: usize = 8;
/// The port of the data channel (RFC 5415 s3.1).
pub const PORT: u16 = 5247;
/// Wireless binding of 802.11 (RFC 5415 s4.3).
pub const BINDING_IEEE80211: u8 = 1;

/// A CAPWAP header with its optional fields (RFC 5415 s4.3).
#[derive(Clone, Copy, Debug)]
pub struct Capwap<'a> {
    fixed: &'a [u8; MIN_LEN],
    radio_mac: Option<&'a [u8]>,
    wireless: Option<&'a [u8]>,
    header_len: usize,
}

impl<'a> Capwap<'a> {
    /// The header at the start of `bytes`, and what follows it.
    ///
    /// `None` if the bytes end inside the header, if its optional fields do not fit into the length
    /// it has, or if what follows is encrypted.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, _) = bytes.split_first_chunk::<MIN_LEN>()?;
        // Version 0, and a header in the clear: type 1 is DTLS.
        if fixed[0] != 0 {
            return None;
        }
        let header_len = usize::from(fixed[1] >> 3) * 4;
        let (header, rest) = bytes.split_at_checked(header_len)?;
        let mut capwap = Self { fixed, radio_mac: None, wireless: None, header_len };
        let mut optional = header.get(MIN_LEN..)?;
        if fixed[3] & 0x10 != 0 {
            let (mac, after) = padded(optional)?;
            (capwap.radio_mac, optional) = (Some(mac), after);
        }
        if fixed[3] & 0x20 != 0 {
            // More may follow: there are access points that give four bytes the length 1.
            capwap.wireless = Some(padded(optional)?.0);
        }
        Some((capwap, rest))
    }

    /// Length of the header in bytes.
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// Radio id of the access point.
    pub fn radio_id(&self) -> u8 {
        (self.fixed[1] & 7) << 2 | self.fixed[2] >> 6
    }

    /// Which wireless technology, see [`BINDING_IEEE80211`].
    pub fn binding(&self) -> u8 {
        (self.fixed[2] >> 1) & 0x1f
    }

    /// The payload is a frame of that technology; else an Ethernet frame.
    pub fn is_native(&self) -> bool {
        self.fixed[2] & 1 != 0
    }

    /// The payload is a fragment.
    pub fn is_fragment(&self) -> bool {
        self.fixed[3] & 0x80 != 0
    }

    /// The last fragment.
    pub fn last_fragment(&self) -> bool {
        self.fixed[3] & 0x40 != 0
    }

    /// A message that keeps the channel alive.
    pub fn keep_alive(&self) -> bool {
        self.fixed[3] & 8 != 0
    }

    /// Fragment id.
    pub fn fragment_id(&self) -> u16 {
        u16::from_be_bytes([self.fixed[4], self.fixed[5]])
    }

    /// Fragment offset in bytes.
    pub fn fragment_offset(&self) -> u16 {
        u16::from_be_bytes([self.fixed[6], self.fixed[7]]) & 0xfff8
    }

    /// Address of the radio.
    pub fn radio_mac(&self) -> Option<&'a [u8]> {
        self.radio_mac
    }

    /// What the technology adds: for 802.11 signal strength, noise ratio and rate (RFC 5416 s4).
    pub fn wireless_information(&self) -> Option<&'a [u8]> {
        self.wireless
    }

    /// Reserved bits are 0.
    pub fn is_plausible(&self) -> bool {
        self.fixed[3] & 7 == 0 && self.fixed[7] & 7 == 0
    }
}

/// A length byte and that many bytes, padded to four in all.
fn padded(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = 1 + usize::from(*bytes.first()?);
    let (field, rest) = bytes.split_at_checked(len.next_multiple_of(4))?;
    Some((field.get(1..len)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_fields_lie_in_the_header() {
        let mut bytes = vec![0, 0x20, 0x43, 0x20, 0, 0, 0, 0, 4, 0xbf, 0x23, 0, 0, 0, 0, 0, 0x08];
        let (capwap, rest) = Capwap::split(&bytes).unwrap();
        assert_eq!((capwap.header_len(), capwap.radio_id(), rest), (16, 1, &[8][..]));
        assert_eq!((capwap.binding(), capwap.is_native()), (BINDING_IEEE80211, true));
        assert_eq!(capwap.wireless_information(), Some(&[0xbf, 0x23, 0, 0][..]));
        bytes[8] = 9;
        assert!(Capwap::split(&bytes).is_none());
        assert!(Capwap::split(&[1, 0, 0, 0, 0, 0, 0, 0]).is_none());
    }
}
