//! Round trips, seen from the middle: from a segment to what answers it, beyond each side.

use wire::Packet;
use wire::tcp::{self, flag};

use super::before;
use crate::entry::{Entry, bit};
use crate::pair::Who;

/// Pairs segments with their answers: by the timestamps option where both sides use it (RFC 7323
/// s4), else by acknowledgement numbers, leaving out what was sent again (Karn's rule, RFC 6298 s3).
///
/// A round trip through the capture point has two legs. The latest of each is added up, so that
/// the figure is that of the whole path wherever the capture point lies.
#[inline]
pub(super) fn sample(
    entry: &mut Entry,
    from: Who,
    packet: &Packet,
    options: &[u8],
    now_us: u32,
    retransmission: bool,
) {
    let to = from.other();
    let (mut sent, mut echoed) = (packet.seq.wrapping_add(packet.payload_len), packet.ack);
    let mut karn = retransmission;
    if entry.has(bit::TIMESTAMPS)
        && let Some((value, echo)) = tcp::timestamps(options)
    {
        sent = value;
        // The SYN went out before it was known that timestamps are in use.
        if packet.tcp_flags & flag::SYN == 0 {
            echoed = echo;
        }
        karn = false; // A segment that is sent again carries a new timestamp.
    }
    let [awaited, awaited_at] = [&mut entry.awaited, &mut entry.awaited_at];
    if packet.tcp_flags & flag::ACK != 0 && awaited_at[to] != 0 && !before(echoed, awaited[to]) {
        let leg_us = now_us.wrapping_sub(awaited_at[to]);
        awaited_at[to] = 0;
        let other_leg_us = entry.leg_us[from];
        let before_us = entry.leg_us[to].saturating_add(other_leg_us);
        entry.leg_us[to] = leg_us;
        if packet.tcp_flags & flag::SYN == 0 {
            note(entry, leg_us.saturating_add(other_leg_us), before_us);
        }
    }
    if karn {
        entry.awaited_at[from] = 0;
    } else if entry.awaited_at[from] == 0
        && (packet.payload_len > 0 || packet.tcp_flags & flag::SYN != 0)
        && packet.tcp_flags & flag::RST == 0
    {
        let syn = packet.tcp_flags & flag::SYN != 0 && !entry.has(bit::TIMESTAMPS);
        entry.awaited[from] = sent.wrapping_add(u32::from(syn));
        entry.awaited_at[from] = now_us | 1; // 0 means that nothing is awaited.
    }
}

#[inline]
fn note(entry: &mut Entry, rtt_us: u32, before_us: u32) {
    if entry.rtt_count == 0 {
        entry.rtt_min_us = rtt_us;
        entry.rtt_mean_us = 0.0;
    } else {
        // RFC 3550 s6.4.1 smooths by a sixteenth of the change.
        let change = rtt_us.abs_diff(before_us) as f32;
        entry.jitter_us += (change - entry.jitter_us) / 16.0;
    }
    entry.rtt_count = entry.rtt_count.saturating_add(1);
    entry.rtt_min_us = entry.rtt_min_us.min(rtt_us);
    entry.rtt_max_us = entry.rtt_max_us.max(rtt_us);
    entry.rtt_mean_us += (rtt_us as f32 - entry.rtt_mean_us) / entry.rtt_count as f32;
}
