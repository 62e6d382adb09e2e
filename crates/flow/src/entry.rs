use std::net::IpAddr;

use bytemuck::{Pod, Zeroable};
use wire::{MacAddr, Timestamp};

use crate::key::FlowKey;
use crate::pair::Pair;

/// One flow: four cache lines, in the order of how often they are touched.
///
/// Pairs are by who sent.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Entry {
    // Line 1: finding it, and whether it is still alive.
    pub(crate) key: FlowKey,
    pub(crate) last: u64,
    /// Where its inspection or facts are in the pool, if a bit says so.
    pub(crate) extra: u32,
    pub(crate) label: u16,
    pub(crate) state: u8,
    pub(crate) bits: u8,
    pub(crate) wheel_next: u32,
    pub(crate) wheel_prev: u32,

    // Line 2: what every packet counts.
    pub(crate) start: u64,
    pub(crate) bytes: Pair<u64>,
    pub(crate) payload: Pair<u64>,
    pub(crate) packets: Pair<u32>,
    /// TCP: what an acknowledgement must reach (or echo) to give a round trip, and when it was sent.
    pub(crate) awaited: Pair<u32>,
    pub(crate) awaited_at: Pair<u32>,

    // Line 3: the two halves of a TCP connection, or the spacing of datagrams.
    pub(crate) sides: Pair<Side>,

    // Line 4: results and what only the record needs.
    pub(crate) handshake_us: u32,
    pub(crate) rtt_min_us: u32,
    pub(crate) rtt_max_us: u32,
    pub(crate) rtt_mean_us: f32,
    pub(crate) rtt_count: u32,
    /// Last round trip measured beyond each side: 0 from the capture point to `dst` and back.
    pub(crate) leg_us: Pair<u32>,
    pub(crate) jitter_us: f32,
    pub(crate) history: u64,
    pub(crate) macs: [[u8; 6]; 2],
    pub(crate) vlans: [u16; 2],
    pub(crate) interface: u16,
    pub(crate) icmp: [u8; 2],
    pub(crate) quality: u32,
}

const _: () = assert!(size_of::<Entry>() == 256);

/// One direction of a TCP connection as the segments from that side tell it.
///
/// For datagrams only `seen_at`, `gap` and the duplicate check are used. Times are microseconds
/// that wrap every 71 minutes; only their differences mean anything.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Side {
    /// Sequence number behind the highest byte sent.
    pub next: u32,
    /// When `next` last moved; for datagrams, when the last one came.
    pub next_at: u32,
    /// Last acknowledgement number sent; for datagrams, the gap before the last one.
    pub acked: u32,
    /// When it was sent.
    pub acked_at: u32,
    /// Initial sequence number, or the one before the first byte seen.
    pub base: u32,
    /// Last window, unscaled.
    pub window: u16,
    pub(crate) ip_id: u16,
    pub(crate) checksum: u16,
    pub(crate) last_len: u16,
    /// Window shift of the SYN, plus one; 0 if unknown.
    pub scale: u8,
    /// Letters of the history this side has, one bit each.
    pub(crate) seen: u8,
    pub(crate) dup_acks: u8,
    /// What the last segment was: keep-alive, window probe.
    pub(crate) last_kind: u8,
}

/// Where a conversation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum State {
    /// Packets one way only.
    New = 0,
    /// Packets both ways.
    Answered,
    /// A SYN was seen (RFC 9293 s3.3.2).
    SynSent,
    /// The SYN was answered, or met another.
    SynReceived,
    /// The handshake is complete, or segments of an open connection were seen.
    Established,
    /// One side has sent its FIN.
    FinWait1,
    /// That FIN was acknowledged.
    FinWait2,
    /// Both FINs were sent before either was acknowledged.
    Closing,
    /// Both FINs were sent, the second waits for its acknowledgement.
    LastAck,
    /// Both FINs were acknowledged.
    TimeWait,
    /// A side aborted the connection.
    Reset,
}

impl State {
    pub(crate) const fn of(value: u8) -> Self {
        match value {
            1 => Self::Answered,
            2 => Self::SynSent,
            3 => Self::SynReceived,
            4 => Self::Established,
            5 => Self::FinWait1,
            6 => Self::FinWait2,
            7 => Self::Closing,
            8 => Self::LastAck,
            9 => Self::TimeWait,
            10 => Self::Reset,
            _ => Self::New,
        }
    }

    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Answered => "answered",
            Self::SynSent => "syn-sent",
            Self::SynReceived => "syn-received",
            Self::Established => "established",
            Self::FinWait1 => "fin-wait-1",
            Self::FinWait2 => "fin-wait-2",
            Self::Closing => "closing",
            Self::LastAck => "last-ack",
            Self::TimeWait => "time-wait",
            Self::Reset => "reset",
        }
    }

    /// The connection is over but for stray segments.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::TimeWait | Self::Reset)
    }
}

/// Why a flow's record was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndReason {
    /// Both sides closed.
    Fin,
    /// A side aborted.
    Rst,
    /// No packet for longer than the timeout.
    Idle,
    /// The flow lasts longer than the active timeout; it goes on in another part.
    Active,
    /// The same ports opened another connection.
    PortReuse,
    /// The table was full.
    Evicted,
    /// The capture ended, or netmonsec stopped.
    EndOfCapture,
}

impl EndReason {
    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Rst => "rst",
            Self::Idle => "idle-timeout",
            Self::Active => "active-timeout",
            Self::PortReuse => "port-reuse",
            Self::Evicted => "evicted",
            Self::EndOfCapture => "end-of-capture",
        }
    }
}

/// Bits of [`Entry::bits`].
pub(crate) mod bit {
    pub(crate) const LIVE: u8 = 1;
    /// The opener is the key's smaller endpoint.
    pub(crate) const SRC_IS_LO: u8 = 1 << 1;
    /// The opener's SYN was seen.
    pub(crate) const FROM_START: u8 = 1 << 2;
    /// Payload is still looked at.
    pub(crate) const INSPECT: u8 = 1 << 3;
    /// `extra` is an inspection in the pool.
    pub(crate) const INSPECTING: u8 = 1 << 4;
    /// `extra` is facts in the pool.
    pub(crate) const FACTS: u8 = 1 << 5;
    /// Both sides send TCP timestamps.
    pub(crate) const TIMESTAMPS: u8 = 1 << 6;
    /// UDP only: this is RTP, and `handshake_us` is the place of its streams in the pool.
    pub(crate) const RTP: u8 = TIMESTAMPS;
    /// Round trips before the handshake is complete are not yet known.
    pub(crate) const HANDSHAKE_DONE: u8 = 1 << 7;
}

impl Entry {
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
        self.has(bit::HANDSHAKE_DONE).then_some(self.handshake_us)
    }

    /// Shortest, mean and longest round trip in microseconds.
    pub fn rtt_us(&self) -> Option<(u32, f32, u32)> {
        (self.rtt_count > 0).then_some((self.rtt_min_us, self.rtt_mean_us, self.rtt_max_us))
    }

    /// Smoothed variation of delay in microseconds.
    pub fn jitter_us(&self) -> Option<f32> {
        (self.jitter_us > 0.0).then_some(self.jitter_us)
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
        self.icmp
    }

    /// What happened on the connection, in order, as letters (Zeek's, with H and T added).
    pub fn history(&self) -> Option<String> {
        crate::history::letters(self.history)
    }
}
