//! SCTP (RFC 9260).

/// Bytes of the common header.
pub const LEN: usize = 12;

/// Chunk types (RFC 9260 s3.2, RFC 4820, RFC 4895, RFC 5061, RFC 8260).
pub mod chunk {
    #![allow(missing_docs)]
    pub const DATA: u8 = 0;
    pub const INIT: u8 = 1;
    pub const INIT_ACK: u8 = 2;
    pub const SACK: u8 = 3;
    pub const HEARTBEAT: u8 = 4;
    pub const HEARTBEAT_ACK: u8 = 5;
    pub const ABORT: u8 = 6;
    pub const SHUTDOWN: u8 = 7;
    pub const SHUTDOWN_ACK: u8 = 8;
    pub const ERROR: u8 = 9;
    pub const COOKIE_ECHO: u8 = 10;
    pub const COOKIE_ACK: u8 = 11;
    pub const SHUTDOWN_COMPLETE: u8 = 14;
    pub const AUTH: u8 = 15;
    pub const I_DATA: u8 = 64;
    pub const ASCONF_ACK: u8 = 128;
    pub const PAD: u8 = 132;
    pub const FORWARD_TSN: u8 = 192;
    pub const ASCONF: u8 = 193;
}

/// An SCTP common header (RFC 9260 s3.1).
#[derive(Clone, Copy, Debug)]
pub struct Sctp<'a>(&'a [u8; LEN]);

impl<'a> Sctp<'a> {
    /// The header at the start of `bytes`, and the chunks behind it.
    pub fn split(bytes: &'a [u8]) -> Option<(Self, Chunks<'a>)> {
        bytes.split_first_chunk().map(|(h, rest)| (Self(h), Chunks(rest)))
    }

    /// Source port.
    pub fn src_port(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// Destination port.
    pub fn dst_port(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    /// Verification tag; 0 only with INIT.
    pub fn verification_tag(&self) -> u32 {
        u32::from_be_bytes([self.0[4], self.0[5], self.0[6], self.0[7]])
    }

    /// CRC32c checksum.
    pub fn checksum(&self) -> u32 {
        u32::from_be_bytes([self.0[8], self.0[9], self.0[10], self.0[11]])
    }
}

/// One chunk (RFC 9260 s3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chunk<'a> {
    /// Type, see [`chunk`].
    pub kind: u8,
    /// Flags of the type.
    pub flags: u8,
    /// Length in bytes as it stands on the wire: header and value, without padding.
    pub length: u16,
    /// What follows the chunk header, as far as it was captured.
    pub value: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// The fields of a DATA chunk (RFC 9260 s3.3.1).
    pub fn data(&self) -> Option<Data<'a>> {
        let (&[a, b, c, d, s0, s1, n0, n1, e, f, g, h], payload) = self.value.split_first_chunk()?;
        (self.kind == chunk::DATA).then(|| Data {
            tsn: u32::from_be_bytes([a, b, c, d]),
            stream: u16::from_be_bytes([s0, s1]),
            stream_sequence: u16::from_be_bytes([n0, n1]),
            protocol: u32::from_be_bytes([e, f, g, h]),
            payload,
        })
    }
}

/// The fields of a DATA chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Data<'a> {
    /// Transmission sequence number.
    pub tsn: u32,
    /// Stream id.
    pub stream: u16,
    /// Sequence number in the stream.
    pub stream_sequence: u16,
    /// Payload protocol identifier (IANA sctp-parameters registry).
    pub protocol: u32,
    /// User data.
    pub payload: &'a [u8],
}

/// Iterates over chunks; ends at the first broken length, and after one that was cut.
#[derive(Clone, Debug)]
pub struct Chunks<'a>(&'a [u8]);

impl<'a> Chunks<'a> {
    /// Over the bytes behind the common header.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (&[kind, flags, l0, l1], rest) = self.0.split_first_chunk()?;
        let length = u16::from_be_bytes([l0, l1]);
        let len = usize::from(length).checked_sub(4)?;
        let value = rest.get(..len).unwrap_or(rest);
        // Chunks are padded to four bytes.
        self.0 = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some(Chunk { kind, flags, length, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_padded() {
        let mut bytes = vec![0x0b, 0x59, 0x0b, 0x5a, 0, 0, 0, 9, 1, 2, 3, 4];
        bytes.extend([0, 3, 0, 17, 0, 0, 0, 1, 0, 2, 0, 3, 0, 0, 0, 46, b'x', 0, 0, 0, 11, 0, 0, 4]);
        let (header, chunks) = Sctp::split(&bytes).unwrap();
        assert_eq!((header.src_port(), header.verification_tag()), (2905, 9));
        let chunks: Vec<_> = chunks.collect();
        let data = chunks[0].data().unwrap();
        assert_eq!((data.tsn, data.stream, data.protocol, data.payload), (1, 2, 46, &b"x"[..]));
        assert_eq!((chunks[1].kind, chunks.len()), (chunk::COOKIE_ACK, 2));
    }

    #[test]
    fn a_length_below_the_header_ends_it() {
        assert_eq!(Chunks(&[0, 0, 0, 3, 0, 0]).count(), 0);
        assert_eq!(Chunks(&[0, 0, 0, 40, 1, 2]).next().unwrap().value, [1, 2]);
    }
}
