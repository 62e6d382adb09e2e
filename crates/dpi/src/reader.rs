/// Reads a slice front to back; past the end every method says `None` and stays where it is.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read.
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Everything has been read.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    /// A byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(|[a]| a)
    }

    /// A number in network byte order.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Three bytes in network byte order.
    pub fn u24(&mut self) -> Option<usize> {
        self.array().map(|[a, b, c]| usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
    }

    /// A number in network byte order.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// At most `len` bytes: what there is of them.
    pub fn up_to(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(len).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }

    /// A block after its one-byte length.
    pub fn block8(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let len = ahead.u8()?;
        let block = ahead.take(usize::from(len))?;
        *self = ahead;
        Some(block)
    }

    /// A block after its two-byte length.
    pub fn block16(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let len = ahead.u16()?;
        let block = ahead.take(usize::from(len))?;
        *self = ahead;
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_is_cut_is_not_begun() {
        let mut reader = Reader::new(&[0, 3, 1, 2]);
        assert_eq!(reader.block16(), None);
        assert_eq!(reader.rest(), [0, 3, 1, 2]);
        assert_eq!(reader.block8(), Some(&[][..]));
        assert_eq!(reader.block8(), None);
        assert_eq!(reader.u8(), Some(3));
        assert_eq!(reader.u24(), None);
        assert_eq!(reader.up_to(9), [1, 2]);
        assert!(reader.is_empty());
    }
}
