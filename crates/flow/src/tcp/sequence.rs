//! What a segment's numbers say: sent again, out of order, a gap, a duplicate acknowledgement.
//!
//! A passive observer cannot know why a segment came twice; thresholds and precedence are those
//! network people know from Wireshark, so that counts can be compared.

use wire::Packet;
use wire::tcp::flag;

use super::before;
use super::side::{Side, kind};
use crate::entry::{Entry, bit};
use crate::history::event;
use crate::pair::Who;
use crate::pool::Quality;

/// What a segment turned out to be, one bit each. Those that have a letter in the history are at
/// its event's place.
pub(super) mod found {
    use super::event;

    pub(crate) const OUT_OF_ORDER: u8 = 1;
    pub(crate) const DUPLICATE_ACK: u8 = 1 << 1;
    pub(crate) const KEEP_ALIVE: u8 = 1 << 2;
    /// With `RETRANSMISSION`: all of it had been acknowledged.
    pub(crate) const SPURIOUS: u8 = 1 << 3;
    pub(crate) const PROBE: u8 = 1 << 4;
    pub(crate) const RETRANSMISSION: u8 = 1 << event::RETRANSMISSION;
    pub(crate) const ZERO_WINDOW: u8 = 1 << event::CLOSED_WINDOW;
    pub(crate) const GAP: u8 = 1 << event::GAP;
}

/// A segment this soon after the highest one was overtaken on the way, not sent again; used
/// until the handshake has told the round trip.
const REORDERING_US: u32 = 3_000;
/// Sent again this soon after two duplicate acknowledgements: fast retransmit (RFC 5681 s3.2).
const FAST_RETRANSMIT_US: u32 = 20_000;

#[cold]
pub(super) fn count(what: u8, quality: &mut Quality, from: Who) {
    let add = |counter: &mut u32, bit: u8| *counter = counter.saturating_add(u32::from(what & bit != 0));
    add(&mut quality.retransmits[from], found::RETRANSMISSION);
    add(&mut quality.spurious_retransmits[from], found::SPURIOUS);
    add(&mut quality.out_of_order[from], found::OUT_OF_ORDER);
    add(&mut quality.duplicate_acks[from], found::DUPLICATE_ACK);
    add(&mut quality.zero_windows[from], found::ZERO_WINDOW);
    add(&mut quality.keep_alives, found::KEEP_ALIVE);
    add(&mut quality.window_probes, found::PROBE);
    add(&mut quality.lost, found::GAP);
}

/// Tells what a segment is, as bits of [`found`], and moves its side on.
#[inline]
pub(super) fn analyse(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) -> u8 {
    let (side, peer) = entry.sides.split(from);
    let flags = packet.tcp_flags;
    let (seq, len) = (packet.seq, packet.payload_len);
    let control = flags & (flag::SYN | flag::FIN | flag::RST);
    let known = side.knows_next();
    let mut what = 0;
    let mut last = 0;

    if !known {
        entry.base[from] = if flags & flag::SYN != 0 { seq } else { seq.wrapping_sub(1) };
    }
    let at_next = known && seq == side.next;
    if at_next && len == 1 && peer.knows_acked() && peer.window == 0 {
        what = found::PROBE;
        last = kind::PROBE;
    } else {
        if packet.window == 0 && control == 0 {
            what |= found::ZERO_WINDOW;
        }
        if known && before(side.next, seq) && flags & flag::RST == 0 {
            what |= found::GAP;
        }
        if known && len <= 1 && control == 0 && seq == side.next.wrapping_sub(1) {
            what |= found::KEEP_ALIVE;
            last = kind::KEEP_ALIVE;
        }
        let repeats_ack = at_next
            && len == 0
            && control == 0
            && side.knows_acked()
            && packet.ack == side.acked
            && packet.window == side.window;
        // The answer to a keep-alive or to a probe looks like a duplicate acknowledgement.
        if repeats_ack && packet.window != 0 && peer.kind & kind::LAST == 0 {
            what |= found::DUPLICATE_ACK;
        }
    }
    if packet.ack != side.acked {
        side.dup_acks = 0;
    }
    side.dup_acks = side.dup_acks.saturating_add(u8::from(what & found::DUPLICATE_ACK != 0));

    let takes_room = len > 0 || control & (flag::SYN | flag::FIN) != 0;
    if known && takes_room && before(seq, side.next) && last == 0 {
        let round_trip_us = if entry.bits & bit::HANDSHAKE_DONE != 0 { entry.handshake_us } else { 0 };
        what |= classify_old(side, peer, packet, now_us, round_trip_us);
    }

    let next = end(packet);
    if last & kind::PROBE == 0 && flags & flag::RST == 0 && (!known || before(side.next, next)) {
        side.next = next;
        side.next_at = now_us;
        side.kind |= kind::NEXT;
    }
    side.kind = side.kind & !kind::LAST | last;
    what
}

/// The sequence number behind a segment: SYN and FIN take one (RFC 9293 s3.4).
#[inline]
fn end(packet: &Packet) -> u32 {
    let syn_fin = packet.tcp_flags & (flag::SYN | flag::FIN) != 0;
    packet.seq.wrapping_add(packet.payload_len).wrapping_add(u32::from(syn_fin))
}

/// The segment lies before what its side has sent already: which of the reasons is it?
#[cold]
fn classify_old(side: &Side, peer: &Side, packet: &Packet, now_us: u32, round_trip_us: u32) -> u8 {
    let (seq, len, end) = (packet.seq, packet.payload_len, end(packet));
    if len > 0 && peer.knows_acked() && !before(peer.acked, end) {
        return found::RETRANSMISSION | found::SPURIOUS;
    }
    // One byte of a window probe, then the whole segment: new data.
    if len > 1 && seq == side.next.wrapping_sub(1) {
        return 0;
    }
    let since_ack_us = now_us.wrapping_sub(peer.acked_at);
    if peer.dup_acks >= 2 && peer.acked == seq && since_ack_us < FAST_RETRANSMIT_US {
        return found::RETRANSMISSION;
    }
    let reordering_us = if round_trip_us > 0 { round_trip_us } else { REORDERING_US };
    let since_next_us = now_us.wrapping_sub(side.next_at);
    if since_next_us < reordering_us && side.next != end {
        return found::OUT_OF_ORDER;
    }
    found::RETRANSMISSION
}
