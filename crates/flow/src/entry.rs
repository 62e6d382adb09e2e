use std::net::IpAddr;

use bytemuck::{Pod, Zeroable};
use wire::{MacAddr, Timestamp, ip_protocol};

use crate::key::FlowKey;
use crate::pair::{Pair, Who};
use crate::spacing::Spacing;
use crate::state::State;
use crate::tcp::{Rounds, STAMP_UNIT_US, Side};

/// One flow: four cache lines, in the order of how often they are touched.
///
/// A datagram needs the first two, a TCP segment the first three; the fourth is for what happens
/// once, or to few flows.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Entry {
    // Line 1: finding it, and whether it is still alive.
    pub(crate) key: FlowKey,
    pub(crate) last: u64,
    pub(crate) packets: Pair<u32>,
    /// Number of the label, from 1.
    pub(crate) label: u16,
    pub(crate) state: u8,
    pub(crate) bits: u8,
    /// TCP: round trips measured. Datagrams that are RTP: place of their [`Media`] in the pool.
    ///
    /// [`Media`]: crate::rtp::Media
    pub(crate) rounds_or_media: u32,

    // Line 2: what every packet counts.
    pub(crate) bytes: Pair<u64>,
    pub(crate) payload: Pair<u64>,
    /// Identification and checksum of the last packet, to know it when a mirror repeats it.
    pub(crate) stamp: Pair<u32>,
    /// TCP: round trips under way. Of everything else this is the [`Spacing`].
    pub(crate) rounds: Rounds,

    // Line 3: the two halves of a TCP connection.
    pub(crate) sides: Pair<Side>,
    /// Last round trip measured beyond each side: that of `src` is from the capture point to `dst`
    /// and back.
    pub(crate) leg_us: Pair<u32>,
    pub(crate) rtt_mean_us: f32,
    pub(crate) rtt_jitter_us: f32,

    // Line 4: what is rare, and what only the record needs.
    pub(crate) start: u64,
    pub(crate) history: u64,
    pub(crate) wheel_next: u32,
    pub(crate) wheel_prev: u32,
    /// TCP: initial sequence number, or the one before the first byte seen.
    pub(crate) base: Pair<u32>,
    /// Once the handshake is done, how long it took; before that, when the latest SYN was sent.
    pub(crate) handshake_us: u32,
    /// Place of its [`Quality`](crate::Quality) in the pool.
    pub(crate) quality: u32,
    /// Place of its inspection or facts in the pool.
    pub(crate) extra: u32,
    pub(crate) macs: [[u8; 6]; 2],
    pub(crate) vlans: [u16; 2],
    pub(crate) interface: u16,
    /// ICMP: type and code of the first packet. TCP: number of its [`Handshake`](crate::Handshake),
    /// from 1.
    pub(crate) icmp_or_handshake: [u8; 2],
}

const _: () = assert!(size_of::<Entry>() == 256);
const _: () = assert!(std::mem::offset_of!(Entry, bytes) == 64);
const _: () = assert!(std::mem::offset_of!(Entry, sides) == 128);
const _: () = assert!(std::mem::offset_of!(Entry, start) == 192);

/// Bits of [`Entry::bits`].
pub(crate) mod bit {
    pub(crate) const LIVE: u8 = 1;
    /// The opener is the key's smaller endpoint.
    pub(crate) const SRC_IS_LO: u8 = 1 << 1;
    /// TCP: the opener's SYN was seen.
    pub(crate) const FROM_START: u8 = 1 << 2;
    /// Payload is still looked at: `extra` is an inspection, if anything. Else it is facts, if
    /// anything.
    pub(crate) const INSPECT: u8 = 1 << 3;
    /// TCP: both sides send timestamps.
    pub(crate) const TIMESTAMPS: u8 = 1 << 4;
    /// TCP: the handshake was seen to its end.
    pub(crate) const HANDSHAKE_DONE: u8 = 1 << 5;
    /// The flow is older than the active timeout: with its next packet a new part begins.
    pub(crate) const CUT_DUE: u8 = 1 << 6;
    /// UDP: the flow is RTP.
    pub(crate) const MEDIA: u8 = 1 << 7;
}

