//! RTP's own jitter (RFC 3550 s6.4.1): how much later or earlier a packet comes than the one
//! before it, by the sender's clock.

use crate::pair::{Pair, Who};
use crate::spacing::smooth;

/// The media streams of a flow that was found to be RTP.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Media {
    /// Two each way: audio and video may share a flow (RFC 8843). A third is not followed.
    streams: Pair<[Stream; 2]>,
}

/// Packets of one source, as far as they can be compared.
#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    source: u32,
    /// Packets of the payload type in a row that this stream does not follow.
    strays: u8,
    payload_type: u8,
    in_use: bool,
    /// Ticks a second of its timestamps; 0 is not known.
    clock_hz: u32,
    /// When the last packet with another timestamp than the one before came.
    at_us: u32,
    timestamp: u32,
    /// Where the measurement of an unknown clock began, and how many timestamps ago.
    since_us: u32,
    since_timestamp: u32,
    steps: u32,
    jitter_us: f32,
}

struct Header {
    payload_type: u8,
    timestamp: u32,
    source: u32,
}

/// A source that is silent for so long has gone.
const GONE_US: i32 = 5_000_000;
/// A leap of the sender's clock against ours that is no delay; the sender started anew.
const LEAP_US: f64 = 5e6;
/// Packets of another payload type after which the stream has changed it.
const STRAYS: u8 = 16;
/// How long and over how many timestamps an unknown clock is measured.
const MEASURE_US: u32 = 1_000_000;
const MEASURE_STEPS: u32 = 10;
/// Clocks that dynamic payload types have.
const CLOCKS_HZ: [u32; 5] = [8_000, 16_000, 44_100, 48_000, 90_000];
/// 44.1 and 48 kHz lie 9 % apart.
const TOLERANCE: f64 = 0.04;

impl Media {
    /// Takes note of a datagram and returns the jitter of that direction's worse stream in
    /// microseconds; 0 is not known.
    pub(crate) fn datagram(&mut self, from: Who, payload: &[u8], now_us: u32) -> f32 {
        let streams = &mut self.streams[from];
        if let Some(header) = Header::read(payload)
            && let Some(stream) = choose(streams, header.source, now_us)
        {
            stream.packet(&header, now_us);
        }
        let [a, b] = streams;
        a.jitter_us.max(b.jitter_us)
    }
}

/// The stream of this source, or a place for it.
fn choose(streams: &mut [Stream; 2], source: u32, now_us: u32) -> Option<&mut Stream> {
    let known = streams.iter().position(|s| s.in_use && s.source == source);
    let free = streams.iter().position(|s| !s.in_use || difference(now_us, s.at_us) > GONE_US);
    let stream = streams.get_mut(known.or(free)?)?;
    if known.is_none() {
        *stream = Stream { source, ..Stream::default() };
    }
    Some(stream)
}

impl Stream {
    fn packet(&mut self, header: &Header, now_us: u32) {
        if !self.in_use {
            self.start(header, now_us);
            return;
        }
        if header.payload_type != self.payload_type {
            // Telephone events and comfort noise come in between, with other timing (RFC 4733).
            self.strays += 1;
            if self.strays >= STRAYS {
                self.start(header, now_us);
            }
            return;
        }
        self.strays = 0;
        // The packets of one video frame share a timestamp but are not sent at one time: the first
        // counts.
        if header.timestamp == self.timestamp {
            return;
        }
        if self.clock_hz == 0 {
            self.measure(header, now_us);
        } else {
            self.compare(header, now_us);
        }
        self.at_us = now_us;
        self.timestamp = header.timestamp;
    }

    fn start(&mut self, header: &Header, now_us: u32) {
        *self = Self {
            source: self.source,
            payload_type: header.payload_type,
            in_use: true,
            clock_hz: clock_of(header.payload_type),
            at_us: now_us,
            timestamp: header.timestamp,
            since_us: now_us,
            since_timestamp: header.timestamp,
            jitter_us: self.jitter_us,
            ..Self::default()
        };
    }

    /// RFC 3550 s6.4.1: D is the change of the transit time, J the mean of its size.
    fn compare(&mut self, header: &Header, now_us: u32) {
        let sent_us =
            f64::from(difference(header.timestamp, self.timestamp)) * 1e6 / f64::from(self.clock_hz);
        let change_us = (f64::from(difference(now_us, self.at_us)) - sent_us).abs();
        if change_us < LEAP_US {
            #[allow(clippy::cast_possible_truncation, reason = "a jitter needs no more than six digits")]
            smooth(&mut self.jitter_us, change_us as f32);
        }
    }

    /// Counts the ticks of a second, more or less: which of the usual clocks is it?
    fn measure(&mut self, header: &Header, now_us: u32) {
        self.steps += 1;
        let elapsed_us = now_us.wrapping_sub(self.since_us);
        if elapsed_us < MEASURE_US || self.steps < MEASURE_STEPS {
            return;
        }
        let ticks = difference(header.timestamp, self.since_timestamp);
        let hz = f64::from(ticks) * 1e6 / f64::from(elapsed_us);
        let fits = |clock: &u32| (hz / f64::from(*clock) - 1.0).abs() < TOLERANCE;
        self.clock_hz = CLOCKS_HZ.into_iter().find(fits).unwrap_or(0);
        // If none fits, the next second may tell more.
        (self.since_us, self.since_timestamp, self.steps) = (now_us, header.timestamp, 0);
    }
}

impl Header {
    /// RFC 3550 s5.1; `None` for RTCP (RFC 5761 s4), STUN and DTLS that use the same ports (RFC
    /// 7983 s7).
    fn read(payload: &[u8]) -> Option<Self> {
        let &[flags, kind, _, _, t0, t1, t2, t3, s0, s1, s2, s3] = payload.first_chunk()?;
        let payload_type = kind & 0x7f;
        let rtp = flags >> 6 == 2 && !matches!(payload_type, 64..=95);
        rtp.then_some(Self {
            payload_type,
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            source: u32::from_be_bytes([s0, s1, s2, s3]),
        })
    }
}

/// Ticks a second of a static payload type (RFC 3551 tables 4 and 5); 0 for a dynamic one.
fn clock_of(payload_type: u8) -> u32 {
    match payload_type {
        0 | 3..=5 | 7..=9 | 12 | 13 | 15 | 18 => 8_000,
        6 => 16_000,
        10 | 11 => 44_100,
        14 | 25 | 26 | 28 | 31..=34 => 90_000,
        16 => 11_025,
        17 => 22_050,
        _ => 0,
    }
}

/// From `b` to `a` on a clock that wraps.
fn difference(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b).cast_signed()
}
