//! One TCP segment of a known flow: state, sequence numbers, round trips, history.

mod handshakes;
mod rtt;
mod sequence;
mod side;
pub mod signature;
mod state;

use wire::Packet;
use wire::tcp::{Opt, Options, flag};

use crate::entry::{Entry, bit};
use crate::history::{self, SYN_ACK, event};
use crate::pair::Who;
use crate::pool::{Pool, Quality, quality};
use crate::state::State;

pub use handshakes::Handshake;
pub(crate) use handshakes::Handshakes;
pub(crate) use rtt::Rounds;
use side::kind;
pub(crate) use side::{STAMP_UNIT_US, Side};
pub(crate) use state::reopens;

/// `a` comes before `b` in sequence space (RFC 9293 s3.4).
#[inline]
pub(crate) fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) > i32::MAX as u32
}

/// Takes note of a segment that `from` sent at `now_us`, and whose bytes are in `frame`.
///
/// The entry already counts the packet.
#[inline]
pub(crate) fn segment(
    entry: &mut Entry,
    pool: &mut Pool<Quality>,
    from: Who,
    packet: &Packet,
    frame: &[u8],
    now_us: u32,
) {
    let flags = packet.tcp_flags;
    if flags & flag::SYN != 0 || entry.state == State::New as u8 {
        begin(entry, from, packet, frame, now_us);
    }
    let found = sequence::analyse(entry, from, packet, now_us);
    record_history(entry, from, packet, found);
    if found != 0 {
        sequence::count(found, quality(pool, &mut entry.quality), from);
    }
    rtt::sample(entry, from, packet, frame, now_us, found);
    state::advance(entry, from, packet, now_us);
    let side = &mut entry.sides[from];
    side.window = packet.window;
    if flags & flag::ACK != 0 {
        side.acked = packet.ack;
        side.acked_at = now_us;
        side.kind |= kind::ACKED;
    }
}

/// Nothing was said for so long that times of before, which wrap, mean nothing any more.
#[cold]
pub(crate) fn forget_times(entry: &mut Entry, now_us: u32) {
    const LONG_AGO_US: u32 = 1 << 30;
    entry.rounds.awaited_at.0 = [0; 2];
    for side in &mut entry.sides.0 {
        side.stamped_at = 0;
        side.next_at = now_us.wrapping_sub(LONG_AGO_US);
        side.acked_at = side.next_at;
    }
}

/// What only the first segment says: the window's scale, whether timestamps are in use, when the
/// SYN was sent.
#[cold]
fn begin(entry: &mut Entry, from: Who, packet: &Packet, frame: &[u8], now_us: u32) {
    let flags = packet.tcp_flags;
    let syn = flags & flag::SYN != 0;
    let mut timestamps = false;
    for option in Options::new(packet.tcp_options(frame)) {
        match option {
            // Shifts above 14 count as 14 (RFC 7323 s2.3).
            Opt::WindowScale(shift) if syn => entry.sides[from].scale = shift.min(14) + 1,
            Opt::Timestamps { .. } => timestamps = true,
            _ => {}
        }
    }
    if flags & (flag::SYN | flag::ACK) == flag::SYN {
        if from == Who::Src {
            entry.bits |= bit::FROM_START;
            if !entry.has(bit::HANDSHAKE_DONE) {
                entry.handshake_us = now_us;
            }
        }
    } else if timestamps {
        // Only if the SYN+ACK has them too are they used; and a segment without SYN has them
        // only if they are (RFC 7323 s3.2).
        entry.bits |= bit::TIMESTAMPS;
    }
}

#[inline]
fn record_history(entry: &mut Entry, from: Who, packet: &Packet, found: u8) {
    let flags = packet.tcp_flags;
    let mut events = found & event::FOUND;
    events |= u8::from(flags & (flag::SYN | flag::RST) == 0 && flags & flag::ACK != 0) << event::ACK;
    events |= u8::from(packet.payload_len > 0) << event::DATA;
    events |= u8::from(flags & flag::SYN != 0) << event::SYN;
    events |= u8::from(flags & flag::FIN != 0) << event::FIN;
    events |= u8::from(flags & flag::RST != 0) << event::RST;
    let side = &mut entry.sides[from];
    let news = events & !side.seen;
    if news != 0 {
        side.seen |= news;
        add_letters(&mut entry.history, from, news, flags);
    }
}

#[cold]
fn add_letters(history: &mut u64, from: Who, mut news: u8, flags: u16) {
    while news != 0 {
        let Ok(event) = u8::try_from(news.trailing_zeros()) else { return };
        news &= news - 1;
        let is_answer = event == event::SYN && flags & flag::ACK != 0;
        history::add(history, from, if is_answer { SYN_ACK } else { event });
    }
}
