//! RTP's own jitter: how unevenly a stream arrives, measured against its sender's clock
//! (RFC 3550 s6.4.1).

use crate::pair::{Pair, Who};

/// Both directions of an RTP flow.
pub(crate) type Rtp = Pair<Stream>;

/// One direction.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stream {
    /// Timestamp and arrival of the first packet, to tell the clock rate by.
    first: Option<(u32, u32)>,
    /// Of the latest packet.
    last: (u32, u32),
    /// Ticks a second; 0 until it is known.
    clock_hz: u32,
    jitter_us: f32,
}

/// Takes note of an RTP packet that side `from` sent; returns the jitter of the worse direction in
/// microseconds, if it is known.
pub(crate) fn packet(rtp: &mut Rtp, from: Who, payload: &[u8], now_us: u32) -> Option<f32> {
    // RFC 3550 s5.1: version 2, payload type, sequence number, timestamp.
    let &[0x80..=0xbf, second, _, _, a, b, c, d, ..] = payload else { return None };
    let kind = second & 0x7f;
    // RTCP on the same ports (RFC 5761 s4).
    if (64..96).contains(&kind) {
        return None;
    }
    let stamp = u32::from_be_bytes([a, b, c, d]);
    let stream = &mut rtp[from];
    let Some(first) = stream.first else {
        stream.first = Some((stamp, now_us));
        stream.last = (stamp, now_us);
        stream.clock_hz = static_clock_hz(kind).unwrap_or(0);
        return None;
    };
    if stream.clock_hz == 0 {
        stream.clock_hz = estimate_clock_hz(first, (stamp, now_us)).unwrap_or(0);
    } else {
        let sent_us = ticks(stream.last.0, stamp) * 1e6 / f64::from(stream.clock_hz);
        let arrived_us = f64::from(now_us.wrapping_sub(stream.last.1));
        #[allow(clippy::cast_possible_truncation, reason = "a jitter needs no more than six digits")]
        let change = (arrived_us - sent_us).abs() as f32;
        stream.jitter_us += (change - stream.jitter_us) / 16.0;
    }
    stream.last = (stamp, now_us);
    rtp.0.iter().map(|s| s.jitter_us).reduce(f32::max).filter(|j| *j > 0.0)
}

/// Clock rates of the static payload types (RFC 3551 tables 4 and 5), in Hz.
fn static_clock_hz(kind: u8) -> Option<u32> {
    Some(match kind {
        0 | 3..=5 | 7..=9 | 12 | 13 | 15 | 18 => 8000,
        6 => 16_000,
        10 | 11 => 44_100,
        14 | 25 | 26 | 28 | 31..=34 => 90_000,
        16 => 11_025,
        17 => 22_050,
        _ => return None,
    })
}

/// The usual rate that timestamps since the first packet fit best, once a second has passed.
fn estimate_clock_hz(first: (u32, u32), now: (u32, u32)) -> Option<u32> {
    const USUAL_HZ: [u32; 5] = [8000, 16_000, 44_100, 48_000, 90_000];
    let elapsed_us = now.1.wrapping_sub(first.1);
    if elapsed_us < 1_000_000 {
        return None;
    }
    let rate_hz = ticks(first.0, now.0) * 1e6 / f64::from(elapsed_us);
    let off = |hz: u32| (rate_hz / f64::from(hz) - 1.0).abs();
    let best = USUAL_HZ.into_iter().min_by(|a, b| off(*a).total_cmp(&off(*b)))?;
    // 44.1 and 48 kHz are 9 % apart.
    (off(best) < 0.04).then_some(best)
}

/// From one timestamp to another; negative if the later packet was sent earlier.
fn ticks(from: u32, to: u32) -> f64 {
    f64::from(to.wrapping_sub(from).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtp(kind: u8, stamp: u32) -> Vec<u8> {
        let mut bytes = vec![0x80, kind, 0, 0];
        bytes.extend(stamp.to_be_bytes());
        bytes
    }

    /// 20 ms packets of 8 kHz voice; every other one is 4 ms late.
    #[test]
    fn uneven_arrival_of_a_static_type() {
        let mut flow = Rtp::default();
        let mut jitter = None;
        for n in 0..200u32 {
            let late = if n % 2 == 1 { 4000 } else { 0 };
            jitter = packet(&mut flow, Who::Src, &rtp(0, n * 160), n * 20_000 + late);
        }
        assert!((jitter.unwrap() - 4000.0).abs() < 10.0, "{jitter:?}");
    }

    /// Silence suppression leaves gaps in time and timestamp alike: no jitter.
    #[test]
    fn pauses_are_no_jitter() {
        let mut flow = Rtp::default();
        for n in [0u32, 1, 2, 500, 501, 502, 3000] {
            assert_eq!(packet(&mut flow, Who::Src, &rtp(8, n * 160), n * 20_000), None);
        }
    }

    #[test]
    fn a_dynamic_type_s_clock_is_found() {
        for hz in [8000u32, 48_000, 90_000] {
            let mut flow = Rtp::default();
            let mut jitter = None;
            for n in 0..200u32 {
                let late = if n % 2 == 1 { 2000 } else { 0 };
                jitter = packet(&mut flow, Who::Dst, &rtp(96, n * (hz / 50)), n * 20_000 + late);
            }
            assert!((jitter.unwrap() - 2000.0).abs() < 20.0, "{hz}: {jitter:?}");
        }
        let mut odd = Rtp::default();
        for n in 0..200u32 {
            assert_eq!(packet(&mut odd, Who::Src, &rtp(96, n * 7777), n * 20_000), None);
        }
    }

    #[test]
    fn other_bytes_change_nothing() {
        let mut flow = Rtp::default();
        for bytes in [&[][..], &[0x80; 7], &[0; 20], &[0x80, 200, 0, 0, 1, 2, 3, 4]] {
            assert_eq!(packet(&mut flow, Who::Src, bytes, 5), None);
        }
        assert!(flow[Who::Src].first.is_none());
    }
}
