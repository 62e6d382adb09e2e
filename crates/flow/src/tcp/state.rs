//! The connection's state as both sides' segments tell it (RFC 9293 s3.3.2, s3.10).

use wire::Packet;
use wire::tcp::flag;

use super::{Side, before};
use crate::entry::{Entry, bit};
use crate::history::event;
use crate::pair::Who;
use crate::state::State;

/// A SYN for a flow that is in the table opens another connection on the same ports.
///
/// The same SYN again is a retransmission, whatever became of the first; one with another initial
/// sequence number is a new connection (RFC 9293 s3.6.1).
pub(crate) fn reopens(entry: &Entry, from: Who, packet: &Packet) -> bool {
    if packet.tcp_flags & (flag::SYN | flag::ACK) != flag::SYN {
        return false;
    }
    let peer = &entry.sides[from.other()];
    if entry.sides[from].knows_next() {
        entry.base[from] != packet.seq
    } else {
        // Nothing was seen from this side yet; what the other acknowledged came from it.
        peer.knows_acked() && peer.acked != packet.seq.wrapping_add(1)
    }
}

/// Moves the state on.
#[inline]
pub(super) fn advance(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) {
    let quiet = packet.tcp_flags & (flag::SYN | flag::FIN | flag::RST) == 0;
    if quiet && entry.state == State::Established as u8 {
        return; // The one case that matters for speed.
    }
    entry.state = next(entry, from, packet, now_us) as u8;
}

#[inline(never)]
fn next(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) -> State {
    let flags = packet.tcp_flags;
    let state = entry.state();
    if flags & flag::RST != 0 {
        return if reset_is_acceptable(entry, from, packet) { State::Reset } else { state };
    }
    match (state, flags & flag::SYN != 0) {
        (State::Reset, _) => State::Reset,
        (State::New | State::Answered, _) => opening(flags),
        // SYN+ACK, or a SYN that crossed ours (simultaneous open, RFC 9293 s3.5).
        (State::SynSent, true) if from == Who::Dst => State::SynReceived,
        (State::SynSent, true) => State::SynSent,
        // An answer to something older (RFC 9293 s3.5.1): a RST will follow.
        (State::SynSent, false) if !acknowledges_only_syn(entry, from, packet) => State::SynSent,
        (State::SynReceived, true) if syns_are_acknowledged(entry, from, packet) => State::Established,
        (State::SynReceived, true) => State::SynReceived,
        // RFC 9293 s3.10.7.4: it answers with a RST and stays.
        (State::SynReceived, false) if !acknowledges_syn(entry, from, packet) => State::SynReceived,
        (State::SynSent | State::SynReceived, false) => {
            complete_handshake(entry, from, packet, now_us);
            closing(entry, from, packet, State::Established)
        }
        (open, _) => closing(entry, from, packet, open),
    }
}

/// The first segment of a flow: a SYN, or the middle of a connection.
fn opening(flags: u16) -> State {
    match (flags & flag::SYN != 0, flags & flag::ACK != 0) {
        (true, false) => State::SynSent,
        (true, true) => State::SynReceived,
        (false, _) if flags & flag::FIN != 0 => State::FinWait1,
        (false, _) => State::Established,
    }
}

/// The segment does not contradict the peer's SYN: it acknowledges it, or that SYN was not seen,
/// because the capture sees one direction only.
fn acknowledges_syn(entry: &Entry, from: Who, packet: &Packet) -> bool {
    let peer = &entry.sides[from.other()];
    if !peer.has_seen(event::SYN) {
        return true;
    }
    let after_syn = entry.base[from.other()].wrapping_add(1);
    packet.tcp_flags & flag::ACK != 0 && !before(packet.ack, after_syn)
}

/// The same, and nothing that the peer has not sent.
fn acknowledges_only_syn(entry: &Entry, from: Who, packet: &Packet) -> bool {
    let peer = &entry.sides[from.other()];
    acknowledges_syn(entry, from, packet) && !(peer.knows_next() && before(peer.next, packet.ack))
}

