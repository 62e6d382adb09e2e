//! The spacing of packets: jitter where there is no acknowledgement to time.

use bytemuck::{Pod, Zeroable};

use crate::entry::Entry;
use crate::pair::{Pair, Who};

/// When packets of a flow that is not TCP came. Lies where a TCP flow has its
/// [`Rounds`](crate::tcp::Rounds).
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Spacing {
    /// When the last packet came, in microseconds that wrap every 71 minutes.
    pub(crate) seen_at: Pair<u32>,
    /// What lay between it and the one before; 0 is not known.
    gap_us: Pair<u32>,
    /// Smoothed change of that, or RTP's own jitter; 0 is not known.
    pub(crate) jitter_us: Pair<f32>,
}

/// What comes after a longer silence is not late, somebody had nothing to say.
const PAUSE_US: u32 = 2_000_000;

/// Jitter that is known to be none.
const NO_JITTER: f32 = 1e-6;

/// RFC 3550 s6.4.1: the mean of the change of transit times, smoothed by a sixteenth.
#[inline]
pub(crate) fn smooth(jitter_us: &mut f32, change_us: f32) {
    *jitter_us = (*jitter_us + (change_us - *jitter_us) / 16.0).max(NO_JITTER);
}

/// Takes note of a packet that `from` sent at `now_us`.
///
/// Without the sender's clock the change of the packets' spacing stands in for the change of their
/// transit time: for evenly sent packets both are the same.
#[inline]
pub(crate) fn datagram(entry: &mut Entry, from: Who, now_us: u32) {
    let first = entry.packets[from] <= 1;
    let spacing = entry.spacing_mut();
    // A clock that goes back looks like a long silence.
    let gap_us = now_us.wrapping_sub(spacing.seen_at[from]);
    spacing.seen_at[from] = now_us;
    if first || gap_us > PAUSE_US {
        spacing.gap_us[from] = 0;
        return;
    }
    let before_us = spacing.gap_us[from];
    spacing.gap_us[from] = gap_us.max(1);
    if before_us != 0 {
        smooth(&mut spacing.jitter_us[from], gap_us.abs_diff(before_us) as f32);
    }
}
