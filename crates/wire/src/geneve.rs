//! Geneve (RFC 8926).

/// Bytes of the header without options.
pub const MIN_LEN: usize = 8;
/// The port of Geneve (IANA).
pub const PORT: u16 = 6081;

/// A Geneve header with its options.
#[derive(Clone, Copy, Debug)]
pub struct Geneve<'a> {
    fixed: &'a [u8; MIN_LEN],
    options: &'a [u8],
}

impl<'a> Geneve<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let (options, rest) = rest.split_at_checked(usize::from(fixed[0] & 0x3f) * 4)?;
        Some((Self { fixed, options }, rest))
    }

    /// Version, 0.
    pub fn version(&self) -> u8 {
        self.fixed[0] >> 6
    }

    /// Length of the header in bytes, options included.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.options.len()
    }

    /// A control message between tunnel endpoints.
    pub fn control(&self) -> bool {
        self.fixed[1] & 0x80 != 0
    }

    /// Some option must be understood.
    pub fn critical(&self) -> bool {
        self.fixed[1] & 0x40 != 0
    }

    /// EtherType of what follows.
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Virtual network identifier, 24 bits.
    pub fn vni(&self) -> u32 {
        u32::from_be_bytes([0, self.fixed[4], self.fixed[5], self.fixed[6]])
    }

    /// The options, in wire order.
    pub fn options(&self) -> Options<'a> {
        Options(self.options)
    }

    /// Version, reserved bits and option lengths are as RFC 8926 s3.4 wants them.
    pub fn is_plausible(&self) -> bool {
        let mut options = self.options();
        let all_whole = options.by_ref().count() < 64 && options.0.is_empty();
        self.version() == 0 && self.fixed[1] & 0x3f == 0 && self.fixed[7] == 0 && all_whole
    }
}

/// One option (RFC 8926 s3.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opt<'a> {
    /// Whose option this is (IANA Geneve option classes).
    pub class: u16,
    /// Type within the class; the high bit says critical.
    pub kind: u8,
    /// Option data.
    pub data: &'a [u8],
}

/// Iterates over options; ends at the first broken length.
#[derive(Clone, Debug)]
pub struct Options<'a>(&'a [u8]);

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;

    fn next(&mut self) -> Option<Opt<'a>> {
        let (&[c0, c1, kind, len], rest) = self.0.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(usize::from(len & 0x1f) * 4)?;
        self.0 = rest;
        Some(Opt { class: u16::from_be_bytes([c0, c1]), kind, data })
    }
}
