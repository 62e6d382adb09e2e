//! Round trips, seen from the middle: from a segment to what answers it, beyond each side.

use bytemuck::{Pod, Zeroable};
use wire::Packet;
use wire::tcp::{self, flag};

use super::before;
use super::sequence::found;
use crate::entry::{Entry, bit};
use crate::pair::{Pair, Who};
use crate::spacing::smooth;

/// Round trips under way, and the extremes of those done.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Rounds {
    /// What the peer must acknowledge (or echo) to end a round trip of each side.
    pub(crate) awaited: Pair<u32>,
    /// When that was sent, in microseconds that wrap; 0 if nothing is awaited.
    pub(crate) awaited_at: Pair<u32>,
    pub(crate) min_us: u32,
    pub(crate) max_us: u32,
}

/// Pairs segments with their answers: by the timestamps option where both sides use it (RFC 7323
/// s4), else by acknowledgement numbers, leaving out what was sent again (Karn's rule, RFC 6298 s3).
///
/// A round trip through the capture point has two legs. The latest of each is added up, so that
/// the figure is that of the whole path wherever the capture point lies.
#[inline]
pub(super) fn sample(entry: &mut Entry, from: Who, packet: &Packet, frame: &[u8], now_us: u32, found: u8) {
    let flags = packet.tcp_flags;
    let syn = flags & flag::SYN != 0;
    let mut value = packet.seq.wrapping_add(if syn { 1 } else { packet.payload_len });
    let mut echo = packet.ack;
    let (mut stamped, mut is_timestamp) = (false, false);
    if entry.has(bit::TIMESTAMPS)
        && let Some((ts_value, ts_echo)) = tcp::timestamps(packet.tcp_options(frame))
    {
        (value, is_timestamp) = (ts_value, true);
        // The SYN went out before it was known that timestamps are in use.
        if !syn {
            echo = ts_echo;
            stamped = true;
        }
    }
    let rounds = &mut entry.rounds;
    let to = from.other();
    let sent_at = rounds.awaited_at[to];
    if sent_at != 0 && flags & flag::ACK != 0 && !before(echo, rounds.awaited[to]) {
        rounds.awaited_at[to] = 0;
        // A later timestamp than the one awaited: that one was lost, or its answer was.
        let answers = !stamped || echo == rounds.awaited[to];
        let leg_us = now_us.wrapping_sub(sent_at);
        let clock_went_back = leg_us > i32::MAX as u32;
        if answers && !clock_went_back {
            finish(entry, to, leg_us, syn);
        }
    }
    let again = found & found::RETRANSMISSION != 0;
    let rounds = &mut entry.rounds;
    if again && !stamped {
        rounds.awaited_at[from] = 0;
    } else if (packet.payload_len > 0 || syn)
        && flags & flag::RST == 0
        && found & (found::PROBE | found::KEEP_ALIVE) == 0
        && (rounds.awaited_at[from] == 0 || again)
        // Clocks of timestamps tick slowly: the first segment of a tick is the one that counts.
        && (!stamped || before(rounds.awaited[from], value))
    {
        rounds.awaited[from] = value;
        rounds.awaited_at[from] = now_us.max(1);
        entry.sides[from].stamp(now_us, is_timestamp);
    }
}

/// What `sender` sent was answered after `leg_us`.
#[inline]
fn finish(entry: &mut Entry, sender: Who, leg_us: u32, syn: bool) {
    let before_us = entry.leg_us[sender];
    entry.leg_us[sender] = leg_us.max(1); // 0 is not known.
    if syn {
        return; // The other leg follows with the ACK.
    }
    let rtt_us = leg_us.saturating_add(entry.leg_us[sender.other()]);
    if before_us != 0 {
        smooth(&mut entry.rtt_jitter_us, leg_us.abs_diff(before_us) as f32);
    }
    let rounds = &mut entry.rounds;
    if entry.rounds_or_media == 0 {
        rounds.min_us = rtt_us;
        rounds.max_us = rtt_us;
        entry.rtt_mean_us = 0.0;
    }
    entry.rounds_or_media = entry.rounds_or_media.saturating_add(1);
    rounds.min_us = rounds.min_us.min(rtt_us);
    rounds.max_us = rounds.max_us.max(rtt_us);
    entry.rtt_mean_us += (rtt_us as f32 - entry.rtt_mean_us) / entry.rounds_or_media as f32;
}
