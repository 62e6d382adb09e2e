//! Check sequences that protocols carry: the strongest sign that bytes are what they seem.
//!
//! Bit by bit: they are computed over a header, and only once all else fits.

/// CRC-16 with the polynomial x^16 + x^12 + x^5 + 1, high bit first: XMODEM's begins with 0,
/// IEEE C37.118's with 0xffff.
pub(crate) fn crc16_ccitt(begin: u16, bytes: &[u8]) -> u16 {
    bytes.iter().fold(begin, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            },
        )
    })
}

/// The frame check sequence of HDLC (ISO/IEC 13239 s4.2.5.2).
pub(crate) fn crc16_hdlc(bytes: &[u8]) -> u16 {
    !reflected16(0x8408, 0xffff, bytes)
}

/// The check of DNP3's data link layer (IEEE 1815 s9.2.4.3).
pub(crate) fn crc16_dnp3(bytes: &[u8]) -> u16 {
    !reflected16(0xa6bc, 0, bytes)
}

/// The frame check sequence of Ethernet (IEEE 802.3 s3.2.9).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 }
            },
        )
    })
}

fn reflected16(polynomial: u16, begin: u16, bytes: &[u8]) -> u16 {
    bytes.iter().fold(begin, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte),
            |crc, _| {
                if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ polynomial }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values that catalogues of CRCs give for these digits.
    #[test]
    fn known_values() {
        const DIGITS: &[u8] = b"123456789";
        assert_eq!(crc16_ccitt(0, DIGITS), 0x31c3);
        assert_eq!(crc16_ccitt(0xffff, DIGITS), 0x29b1);
        assert_eq!(crc16_hdlc(DIGITS), 0x906e);
        assert_eq!(crc16_dnp3(DIGITS), 0xea82);
        assert_eq!(crc32(DIGITS), 0xcbf4_3926);
    }
}
