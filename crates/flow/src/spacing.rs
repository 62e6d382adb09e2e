//! The spacing of datagrams: jitter where there is no acknowledgement to time.

use crate::entry::Entry;
use crate::pair::Who;

/// Takes note of a datagram sent by side `from` at `now_us`.
///
/// RFC 3550 s6.4.1 smooths the change of transit time by a sixteenth. Without the sender's clock
/// the change of the packet spacing stands in for it: for evenly sent packets both are the same.
#[inline]
pub(crate) fn datagram(entry: &mut Entry, from: Who, now_us: u32) {
    let side = &mut entry.sides[from];
    let nth = entry.packets[from];
    let gap = now_us.wrapping_sub(side.next_at);
    if nth > 2 {
        let change = gap.abs_diff(side.acked) as f32;
        entry.jitter_us += (change - entry.jitter_us) / 16.0;
    }
    side.next_at = now_us;
    side.acked = gap;
}