impl Entry {
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        self.bits & bit::LIVE == 0
    }

    #[inline]
    pub(crate) fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        State::of(self.state)
    }

    #[inline]
    pub(crate) fn is_tcp(&self) -> bool {
        self.key.protocol() == ip_protocol::TCP
    }

    /// The spacing of the packets, for flows that are not TCP.
    #[inline]
    pub(crate) fn spacing(&self) -> &Spacing {
        bytemuck::cast_ref(&self.rounds)
    }

    #[inline]
    pub(crate) fn spacing_mut(&mut self) -> &mut Spacing {
        bytemuck::cast_mut(&mut self.rounds)
    }

    /// One side never sent anything, the other hardly: what a scan or a flood leaves behind.
    pub(crate) fn is_unproven(&self) -> bool {
        const FEW: u32 = 4;
        let Pair([src, dst]) = self.packets;
        let one_way = src == 0 || dst == 0;
        match self.state() {
            State::SynSent | State::SynReceived => true,
            _ => one_way && src.saturating_add(dst) < FEW,
        }
    }

    /// Where the conversation stands.
    pub fn current_state(&self) -> State {
        self.state()
    }

    /// The key.
    pub fn key(&self) -> &FlowKey {
        &self.key
    }

    /// Address and port of the side that opened the flow.
    pub fn src(&self) -> (IpAddr, u16) {
        if self.has(bit::SRC_IS_LO) { self.key.lo() } else { self.key.hi() }
    }

    /// Address and port of the other side.
    pub fn dst(&self) -> (IpAddr, u16) {
        if self.has(bit::SRC_IS_LO) { self.key.hi() } else { self.key.lo() }
    }

    /// First packet of this part.
    pub fn start(&self) -> Timestamp {
        Timestamp(self.start)
    }

    /// Last packet.
    pub fn last(&self) -> Timestamp {
        Timestamp(self.last)
    }

    /// Packets sent by `[src, dst]`.
    pub fn packets(&self) -> [u32; 2] {
        self.packets.0
    }

    /// Bytes sent by `[src, dst]`, from the link header, padding excluded.
    pub fn bytes(&self) -> [u64; 2] {
        self.bytes.0
    }

    /// Bytes behind the transport header sent by `[src, dst]`.
    pub fn payload(&self) -> [u64; 2] {
        self.payload.0
    }

    /// SYN to the ACK that completes the handshake, in microseconds.
    pub fn handshake_us(&self) -> Option<u32> {
        (self.is_tcp() && self.has(bit::HANDSHAKE_DONE)).then_some(self.handshake_us)
    }

    /// Shortest, mean and longest round trip in microseconds.
    pub fn rtt_us(&self) -> Option<(u32, f32, u32)> {
        let rounds = &self.rounds;
        let any = self.is_tcp() && self.rounds_or_media > 0;
        any.then_some((rounds.min_us, self.rtt_mean_us, rounds.max_us))
    }

    /// Smoothed variation of delay in microseconds: of the round trips for TCP, of the worse
    /// direction for everything else.
    pub fn jitter_us(&self) -> Option<f32> {
        let jitter_us = if self.is_tcp() {
            self.rtt_jitter_us
        } else {
            let Pair([src, dst]) = self.spacing().jitter_us;
            src.max(dst)
        };
        (jitter_us > 0.0).then_some(jitter_us)
    }

    /// Link-layer addresses of the first packet, `[src, dst]`; all zero if the link has none.
    pub fn macs(&self) -> [Option<MacAddr>; 2] {
        self.macs.map(|mac| (mac != [0; 6]).then_some(MacAddr(mac)))
    }

    /// VLAN ids of the first packet, outermost first, at most two.
    pub fn vlans(&self) -> impl Iterator<Item = u16> {
        // Stored with a presence bit, because 0 (a priority tag) is an id too.
        self.vlans.into_iter().filter(|v| v & 0x8000 != 0).map(|v| v & 0x0fff)
    }

    /// Index of the interface that saw the first packet.
    pub fn interface(&self) -> u16 {
        self.interface
    }

    /// Type and code of the first packet, for ICMP.
    pub fn icmp(&self) -> [u8; 2] {
        if self.is_tcp() { [0; 2] } else { self.icmp_or_handshake }
    }

    /// TCP: number of what the handshake looked like, 0 if that is not known.
    pub(crate) fn handshake(&self) -> u16 {
        if self.is_tcp() { u16::from_ne_bytes(self.icmp_or_handshake) } else { 0 }
    }

    /// TCP: the last timestamp (RFC 7323) of each side that a round trip began with, and when it was
    /// sent, to a fifteenth of a second.
    pub fn timestamps(&self) -> [Option<(Timestamp, u32)>; 2] {
        let unit_ns = u64::from(STAMP_UNIT_US) * 1000;
        let last = self.last / unit_ns;
        [Who::Src, Who::Dst].map(|who| {
            let stamped_at = self.sides[who].stamped_at;
            if !self.is_tcp() || stamped_at == 0 {
                return None;
            }
            let age = last.wrapping_sub(stamped_at.into()) & u64::from(u16::MAX);
            let sent_at = last.checked_sub(age)?.checked_mul(unit_ns)?.checked_add(unit_ns / 2)?;
            Some((Timestamp(sent_at.min(self.last)), self.rounds.awaited[who]))
        })
    }

    /// What happened on the connection, in order, as letters (Zeek's, with H and T added).
    pub fn history(&self) -> Option<String> {
        crate::history::letters(self.history)
    }
}
