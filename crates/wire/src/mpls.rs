//! MPLS label stack entries (RFC 3032) and the pseudowire control word (RFC 4385).

/// Bytes of a label stack entry.
pub const LEN: usize = 4;

/// One label stack entry (RFC 3032 s2.1).
#[derive(Clone, Copy, Debug)]
pub struct Mpls<'a>(&'a [u8; LEN]);

impl<'a> Mpls<'a> {
    /// The entry at the start of `bytes`, and what follows it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), rest))
    }

    /// Label, 20 bits.
    pub fn label(&self) -> u32 {
        u32::from_be_bytes(*self.0) >> 12
    }

    /// Traffic class (RFC 5462), 3 bits.
    pub fn traffic_class(&self) -> u8 {
        (self.0[2] >> 1) & 7
    }

    /// The last entry of the stack.
    pub fn bottom_of_stack(&self) -> bool {
        self.0[2] & 1 != 0
    }

    /// Time to live.
    pub fn ttl(&self) -> u8 {
        self.0[3]
    }
}

/// What may stand between the stack and a pseudowire's payload (RFC 4385 s3).
#[derive(Clone, Copy, Debug)]
pub struct ControlWord<'a>(&'a [u8; LEN]);

impl<'a> ControlWord<'a> {
    /// The word at the start of `bytes`, and what follows it; `None` if the first nibble is not 0.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (word, rest) = bytes.split_first_chunk::<LEN>()?;
        (word[0] >> 4 == 0).then_some((Self(word), rest))
    }

    /// Flags of the pseudowire type.
    pub fn flags(&self) -> u8 {
        self.0[0] & 0x0f
    }

    /// Fragmentation bits (RFC 4623).
    pub fn fragmentation(&self) -> u8 {
        self.0[1] >> 6
    }

    /// Payload and control word in bytes, where below 64; else 0.
    pub fn length(&self) -> u8 {
        self.0[1] & 0x3f
    }

    /// Sequence number; 0 if unused.
    pub fn sequence(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }
}
