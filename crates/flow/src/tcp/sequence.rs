//! What a segment's numbers say: sent again, out of order, a gap, a duplicate acknowledgement.
//!
//! A passive observer cannot know why a segment came twice; thresholds and precedence are those
//! network people know from Wireshark, so that counts can be compared.

use wire::Packet;
use wire::tcp::flag;

use super::before;
use crate::entry::{Entry, Side, bit};
use crate::pair::{Pair, Who};
use crate::pool::Quality;

/// What one segment turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    pub(super) retransmission: bool,
    pub(super) out_of_order: bool,
    pub(super) duplicate_ack: bool,
    pub(super) zero_window: bool,
    pub(super) keep_alive: bool,
    pub(super) gap: bool,
}

/// Bits of [`Side::last_kind`].
pub(super) mod kind {
    /// The last segment was a keep-alive (RFC 9293 s3.8.4).
    pub(crate) const KEEP_ALIVE: u8 = 1;
    /// The last segment was a zero-window probe (RFC 9293 s3.8.6.1).
    pub(crate) const PROBE: u8 = 1 << 1;
    /// `next` is known.
    pub(crate) const KNOWN: u8 = 1 << 2;
    /// `acked` is known.
    pub(crate) const ACK_KNOWN: u8 = 1 << 3;
    pub(super) const LAST: u8 = KEEP_ALIVE | PROBE;
}

/// A segment this soon after the highest one was overtaken on the way, not sent again; used
/// until the handshake has told the round trip.
const REORDERING_US: u32 = 3_000;
/// Sent again this soon after two duplicate acknowledgements: fast retransmit (RFC 5681 s3.2).
const FAST_RETRANSMIT_US: u32 = 20_000;

impl Found {
    #[inline]
    pub(super) fn any(self) -> bool {
        self != Self::default()
    }

    #[cold]
    pub(super) fn count(self, quality: &mut Quality, from: Who) {
        let add = |counters: &mut Pair<u32>, yes: bool| {
            counters[from] = counters[from].saturating_add(u32::from(yes));
        };
        add(&mut quality.retransmits, self.retransmission);
        add(&mut quality.out_of_order, self.out_of_order);
        add(&mut quality.duplicate_acks, self.duplicate_ack);
        add(&mut quality.zero_windows, self.zero_window);
        quality.keep_alives = quality.keep_alives.saturating_add(u32::from(self.keep_alive));
        quality.lost = quality.lost.saturating_add(u32::from(self.gap));
    }
}

#[inline]
pub(super) fn analyse(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) -> Found {
    let reordering_us = if entry.has(bit::HANDSHAKE_DONE) && entry.handshake_us > 0 {
        entry.handshake_us
    } else {
        REORDERING_US
    };
    let (side, peer) = entry.sides.split(from);
    let flags = packet.tcp_flags;
    let (seq, len) = (packet.seq, packet.payload_len);
    let control = flags & (flag::SYN | flag::FIN | flag::RST);
    let known = side.last_kind & kind::KNOWN != 0;
    let mut found = Found::default();
    let mut last = 0;

    if !known {
        side.base = if flags & flag::SYN != 0 { seq } else { seq.wrapping_sub(1) };
    }
    let at_next = known && seq == side.next;
    let probe = at_next && len == 1 && peer.last_kind & kind::ACK_KNOWN != 0 && peer.window == 0;
    if probe {
        last = kind::PROBE;
    } else {
        found.zero_window = packet.window == 0 && control == 0;
        found.gap = known && before(side.next, seq) && flags & flag::RST == 0;
        if known && len <= 1 && control == 0 && seq == side.next.wrapping_sub(1) {
            found.keep_alive = true;
            last = kind::KEEP_ALIVE;
        }
        let repeats_ack = at_next
            && len == 0
            && control == 0
            && side.last_kind & kind::ACK_KNOWN != 0
            && packet.ack == side.acked
            && packet.window == side.window;
        // The answer to a keep-alive or to a probe looks like a duplicate acknowledgement.
        let answers = peer.last_kind & kind::LAST != 0;
        found.duplicate_ack = repeats_ack && packet.window != 0 && !answers;
    }
    if packet.ack != side.acked {
        side.dup_acks = 0;
    }
    side.dup_acks = side.dup_acks.saturating_add(u8::from(found.duplicate_ack));

    if known && (len > 0 || control & (flag::SYN | flag::FIN) != 0) && before(seq, side.next) && last == 0 {
        classify_old(side, peer, packet, now_us, reordering_us, &mut found);
    }

    let syn_fin = u32::from(control & (flag::SYN | flag::FIN) != 0);
    let next = seq.wrapping_add(len).wrapping_add(syn_fin);
    if last & kind::PROBE == 0 && flags & flag::RST == 0 && (!known || before(side.next, next)) {
        side.next = next;
        side.next_at = now_us;
        side.last_kind |= kind::KNOWN;
    }
    side.last_kind = side.last_kind & !kind::LAST | last;
    found
}

/// The segment lies before what its side has sent already: which of the reasons is it?
#[cold]
fn classify_old(
    side: &Side,
    peer: &Side,
    packet: &Packet,
    now_us: u32,
    reordering_us: u32,
    found: &mut Found,
) {
    let (seq, len) = (packet.seq, packet.payload_len);
    let syn_fin = packet.tcp_flags & (flag::SYN | flag::FIN) != 0;
    let end = seq.wrapping_add(len).wrapping_add(u32::from(syn_fin));
    let peer_acks = peer.last_kind & kind::ACK_KNOWN != 0;
    // Acknowledged already: sent again in vain.
    if len > 0 && peer_acks && !before(peer.acked, end) {
        found.retransmission = true;
        return;
    }
    // One byte of a window probe, then the whole segment: new data.
    if len > 1 && seq == side.next.wrapping_sub(1) {
        return;
    }
    let since_ack_us = now_us.wrapping_sub(peer.acked_at);
    if peer.dup_acks >= 2 && peer.acked == seq && since_ack_us < FAST_RETRANSMIT_US {
        found.retransmission = true;
        return;
    }
    let since_next_us = now_us.wrapping_sub(side.next_at);
    if since_next_us < reordering_us && side.next != end {
        found.out_of_order = true;
        return;
    }
    found.retransmission = true;
}
