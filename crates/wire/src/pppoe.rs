//! PPP over Ethernet (RFC 2516).

/// Bytes of the header.
pub const LEN: usize = 6;
/// The code of session data (RFC 2516 s6).
pub const CODE_SESSION: u8 = 0;

/// A PPPoE header (RFC 2516 s4).
#[derive(Clone, Copy, Debug)]
pub struct Pppoe<'a>(&'a [u8; LEN]);

impl<'a> Pppoe<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Version, 1.
    pub fn version(&self) -> u8 {
        self.0[0] >> 4
    }

    /// Type, 1.
    pub fn kind(&self) -> u8 {
        self.0[0] & 0x0f
    }

    /// 0 in the session stage; PADI 0x09, PADO 0x07, PADR 0x19, PADS 0x65, PADT 0xa7 (RFC 2516 s5).
    pub fn code(&self) -> u8 {
        self.0[1]
    }

    /// Session id.
    pub fn session_id(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    /// Payload in bytes.
    pub fn length(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }
}

/// One tag of a discovery packet (RFC 2516 appendix A).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tag<'a> {
    /// Tag type: 0x0101 service name, 0x0102 access concentrator name, 0x0103 host-uniq ...
    pub kind: u16,
    /// Tag value.
    pub data: &'a [u8],
}

/// Iterates over the tags of a discovery packet; ends at End-Of-List or at the first broken length.
#[derive(Clone, Debug)]
pub struct Tags<'a>(&'a [u8]);

impl<'a> Tags<'a> {
    /// Over the payload of a discovery packet.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        let (&[k0, k1, l0, l1], rest) = self.0.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
        self.0 = rest;
        let kind = u16::from_be_bytes([k0, k1]);
        (kind != 0).then_some(Tag { kind, data })
    }
}
