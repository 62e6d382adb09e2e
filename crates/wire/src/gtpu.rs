//! GTP-U version 1 (3GPP TS 29.281).

/// Bytes of the header without optional fields.
pub const MIN_LEN: usize = 8;
/// The port of GTP-U (3GPP TS 29.281 s4.4.2.3).
pub const PORT: u16 = 2152;
/// The message type that carries a user packet.
pub const T_PDU: u8 = 255;

/// A GTP-U header with its optional fields and extension headers.
#[derive(Clone, Copy, Debug)]
pub struct GtpU<'a> {
    fixed: &'a [u8; MIN_LEN],
    optional: Option<&'a [u8; 4]>,
    extensions: &'a [u8],
}

impl<'a> GtpU<'a> {
    /// The header at the start of `bytes`, and what follows it.
    ///
    /// `None` if the bytes end inside the header or an extension header has length 0.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<MIN_LEN>()?;
        if fixed[0] & 7 == 0 {
            return Some((Self { fixed, optional: None, extensions: &[] }, rest));
        }
        // One of E, S and PN brings all four bytes (3GPP TS 29.281 s5.1).
        let (optional, chain) = rest.split_first_chunk()?;
        let mut header = Self { fixed, optional: Some(optional), extensions: chain };
        let mut extensions = header.extensions();
        extensions.by_ref().for_each(drop);
        if extensions.kind != 0 {
            return None;
        }
        let rest = extensions.rest;
        header.extensions = chain.get(..chain.len() - rest.len())?;
        Some((header, rest))
    }

    /// Version, 1.
    pub fn version(&self) -> u8 {
        self.fixed[0] >> 5
    }

    /// Protocol type: GTP, not GTP'.
    pub fn is_gtp(&self) -> bool {
        self.fixed[0] & 0x10 != 0
    }

    /// Message type, see [`T_PDU`].
    pub fn kind(&self) -> u8 {
        self.fixed[1]
    }

    /// Bytes behind the first eight.
    pub fn length(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Tunnel endpoint identifier at the receiver.
    pub fn teid(&self) -> u32 {
        let f = self.fixed;
        u32::from_be_bytes([f[4], f[5], f[6], f[7]])
    }

    /// Sequence number, if its flag is set.
    pub fn sequence(&self) -> Option<u16> {
        self.optional.filter(|_| self.fixed[0] & 2 != 0).map(|&[a, b, ..]| u16::from_be_bytes([a, b]))
    }

    /// N-PDU number, if its flag is set.
    pub fn n_pdu_number(&self) -> Option<u8> {
        self.optional.filter(|_| self.fixed[0] & 1 != 0).map(|&[_, _, n, _]| n)
    }

    /// Length of the header in bytes, extension headers included.
    pub fn header_len(&self) -> usize {
        MIN_LEN + self.optional.map_or(0, |o| o.len()) + self.extensions.len()
    }

    /// Extension headers, in wire order.
    pub fn extensions(&self) -> Extensions<'a> {
        let kind = self.optional.filter(|_| self.fixed[0] & 4 != 0).map_or(0, |o| o[3]);
        Extensions { kind, rest: self.extensions }
    }

    /// Version 1 of GTP, and the spare bit is 0 (3GPP TS 29.281 s5.1).
    pub fn is_plausible(&self) -> bool {
        self.fixed[0] & 0xf8 == 0x30
    }
}

/// Iterates over extension headers as (type, content); ends behind the last or at the first broken
/// length.
#[derive(Clone, Debug)]
pub struct Extensions<'a> {
    kind: u8,
    rest: &'a [u8],
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.kind == 0 {
            return None;
        }
        // Length in four bytes, itself and the next type included (3GPP TS 29.281 s5.2.1).
        let len = usize::from(*self.rest.first()?) * 4;
        let (extension, rest) = self.rest.split_at_checked(len)?;
        let [_, content @ .., next] = extension else { return None };
        let kind = std::mem::replace(&mut self.kind, *next);
        self.rest = rest;
        Some((kind, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_chain() {
        let bytes = [0x36, 255, 0, 13, 0, 0, 0, 5, 0, 9, 0, 0x85, 1, 0x10, 9, 0, 0x45];
        let (gtp, rest) = GtpU::split(&bytes).unwrap();
        assert_eq!((gtp.teid(), gtp.sequence(), gtp.n_pdu_number()), (5, Some(9), None));
        assert_eq!(gtp.extensions().collect::<Vec<_>>(), [(0x85, &[0x10, 9][..])]);
        assert_eq!((gtp.header_len(), rest), (16, &[0x45][..]));
    }

    #[test]
    fn broken_chain() {
        assert!(GtpU::split(&[0x34, 255, 0, 9, 0, 0, 0, 5, 0, 0, 0, 0x85, 0, 0x10, 9, 0]).is_none());
        assert!(GtpU::split(&[0x34, 255, 0, 9, 0, 0, 0, 5, 0, 0, 0, 0x85, 9, 0x10, 9, 0]).is_none());
    }
}
