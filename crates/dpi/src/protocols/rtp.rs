//! RTP over UDP (RFC 3550): three packets in a row of one source.

use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rtp",
    category: "media",
    encrypted: false,
    // Version 2 without contributing sources. Mixers add those, but too rarely to hold every
    // 20th datagram of noise for them.
    over: &[(Transport::Udp, &[0x80..=0x80, 0x90..=0x90, 0xa0..=0xa0, 0xb0..=0xb0])],
    ports: &[5004],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// RFC 3550 s5.1.
const HEADER_LEN: usize = 12;
const PADDING: u8 = 1 << 5;
const EXTENSION: u8 = 1 << 4;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let Some(now) = Header::read(look.bytes).filter(|header| header.fits(look)) else {
        return Verdict::No;
    };
    // Newest first: the one before this, and the one before that.
    let mut before = look.earlier.iter().rev().filter(|glimpse| glimpse.from_src == look.from_src);
    let mut previous = || Header::read(&before.next().map(|Glimpse { start, .. }| start)?[..]);
    match (previous(), previous()) {
        (Some(second), Some(first)) if now.follows(&second) && second.follows(&first) => Verdict::likely(
            "three UDP payloads of one RTP source with rising sequence numbers and timestamps",
            Want::Nothing,
        ),
        _ => Verdict::NeedMore,
    }
}

struct Header {
    flags: u8,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    source: u32,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let [flags, payload_type] = reader.array()?;
        let (sequence, timestamp) = (reader.u16()?, reader.array()?);
        Some(Self {
            flags,
            payload_type: payload_type & 0x7f,
            sequence,
            timestamp: u32::from_be_bytes(timestamp),
            source: u32::from_be_bytes(reader.array()?),
        })
    }

    fn fits(&self, look: &Look<'_>) -> bool {
        let mut body = Reader::new(look.bytes.get(HEADER_LEN..).unwrap_or_default());
        if self.flags & EXTENSION != 0 {
            // RFC 3550 s5.3.1: profile, then the length in words.
            let words = body.array::<2>().and_then(|_profile| body.u16());
            if words.is_none_or(|words| body.take(usize::from(words) * 4).is_none()) {
                return false;
            }
        }
        let padding = match look.bytes.last() {
            Some(&count) if self.flags & PADDING != 0 && !look.cut => usize::from(count),
            _ => 0,
        };
        let padded = self.flags & PADDING == 0 || look.cut || padding > 0;
        padded && padding <= body.rest().len() && is_media(self.payload_type)
    }

    fn follows(&self, before: &Self) -> bool {
        // Timestamps may stay, in the packets of one video frame; they wrap around.
        let elapsed = self.timestamp.wrapping_sub(before.timestamp);
        self.source == before.source && self.sequence == before.sequence.wrapping_add(1) && elapsed < 1 << 31
    }
}

/// RFC 3551 s6: assigned, or dynamic (96 on, then from 35). 64 to 95 would be mistaken for RTCP
/// packets on the same port (RFC 5761 s4).
fn is_media(payload_type: u8) -> bool {
    matches!(payload_type, 0 | 3..=18 | 25 | 26 | 28 | 31..=63 | 96..=127)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        40000,
        40002,
        &[
            (SRC, b"\x80\0\0\x01\0\0\0\xa0\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            (SRC, b"\x80\0\0\x02\0\0\x01\x40\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            (SRC, b"\x80\0\0\x03\0\0\x01\xe0\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            (SRC, b"\x80\0\0\x04\0\0\x02\x80\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
        ],
    )],
    near_miss: &[Sample::udp(
        40000,
        40002,
        &[
            (SRC, b"\x80\0\0\x01\0\0\0\xa0\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            (SRC, b"\x80\0\x50\x02\0\0\x01\x40\x99\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            (SRC, b"\x80\0\x20\x03\0\0\x01\xe0\x12\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
        ],
    )],
};

#[cfg(test)]
mod tests {
    use crate::engine::Progress;
    use crate::label::Confidence;
    use crate::testing::{Flow, UDP};

    fn packet(payload_type: u8, sequence: u16, timestamp: u32, source: u32) -> Vec<u8> {
        let mut bytes = vec![0x80, payload_type];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(timestamp.to_be_bytes());
        bytes.extend(source.to_be_bytes());
        bytes.extend([0x55; 160]);
        bytes
    }

    #[test]
    fn three_in_a_row() {
        let mut flow = Flow::new(UDP, 16384, 20000);
        assert_eq!(flow.src(&packet(0, 65535, u32::MAX, 7)), Progress::More);
        assert_eq!(flow.dst(&packet(0, 1, 0, 8)), Progress::More);
        // The marker bit is no part of the type.
        assert_eq!(flow.src(&packet(0x80, 0, 159, 7)), Progress::More);
        assert_eq!(flow.name(), None);
        assert_eq!(flow.src(&packet(101, 1, 159, 7)), Progress::Done);
        assert_eq!((flow.name(), flow.confidence()), (Some("rtp"), Some(Confidence::Likely)));
    }

    #[test]
    fn a_lost_packet_delays_it() {
        let mut flow = Flow::new(UDP, 16384, 20000);
        for sequence in [1, 2, 4, 5] {
            assert_eq!(flow.src(&packet(96, sequence, 160 * u32::from(sequence), 7)), Progress::More);
        }
        assert_eq!((flow.src(&packet(96, 6, 960, 7)), flow.name()), (Progress::Done, Some("rtp")));
    }

    #[test]
    fn near_misses() {
        let not_media: [&[u8]; 4] =
            [&packet(200, 1, 1, 7), &packet(2, 1, 1, 7), &packet(96, 1, 1, 7)[..11], &[0x40; 100]];
        for bytes in not_media {
            let mut flow = Flow::new(UDP, 5004, 5004);
            assert_eq!((flow.src(bytes), flow.name()), (Progress::Done, None));
        }
        let same: Vec<_> = (0..40).map(|_| packet(96, 1, 1, 7)).collect();
        let sources: Vec<_> = (0..40).map(|i| packet(96, i, 1, i.into())).collect();
        let backwards: Vec<_> = (0..40).map(|i| packet(96, i, 10_000 - u32::from(i), 7)).collect();
        for packets in [same, sources, backwards] {
            let mut flow = Flow::new(UDP, 5004, 5004);
            packets.iter().for_each(|packet| _ = flow.src(packet));
            assert_eq!(flow.name(), None);
        }
    }

    #[test]
    fn padding_and_extension_must_fit() {
        let mut padded = packet(96, 1, 1, 7);
        padded[0] = 0xa0;
        let mut extended = packet(96, 1, 1, 7);
        extended[0] = 0x90;
        for bytes in [&padded, &extended] {
            let mut flow = Flow::new(UDP, 5004, 5004);
            let fits = bytes[0] == 0xa0;
            assert_eq!(flow.src(bytes), if fits { Progress::More } else { Progress::Done });
        }
    }
}
