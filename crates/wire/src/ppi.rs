//! Per-packet information, LINKTYPE_PPI: metadata, then a frame of another link type.

/// Bytes of the header without fields.
pub const MIN_LEN: usize = 8;

/// A PPI header with its fields. Numbers in it are little-endian.
#[derive(Clone, Copy, Debug)]
pub struct Ppi<'a> {
    fixed: &'a [u8; MIN_LEN],
    fields: &'a [u8],
}

impl<'a> Ppi<'a> {
    /// The header at the start of `bytes`, and the frame behind it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let len = usize::from(u16::from_le_bytes([fixed[2], fixed[3]])).checked_sub(MIN_LEN)?;
        let (fields, rest) = rest.split_at_checked(len)?;
        Some((Self { fixed, fields }, rest))
    }

    /// Version, 0.
    pub fn version(&self) -> u8 {
        self.fixed[0]
    }

    /// Flags; bit 0: fields are aligned to 32 bits.
    pub fn flags(&self) -> u8 {
        self.fixed[1]
    }

    /// Length of header and fields in bytes.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.fields.len()
    }

    /// Link type of the frame behind the header (LINKTYPE_ number).
    pub fn link_type(&self) -> u32 {
        let f = self.fixed;
        u32::from_le_bytes([f[4], f[5], f[6], f[7]])
    }

    /// Fields as (type, data), in wire order.
    pub fn fields(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let aligned = self.flags() & 1 != 0;
        let mut rest = self.fields;
        std::iter::from_fn(move || {
            let (&[k0, k1, l0, l1], after) = rest.split_first_chunk()?;
            let len = usize::from(u16::from_le_bytes([l0, l1]));
            let data = after.get(..len)?;
            let taken = if aligned { len.next_multiple_of(4) } else { len };
            rest = after.get(taken..).unwrap_or_default();
            Some((u16::from_le_bytes([k0, k1]), data))
        })
    }
}
