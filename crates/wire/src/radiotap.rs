//! Radiotap: what a wireless card says about a frame (radiotap.org). Numbers are little-endian.

/// Bytes of the header without fields.
pub const MIN_LEN: usize = 8;

/// Bits of the `flags` field.
pub mod flag {
    /// The frame ends with its check sequence, four bytes.
    pub const FCS: u8 = 0x10;
    /// The 802.11 header is padded to a multiple of four bytes.
    pub const DATA_PAD: u8 = 0x20;
    /// The check sequence was wrong.
    pub const BAD_FCS: u8 = 0x40;
}

/// Alignment and size in bytes of each field, by its bit in the presence mask.
const FIELDS: [(u8, u8); 28] = [
    (8, 8),  // TSFT
    (1, 1),  // flags
    (1, 1),  // rate
    (2, 4),  // channel
    (2, 2),  // FHSS
    (1, 1),  // antenna signal, dBm
    (1, 1),  // antenna noise, dBm
    (2, 2),  // lock quality
    (2, 2),  // TX attenuation
    (2, 2),  // TX attenuation, dB
    (1, 1),  // TX power, dBm
    (1, 1),  // antenna
    (1, 1),  // antenna signal, dB
    (1, 1),  // antenna noise, dB
    (2, 2),  // RX flags
    (2, 2),  // TX flags
    (1, 1),  // RTS retries
    (1, 1),  // data retries
    (4, 8),  // extended channel
    (1, 3),  // MCS
    (4, 8),  // A-MPDU status
    (2, 12), // VHT
    (8, 12), // timestamp
    (2, 12), // HE
    (2, 12), // HE-MU
    (2, 6),  // HE-MU other user
    (1, 1),  // zero-length PSDU
    (2, 4),  // L-SIG
];

/// A radiotap header with its fields.
#[derive(Clone, Copy, Debug)]
pub struct Radiotap<'a> {
    fixed: &'a [u8; MIN_LEN],
    /// Everything behind the version, pad, length and first presence mask.
    rest: &'a [u8],
}

impl<'a> Radiotap<'a> {
    /// The header at the start of `bytes`, and the 802.11 frame behind it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, after) = bytes.split_first_chunk::<MIN_LEN>()?;
        let len = usize::from(u16::from_le_bytes([fixed[2], fixed[3]])).checked_sub(MIN_LEN)?;
        let (rest, frame) = after.split_at_checked(len)?;
        Some((Self { fixed, rest }, frame))
    }

    /// Version, 0.
    pub fn version(&self) -> u8 {
        self.fixed[0]
    }

    /// Length of the header and its fields in bytes.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.rest.len()
    }

    /// The first presence mask.
    pub fn present(&self) -> u32 {
        let f = self.fixed;
        u32::from_le_bytes([f[4], f[5], f[6], f[7]])
    }

    /// Time in microseconds when the first bit arrived, by the card's clock.
    pub fn tsft_us(&self) -> Option<u64> {
        self.field(0)?.first_chunk().map(|b| u64::from_le_bytes(*b))
    }

    /// Properties of the frame, see [`flag`].
    pub fn flags(&self) -> Option<u8> {
        self.field(1)?.first().copied()
    }

    /// Rate in units of 500 kb/s.
    pub fn rate_500kbps(&self) -> Option<u8> {
        self.field(2)?.first().copied()
    }

    /// Channel frequency in MHz, and the flags of the channel.
    pub fn channel_mhz(&self) -> Option<(u16, u16)> {
        let &[a, b, c, d] = self.field(3)?.first_chunk()?;
        Some((u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])))
    }

    /// Signal power at the antenna in dBm.
    pub fn signal_dbm(&self) -> Option<i8> {
        self.field(5)?.first().map(|b| b.cast_signed())
    }

    /// Noise power at the antenna in dBm.
    pub fn noise_dbm(&self) -> Option<i8> {
        self.field(6)?.first().map(|b| b.cast_signed())
    }

    /// Power that the frame was sent with, in dBm.
    pub fn tx_power_dbm(&self) -> Option<i8> {
        self.field(10)?.first().map(|b| b.cast_signed())
    }

    /// Index of the antenna.
    pub fn antenna(&self) -> Option<u8> {
        self.field(11)?.first().copied()
    }

    /// Properties of a received frame.
    pub fn rx_flags(&self) -> Option<u16> {
        self.field(14)?.first_chunk().map(|b| u16::from_le_bytes(*b))
    }

    /// Properties of a sent frame.
    pub fn tx_flags(&self) -> Option<u16> {
        self.field(15)?.first_chunk().map(|b| u16::from_le_bytes(*b))
    }

    /// Which MCS fields are known, its flags, and the MCS index.
    pub fn mcs(&self) -> Option<(u8, u8, u8)> {
        let &[known, flags, index] = self.field(19)?.first_chunk()?;
        Some((known, flags, index))
    }

    /// The field of a presence bit below 28, as bytes.
    pub fn field(&self, wanted: u8) -> Option<&'a [u8]> {
        self.fields().find(|(bit, _)| *bit == wanted).map(|(_, data)| data)
    }

    /// Fields of the first namespace as (presence bit, data), in wire order.
    pub fn fields(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let (present, rest) = (self.present(), self.rest);
        // Bit 31 says that another mask follows.
        let more = |mask: &&[u8; 4]| mask[3] & 0x80 != 0;
        let masks =
            if present >> 31 == 0 { 0 } else { rest.as_chunks().0.iter().take_while(more).count() + 1 };
        let mut at = masks * 4;
        (0..).zip(FIELDS).filter(move |(bit, _)| present >> bit & 1 == 1).map_while(
            move |(bit, (align, size))| {
                // Fields are aligned to their size, counted from the start of the header.
                at = (at + MIN_LEN).next_multiple_of(usize::from(align)) - MIN_LEN;
                let data = rest.get(at..at + usize::from(size))?;
                at += usize::from(size);
                Some((bit, data))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_aligned() {
        // Flags, rate, channel, signal, antenna.
        let bytes = [0, 0, 15, 0, 0x2e, 0x08, 0, 0, 0x10, 0x02, 0x6c, 0x09, 0xa0, 0x00, 0xd0, 0x01, 0xaa];
        let (header, _) = Radiotap::split(&bytes).unwrap();
        assert_eq!(header.flags(), Some(flag::FCS));
        assert_eq!(header.channel_mhz(), Some((2412, 0x00a0)));
        assert_eq!(header.signal_dbm(), Some(-48));
        // The length ends before the antenna.
        assert_eq!(header.antenna(), None);
    }

    #[test]
    fn several_masks() {
        // Rate and signal in the first mask, two more masks, TSFT absent.
        let mut bytes = vec![0, 0, 0, 0, 0x24, 0, 0, 0x80, 0x20, 0, 0, 0x80, 0x20, 0, 0, 0, 0x0c, 0xc8];
        bytes[2] = bytes.len() as u8;
        let (header, rest) = Radiotap::split(&bytes).unwrap();
        assert_eq!((header.rate_500kbps(), header.signal_dbm(), rest.len()), (Some(12), Some(-56), 0));
        bytes[2] = 7;
        assert!(Radiotap::split(&bytes).is_none());
    }
}
