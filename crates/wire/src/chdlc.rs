//! Cisco HDLC framing (RFC 1547 s4.3.1 describes it).

/// Bytes of the header.
pub const LEN: usize = 4;
/// Address of a frame to the other end.
pub const UNICAST: u8 = 0x0f;
/// Address of a broadcast frame.
pub const BROADCAST: u8 = 0x8f;
/// The protocol number of Cisco's keep-alive and address resolution, SLARP.
pub const SLARP: u16 = 0x8035;

/// A Cisco HDLC header.
#[derive(Clone, Copy, Debug)]
pub struct Chdlc<'a>(&'a [u8; LEN]);

impl<'a> Chdlc<'a> {
    /// The header at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Address: unicast or broadcast.
    pub fn address(&self) -> u8 {
        self.0[0]
    }

    /// Control, 0.
    pub fn control(&self) -> u8 {
        self.0[1]
    }

    /// An EtherType, or one of Cisco's own numbers.
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }
}
