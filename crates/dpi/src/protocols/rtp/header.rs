//! RTP's header (RFC 3550 s5.1) and the payload types of its audio/video profile.

use crate::reader::Reader;

/// RFC 3550 s5.1.
pub(crate) const LEN: usize = 12;
const PADDING: u8 = 1 << 5;
const EXTENSION: u8 = 1 << 4;
const SOURCES: u8 = 0x0f;
/// Contributing sources that mixers list. More are allowed, and would hold every 5th datagram of
/// noise for a second look.
const MOST_SOURCES: u8 = 2;

#[derive(Clone, Copy)]
pub(crate) struct Header {
    flags: u8,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) source: u32,
}

impl Header {
    /// The fixed part, wherever it is from.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let [flags, payload_type] = reader.array()?;
        let (sequence, timestamp) = (reader.u16()?, reader.array()?);
        let header = Self {
            flags,
            payload_type: payload_type & 0x7f,
            sequence,
            timestamp: u32::from_be_bytes(timestamp),
            source: u32::from_be_bytes(reader.array()?),
        };
        (flags & 0xc0 == 0x80 && flags & SOURCES <= MOST_SOURCES && is_media(header.payload_type))
            .then_some(header)
    }

    /// The header of a whole packet into which sources, extension and padding fit.
    pub(crate) fn of(packet: &[u8], cut: bool) -> Option<Self> {
        let header = Self::read(packet)?;
        let mut body = Reader::new(packet.get(LEN..)?);
        body.take(usize::from(header.flags & SOURCES) * 4)?;
        if header.flags & EXTENSION != 0 {
            // RFC 3550 s5.3.1: profile, then the length in words.
            body.array::<2>()?;
            let words = body.u16()?;
            body.take(usize::from(words) * 4)?;
        }
        if header.flags & PADDING != 0 && !cut {
            // The last byte counts the padding, itself included.
            let padding = usize::from(*packet.last()?);
            (1..=body.rest().len()).contains(&padding).then_some(())?;
        }
        Some(header)
    }

    /// This packet comes after the other one of the same source, at most a few were lost between.
    pub(crate) fn follows(&self, before: &Self) -> bool {
        // Timestamps may stay, in the packets of one video frame; they wrap around.
        let elapsed = self.timestamp.wrapping_sub(before.timestamp);
        let distance = self.sequence.wrapping_sub(before.sequence);
        self.source == before.source && (1..=MOST_LOST).contains(&distance) && elapsed < 1 << 31
    }
}

/// Packets lost or sent another way between two that are still taken for neighbours.
const MOST_LOST: u16 = 16;

/// RFC 3551 s6: assigned, or dynamic (96 on, then from 35). 64 to 95 would be mistaken for RTCP
/// packets on the same port (RFC 5761 s4).
fn is_media(payload_type: u8) -> bool {
    matches!(payload_type, 0 | 3..=18 | 25 | 26 | 28 | 31..=63 | 96..=127)
}

/// RFC 3551 s6, tables 4 and 5.
pub(crate) fn codec(payload_type: u8) -> Option<&'static str> {
    Some(match payload_type {
        0 => "PCMU",
        3 => "GSM",
        4 => "G723",
        5 | 6 | 16 | 17 => "DVI4",
        7 => "LPC",
        8 => "PCMA",
        9 => "G722",
        10 | 11 => "L16",
        12 => "QCELP",
        13 => "CN",
        14 => "MPA",
        15 => "G728",
        18 => "G729",
        25 => "CelB",
        26 => "JPEG",
        28 => "nv",
        31 => "H261",
        32 => "MPV",
        33 => "MP2T",
        34 => "H263",
        _ => return None,
    })
}
