//! IP authentication header (RFC 4302).

/// Bytes of the header without the integrity check value.
pub const MIN_LEN: usize = 12;

/// An authentication header.
#[derive(Clone, Copy, Debug)]
pub struct Ah<'a> {
    fixed: &'a [u8; MIN_LEN],
    icv: &'a [u8],
}

impl<'a> Ah<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        // 32-bit words minus 2 (RFC 4302 s2.2).
        let len = ((usize::from(fixed[1]) + 2) * 4).checked_sub(MIN_LEN)?;
        let (icv, rest) = rest.split_at_checked(len)?;
        Some((Self { fixed, icv }, rest))
    }

    /// IP protocol of what follows.
    pub fn next_header(&self) -> u8 {
        self.fixed[0]
    }

    /// Header length in bytes.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.icv.len()
    }

    /// Security parameters index.
    pub fn spi(&self) -> u32 {
        let f = self.fixed;
        u32::from_be_bytes([f[4], f[5], f[6], f[7]])
    }

    /// Sequence number, low 32 bits.
    pub fn sequence(&self) -> u32 {
        let f = self.fixed;
        u32::from_be_bytes([f[8], f[9], f[10], f[11]])
    }

    /// Integrity check value, padding included.
    pub fn icv(&self) -> &'a [u8] {
        self.icv
    }
}
