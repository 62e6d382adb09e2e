//! One TCP segment of a known flow: state, sequence numbers, round trips, history.

mod rtt;
mod sequence;
mod state;

use wire::Packet;
use wire::tcp::{Opt, Options, flag};

use crate::entry::{Entry, Side, bit};
use crate::history::{self, SYN_ACK, event};
use crate::pair::Who;
use crate::pool::{Pool, Quality, quality};

pub(crate) use state::reopens;

/// `a` comes before `b` in sequence space (RFC 9293 s3.4).
#[inline]
pub(crate) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// The initial sequence number of a side whose SYN was seen.
pub(crate) fn syn_seen(side: &Side) -> Option<u32> {
    (side.seen & (1 << event::SYN) != 0).then_some(side.base)
}

/// Takes note of a segment that side `from` sent at `now_us`.
///
/// The entry already counts the packet; `options` are the segment's TCP options.
#[inline]
pub(crate) fn segment(
    entry: &mut Entry,
    pool: &mut Pool<Quality>,
    from: Who,
    packet: &Packet,
    options: &[u8],
    now_us: u32,
) {
    let flags = packet.tcp_flags;
    if flags & flag::SYN != 0 {
        synchronise(entry, from, packet, options, now_us);
    }
    let found = sequence::analyse(entry, from, packet, now_us);
    record_history(entry, from, packet, found);
    if found.any() {
        found.count(quality(pool, &mut entry.quality), from);
    }
    rtt::sample(entry, from, packet, options, now_us, found.retransmission);
    state::advance(entry, from, packet, now_us);
    let side = &mut entry.sides[from];
    side.window = packet.window;
    if flags & flag::ACK != 0 {
        side.acked = packet.ack;
        side.acked_at = now_us;
        side.last_kind |= sequence::kind::ACK_KNOWN;
    }
}

/// What only a SYN says: the window's scale, whether timestamps are in use, when it was sent.
#[cold]
fn synchronise(entry: &mut Entry, from: Who, packet: &Packet, options: &[u8], now_us: u32) {
    let mut timestamps = false;
    let side = &mut entry.sides[from];
    for option in Options::new(options) {
        match option {
            // Shifts above 14 count as 14 (RFC 7323 s2.3).
            Opt::WindowScale(shift) => side.scale = shift.min(14) + 1,
            Opt::Timestamps { .. } => timestamps = true,
            _ => {}
        }
    }
    if packet.tcp_flags & flag::ACK == 0 {
        entry.bits |= if from == Who::Src { bit::FROM_START } else { 0 };
        // Until the handshake is done this is the time of the latest SYN.
        if !entry.has(bit::HANDSHAKE_DONE) && from == Who::Src {
            entry.handshake_us = now_us;
        }
    } else if timestamps {
        // Only if the SYN+ACK has them too are they used (RFC 7323 s3.2).
        entry.bits |= bit::TIMESTAMPS;
    }
}

#[inline]
fn record_history(entry: &mut Entry, from: Who, packet: &Packet, found: sequence::Found) {
    let flags = packet.tcp_flags;
    let side = &mut entry.sides[from];
    let mut wanted = 0u8;
    if flags & (flag::SYN | flag::RST) == 0 && flags & flag::ACK != 0 {
        wanted |= 1 << event::ACK;
    }
    wanted |= u8::from(packet.payload_len > 0) << event::DATA;
    wanted |= u8::from(flags & flag::SYN != 0) << event::SYN;
    wanted |= u8::from(flags & flag::FIN != 0) << event::FIN;
    wanted |= u8::from(flags & flag::RST != 0) << event::RST;
    wanted |= u8::from(found.retransmission) << event::RETRANSMISSION;
    wanted |= u8::from(found.zero_window) << event::CLOSED_WINDOW;
    wanted |= u8::from(found.gap) << event::GAP;
    let mut missing = wanted & !side.seen;
    while missing != 0 {
        let Ok(event) = u8::try_from(missing.trailing_zeros()) else { break };
        missing &= missing - 1;
        let letter = if event == event::SYN && flags & flag::ACK != 0 { SYN_ACK } else { event };
        history::add(&mut entry.history, side, from == Who::Dst, letter);
    }
}
