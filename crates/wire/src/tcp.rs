//! TCP (RFC 9293) and its options.

/// Bytes of the header without options.
pub const MIN_LEN: usize = 20;

/// Control bits (RFC 9293 s3.1, RFC 3168, and AE/NS of RFC 9768).
pub mod flag {
    #![allow(missing_docs)]
    pub const FIN: u16 = 0x001;
    pub const SYN: u16 = 0x002;
    pub const RST: u16 = 0x004;
    pub const PSH: u16 = 0x008;
    pub const ACK: u16 = 0x010;
    pub const URG: u16 = 0x020;
    pub const ECE: u16 = 0x040;
    pub const CWR: u16 = 0x080;
    pub const AE: u16 = 0x100;
}

/// A TCP header with its options.
#[derive(Clone, Copy, Debug)]
pub struct Tcp<'a> {
    fixed: &'a [u8; MIN_LEN],
    options: &'a [u8],
}

impl<'a> Tcp<'a> {
    /// The header at the start of `bytes`, and what follows it.
    ///
    /// `None` if the bytes end inside the header or the data offset is below 20.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let options_len = (usize::from(fixed[12] >> 4) * 4).checked_sub(MIN_LEN)?;
        let (options, rest) = rest.split_at_checked(options_len)?;
        Some((Self { fixed, options }, rest))
    }

    /// Source port.
    pub fn src_port(&self) -> u16 {
        u16::from_be_bytes([self.fixed[0], self.fixed[1]])
    }

    /// Destination port.
    pub fn dst_port(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Sequence number of the first payload byte, or of the SYN.
    pub fn seq(&self) -> u32 {
        let f = self.fixed;
        u32::from_be_bytes([f[4], f[5], f[6], f[7]])
    }

    /// Next sequence number expected from the peer, if ACK is set.
    pub fn ack(&self) -> u32 {
        let f = self.fixed;
        u32::from_be_bytes([f[8], f[9], f[10], f[11]])
    }

    /// Header length in bytes, 20 to 60.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.options.len()
    }

    /// The three reserved bits.
    pub fn reserved(&self) -> u8 {
        (self.fixed[12] >> 1) & 7
    }

    /// Control bits, see [`flag`].
    pub fn flags(&self) -> u16 {
        u16::from_be_bytes([self.fixed[12] & 1, self.fixed[13]])
    }

    /// Window as it stands on the wire, unscaled.
    pub fn window(&self) -> u16 {
        u16::from_be_bytes([self.fixed[14], self.fixed[15]])
    }

    /// Checksum.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.fixed[16], self.fixed[17]])
    }

    /// Urgent pointer.
    pub fn urgent(&self) -> u16 {
        u16::from_be_bytes([self.fixed[18], self.fixed[19]])
    }

    /// The options, in wire order.
    pub fn options(&self) -> Options<'a> {
        Options(self.options)
    }

    /// The options as bytes, padding included.
    pub fn options_bytes(&self) -> &'a [u8] {
        self.options
    }
}

/// One TCP option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Opt<'a> {
    /// Kind 1.
    Nop,
    /// Kind 2: maximum segment size in bytes.
    MaxSegmentSize(u16),
    /// Kind 3: shift count of the window (RFC 7323 s2).
    WindowScale(u8),
    /// Kind 4.
    SackPermitted,
    /// Kind 5: pairs of left and right edge, 8 bytes each (RFC 2018).
    Sack(&'a [u8]),
    /// Kind 8: TSval and TSecr (RFC 7323 s3).
    Timestamps {
        /// The sender's clock.
        value: u32,
        /// The peer's clock, echoed.
        echo: u32,
    },
    /// Any other kind, with what follows its length byte.
    Other {
        /// Option kind.
        kind: u8,
        /// Option data.
        data: &'a [u8],
    },
}

/// Iterates over TCP options; ends at End of Option List or at the first broken length.
#[derive(Clone, Debug)]
pub struct Options<'a>(pub(crate) &'a [u8]);

impl<'a> Options<'a> {
    /// Over the bytes behind the fixed header.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;

    fn next(&mut self) -> Option<Opt<'a>> {
        let (&kind, rest) = self.0.split_first()?;
        match kind {
            0 => return None,
            1 => {
                self.0 = rest;
                return Some(Opt::Nop);
            }
            _ => {}
        }
        let (&len, rest) = rest.split_first()?;
        let (data, rest) = rest.split_at_checked(usize::from(len).checked_sub(2)?)?;
        self.0 = rest;
        Some(match (kind, data) {
            (2, &[a, b]) => Opt::MaxSegmentSize(u16::from_be_bytes([a, b])),
            (3, &[shift]) => Opt::WindowScale(shift),
            (4, &[]) => Opt::SackPermitted,
            (5, data) if data.len() % 8 == 0 => Opt::Sack(data),
            (8, &[a, b, c, d, e, f, g, h]) => Opt::Timestamps {
                value: u32::from_be_bytes([a, b, c, d]),
                echo: u32::from_be_bytes([e, f, g, h]),
            },
            _ => Opt::Other { kind, data },
        })
    }
}

/// TSval and TSecr, by the one layout nearly every stack sends (NOP NOP TS, RFC 7323 appendix A),
/// else by walking the options.
pub fn timestamps(options: &[u8]) -> Option<(u32, u32)> {
    if let &[1, 1, 8, 10, a, b, c, d, e, f, g, h] = options {
        return Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])));
    }
    Options(options).find_map(|o| match o {
        Opt::Timestamps { value, echo } => Some((value, echo)),
        _ => None,
    })
}
