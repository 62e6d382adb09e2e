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

    /// Like [`Tcp::split`], for a packet that may be cut or contradict itself: the options are what
    /// there is of them.
    ///
    /// Behind a data offset below 20 there is neither.
    pub fn split_cut(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        let header_len = usize::from(u16::from_be_bytes([fixed[12], fixed[13]]) >> 12) * 4;
        let options_len = header_len.saturating_sub(MIN_LEN);
        let (options, rest) = rest.split_at_checked(options_len).unwrap_or((rest, &[]));
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

    /// Header length in bytes as the header says it.
    pub fn data_offset(&self) -> usize {
        usize::from(u16::from_be_bytes([self.fixed[12], self.fixed[13]]) >> 12) * 4
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
        u16::from_be_bytes([self.fixed[12], self.fixed[13]]) & 0x1ff
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
    /// Kind 19: digest of the segment and a shared key (RFC 2385).
    Md5(&'a [u8; 16]),
    /// Kind 28: how long the sender keeps unacknowledged data (RFC 5482).
    UserTimeout {
        /// The value is in minutes, not in seconds.
        minutes: bool,
        /// 15 bits.
        value: u16,
    },
    /// Kind 29, TCP-AO (RFC 5925 s2.2).
    Authentication {
        /// Key that this segment is authenticated with.
        key_id: u8,
        /// Key that the sender would like to receive.
        next_key_id: u8,
        /// Message authentication code.
        mac: &'a [u8],
    },
    /// Kind 30: Multipath TCP (RFC 8684 s3).
    Multipath {
        /// 0 MP_CAPABLE, 1 MP_JOIN, 2 DSS, 3 ADD_ADDR, 4 REMOVE_ADDR, 5 MP_PRIO, 6 MP_FAIL,
        /// 7 MP_FASTCLOSE, 8 MP_TCPRST.
        subtype: u8,
        /// What follows the length byte; the subtype is the upper half of the first.
        data: &'a [u8],
    },
    /// Kind 34: Fast Open cookie; empty to ask for one (RFC 7413 s4.1.1).
    FastOpen(&'a [u8]),
    /// Any other kind, or one whose length is not what it must be, with what follows its length
    /// byte.
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

    /// What was not walked: after the end, an End of Option List and its padding, or a broken
    /// option.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

impl Opt<'_> {
    /// Option kind (IANA tcp-parameters registry).
    pub fn kind(&self) -> u8 {
        match *self {
            Self::Nop => 1,
            Self::MaxSegmentSize(_) => 2,
            Self::WindowScale(_) => 3,
            Self::SackPermitted => 4,
            Self::Sack(_) => 5,
            Self::Timestamps { .. } => 8,
            Self::Md5(_) => 19,
            Self::UserTimeout { .. } => 28,
            Self::Authentication { .. } => 29,
            Self::Multipath { .. } => 30,
            Self::FastOpen(_) => 34,
            Self::Other { kind, .. } => kind,
        }
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
            (19, data) if data.len() == 16 => match data.first_chunk() {
                Some(digest) => Opt::Md5(digest),
                None => Opt::Other { kind, data },
            },
            (28, &[a, b]) => {
                Opt::UserTimeout { minutes: a & 0x80 != 0, value: u16::from_be_bytes([a & 0x7f, b]) }
            }
            (29, &[key_id, next_key_id, ref mac @ ..]) => Opt::Authentication { key_id, next_key_id, mac },
            (30, &[first, ..]) => Opt::Multipath { subtype: first >> 4, data },
            (34, cookie) => Opt::FastOpen(cookie),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_name() {
        let cases: [(&[u8], Opt<'_>); 10] = [
            (&[1], Opt::Nop),
            (&[2, 4, 5, 180], Opt::MaxSegmentSize(1460)),
            (&[3, 3, 7], Opt::WindowScale(7)),
            (&[4, 2], Opt::SackPermitted),
            (&[5, 10, 0, 0, 0, 1, 0, 0, 0, 2], Opt::Sack(&[0, 0, 0, 1, 0, 0, 0, 2])),
            (&[8, 10, 0, 0, 0, 1, 0, 0, 0, 2], Opt::Timestamps { value: 1, echo: 2 }),
            (&[28, 4, 0x80, 5], Opt::UserTimeout { minutes: true, value: 5 }),
            (&[29, 6, 1, 2, 9, 9], Opt::Authentication { key_id: 1, next_key_id: 2, mac: &[9, 9] }),
            (&[30, 3, 0x20], Opt::Multipath { subtype: 2, data: &[0x20] }),
            (&[34, 4, 7, 7], Opt::FastOpen(&[7, 7])),
        ];
        for (bytes, option) in cases {
            let mut options = Options::new(bytes);
            assert_eq!(options.next(), Some(option));
            assert_eq!((option.kind(), options.rest()), (bytes[0], &[][..]));
        }
        let mut signed = vec![19, 18];
        signed.extend([3; 16]);
        assert_eq!(Options::new(&signed).next(), Some(Opt::Md5(&[3; 16])));
    }

    #[test]
    fn broken_options_end_the_walk() {
        for broken in [&[2][..], &[2, 1, 0], &[2, 9, 0]] {
            assert_eq!(Options::new(broken).next(), None);
        }
        let mut ended = Options::new(&[1, 0, 2, 4, 5, 180]);
        assert_eq!((ended.next(), ended.next(), ended.rest().len()), (Some(Opt::Nop), None, 5));
        assert_eq!(Options::new(&[2, 3, 5]).next(), Some(Opt::Other { kind: 2, data: &[5] }));
    }

    #[test]
    fn timestamps_in_any_layout() {
        let usual = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        let other = [8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1];
        assert_eq!(
            (timestamps(&usual), timestamps(&other), timestamps(&[1, 1])),
            (Some((1, 2)), Some((1, 2)), None)
        );
    }
}
