//! The connection's state as both sides' segments tell it (RFC 9293 s3.3.2, s3.10).

use wire::Packet;
use wire::tcp::flag;

use super::{before, sequence::kind};
use crate::entry::{Entry, State, bit};
use crate::history::event;
use crate::pair::Who;

/// A SYN for a flow that is in the table opens another connection on the same ports.
///
/// The same SYN again is a retransmission, whatever became of the first; one with another initial
/// sequence number is a new connection (RFC 9293 s3.6.1).
pub(crate) fn reopens(entry: &Entry, from: Who, packet: &Packet) -> bool {
    let syn = packet.tcp_flags & (flag::SYN | flag::ACK) == flag::SYN;
    let side = &entry.sides[from];
    let known = side.last_kind & kind::KNOWN != 0;
    syn && known && side.base != packet.seq
}

/// Moves the state on.
#[inline]
pub(super) fn advance(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) {
    let flags = packet.tcp_flags;
    let state = entry.state();
    let next = if flags & flag::RST != 0 {
        if reset_is_acceptable(entry, from, packet) { State::Reset } else { state }
    } else if state == State::Established && flags & (flag::SYN | flag::FIN) == 0 {
        return; // The one case that matters for speed.
    } else {
        match state {
            State::New | State::Answered => opening(flags),
            State::SynSent => match (flags & flag::SYN != 0, from) {
                // SYN+ACK, or a SYN that crossed ours (simultaneous open, RFC 9293 s3.5).
                (true, Who::Dst) => State::SynReceived,
                (true, Who::Src) => State::SynSent,
                (false, _) => {
                    // The capture may see one direction only.
                    complete_handshake(entry, from, packet, now_us);
                    closing(entry, from, packet, State::Established)
                }
            },
            State::SynReceived if flags & flag::SYN != 0 => state,
            State::SynReceived => {
                complete_handshake(entry, from, packet, now_us);
                closing(entry, from, packet, State::Established)
            }
            State::Reset => State::Reset,
            open => closing(entry, from, packet, open),
        }
    };
    entry.state = next as u8;
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

fn complete_handshake(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) {
    let [src, dst] = &entry.sides.0;
    let answered = dst.last_kind & kind::KNOWN == 0 || packet.ack == dst.base.wrapping_add(1);
    let completes = from == Who::Src
        && answered
        && packet.tcp_flags & flag::ACK != 0
        && packet.seq == src.base.wrapping_add(1);
    if completes && entry.has(bit::FROM_START) && !entry.has(bit::HANDSHAKE_DONE) {
        entry.handshake_us = now_us.wrapping_sub(entry.handshake_us);
        entry.bits |= bit::HANDSHAKE_DONE;
    }
}

/// Which of the closing states it is follows from who sent a FIN and whose FIN was acknowledged.
fn closing(entry: &Entry, from: Who, packet: &Packet, open: State) -> State {
    let fin = 1 << event::FIN;
    let acks = packet.tcp_flags & flag::ACK != 0;
    let mut sent = 0;
    let mut acked = 0;
    for who in [Who::Src, Who::Dst] {
        let (side, peer) = (&entry.sides[who], &entry.sides[who.other()]);
        if side.seen & fin == 0 {
            continue;
        }
        sent += 1;
        let by_peer = peer.last_kind & kind::ACK_KNOWN != 0 && !before(peer.acked, side.next);
        let by_this = from == who.other() && acks && !before(packet.ack, side.next);
        acked += u8::from(by_peer || by_this);
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

/// A RST must fit the window of the side it is sent to, or the acknowledgement of its SYN, or it
/// changes nothing (RFC 9293 s3.10.7.3, s3.5.3): else anybody could end a connection in our eyes.
fn reset_is_acceptable(entry: &Entry, from: Who, packet: &Packet) -> bool {
    let (side, peer) = (&entry.sides[from], &entry.sides[from.other()]);
    let known = side.last_kind & kind::KNOWN != 0;
    if !known || peer.last_kind & kind::ACK_KNOWN == 0 {
        // Answer to a SYN: the acknowledgement must be that of the SYN.
        let syn_only = peer.seen & (1 << event::SYN) != 0 && peer.last_kind & kind::ACK_KNOWN == 0;
        return !syn_only || packet.tcp_flags & flag::ACK == 0 || packet.ack == peer.next || known;
    }
    let window = u32::from(peer.window) << peer.scale.saturating_sub(1);
    let ahead = packet.seq.wrapping_sub(peer.acked);
    packet.seq == side.next || ahead <= window.max(1) || packet.seq.wrapping_add(1) == side.next
}
