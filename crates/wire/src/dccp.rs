//! DCCP (RFC 4340).

/// Bytes of the generic header with a short sequence number.
pub const MIN_LEN: usize = 12;

/// A DCCP generic header with its options and the fields of its type.
#[derive(Clone, Copy, Debug)]
pub struct Dccp<'a> {
    fixed: &'a [u8; MIN_LEN],
    /// Up to the data offset: the rest of a long sequence number, fields of the type, options.
    rest: &'a [u8],
}

impl<'a> Dccp<'a> {
    /// The header at the start of `bytes`, and what follows it.
    ///
    /// `None` if the bytes end inside the header or the data offset is below 12.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let len = (usize::from(fixed[4]) * 4).checked_sub(MIN_LEN)?;
        let (rest, payload) = rest.split_at_checked(len)?;
        Some((Self { fixed, rest }, payload))
    }

    /// Source port.
    pub fn src_port(&self) -> u16 {
        u16::from_be_bytes([self.fixed[0], self.fixed[1]])
    }

    /// Destination port.
    pub fn dst_port(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Header length in bytes, from the data offset in 32-bit words.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.rest.len()
    }

    /// Value for the congestion control (RFC 4340 s5.1).
    pub fn ccval(&self) -> u8 {
        self.fixed[5] >> 4
    }

    /// Checksum coverage (RFC 4340 s9.2).
    pub fn checksum_coverage(&self) -> u8 {
        self.fixed[5] & 0x0f
    }

    /// Checksum.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.fixed[6], self.fixed[7]])
    }

    /// 0 request, 1 response, 2 data, 3 ack, 4 data-ack, 5 close-request, 6 close, 7 reset, 8 sync,
    /// 9 sync-ack.
    pub fn kind(&self) -> u8 {
        (self.fixed[8] >> 1) & 0x0f
    }

    /// Sequence numbers have 48 bits, not 24.
    pub fn extended(&self) -> bool {
        self.fixed[8] & 1 != 0
    }

    /// Sequence number; `None` if it is a long one and the header has no room for it.
    pub fn sequence(&self) -> Option<u64> {
        let f = self.fixed;
        if !self.extended() {
            return Some(u64::from(u32::from_be_bytes([0, f[9], f[10], f[11]])));
        }
        let low = self.rest.first_chunk::<4>()?;
        Some(u64::from(u16::from_be_bytes([f[10], f[11]])) << 32 | u64::from(u32::from_be_bytes(*low)))
    }

    /// Service code of a request or response (RFC 4340 s5.2, s5.3).
    pub fn service_code(&self) -> Option<u32> {
        // A response has its acknowledgement number before it.
        let at = match self.kind() {
            0 => 4,
            1 => 12,
            _ => return None,
        };
        self.rest.get(at..)?.first_chunk().map(|code| u32::from_be_bytes(*code))
    }
}