/// Simultaneous open: both SYNs were sent, and each side has acknowledged the other's.
fn syns_are_acknowledged(entry: &Entry, from: Who, packet: &Packet) -> bool {
    let peer = &entry.sides[from.other()];
    let by_peer = peer.knows_acked() && peer.acked == entry.base[from].wrapping_add(1);
    let both = entry.sides.0.iter().all(|side| side.has_seen(event::SYN));
    both && by_peer && acknowledges_syn(entry, from, packet)
}

/// The ACK of the opener that follows its SYN gives the round trip of the handshake.
fn complete_handshake(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) {
    let dst = &entry.sides[Who::Dst];
    // With data in the SYN (RFC 7413) the ACK stands behind what of it was taken.
    let after_syn = entry.base[Who::Src].wrapping_add(1);
    let behind = packet.seq == after_syn || dst.knows_acked() && packet.seq == dst.acked;
    let answers = !dst.knows_next() || packet.ack == entry.base[Who::Dst].wrapping_add(1);
    let completes = from == Who::Src && packet.tcp_flags & flag::ACK != 0 && behind && answers;
    let took_us = now_us.wrapping_sub(entry.handshake_us);
    let clock_went_back = took_us > i32::MAX as u32;
    if completes && entry.has(bit::FROM_START) && !entry.has(bit::HANDSHAKE_DONE) && !clock_went_back {
        entry.handshake_us = took_us;
        entry.bits |= bit::HANDSHAKE_DONE;
    }
}

/// Which of the closing states it is follows from who sent a FIN and whose FIN was acknowledged.
fn closing(entry: &Entry, from: Who, packet: &Packet, open: State) -> State {
    let acks = packet.tcp_flags & flag::ACK != 0;
    let mut sent = 0;
    let mut acked = 0;
    for sender in [Who::Src, Who::Dst] {
        let (side, peer) = (&entry.sides[sender], &entry.sides[sender.other()]);
        if side.has_seen(event::FIN) {
            let by_peer = peer.knows_acked() && !before(peer.acked, side.next);
            let by_this = from == sender.other() && acks && !before(packet.ack, side.next);
            sent += 1;
            acked += u8::from(by_peer || by_this);
        }
    }
    match (sent, acked) {
        (0, _) => open,
        (1, 0) => State::FinWait1,
        (1, _) => State::FinWait2,
        (_, 0) => State::Closing,
        (_, 1) => State::LastAck,
        _ => State::TimeWait,
    }
}

/// A RST must fit the window of the side it is sent to, or acknowledge its SYN, or it changes
/// nothing (RFC 9293 s3.5.3): else anybody could end a connection in our eyes.
fn reset_is_acceptable(entry: &Entry, from: Who, packet: &Packet) -> bool {
    let (side, peer) = (&entry.sides[from], &entry.sides[from.other()]);
    if peer.knows_acked() {
        let window = u32::from(peer.window) << window_shift(side, peer);
        let ahead = packet.seq.wrapping_sub(peer.acked);
        ahead < window.max(1) || packet.seq == side.next || packet.seq.wrapping_add(1) == side.next
    } else if peer.has_seen(event::SYN) && !side.knows_next() {
        // s3.10.7.3: in SYN-SENT a RST must acknowledge the SYN.
        acknowledges_only_syn(entry, from, packet)
    } else {
        true // Nothing is known that it could contradict.
    }
}

/// How far the window of `peer` is to be shifted: by nothing unless both SYNs offered it (RFC 7323
/// s2.2), by the most there is (s2.3) if they were not seen.
fn window_shift(side: &Side, peer: &Side) -> u32 {
    let seen = side.has_seen(event::SYN) && peer.has_seen(event::SYN);
    match (side.scale.checked_sub(1), peer.scale.checked_sub(1)) {
        _ if !seen => 14,
        (Some(_), Some(shift)) => u32::from(shift),
        _ => 0,
    }
}
