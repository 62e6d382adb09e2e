use bytemuck::{Pod, Zeroable};

/// One direction of a TCP connection as the segments from that side tell it.
///
/// Times are microseconds that wrap every 71 minutes; only their differences mean anything.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Side {
    /// Sequence number behind the highest byte sent.
    pub(crate) next: u32,
    /// When `next` last moved.
    pub(crate) next_at: u32,
    /// Last acknowledgement number sent.
    pub(crate) acked: u32,
    /// When it was sent.
    pub(crate) acked_at: u32,
    /// Last window, unscaled.
    pub(crate) window: u16,
    /// Letters of the history this side has, one bit each.
    pub(crate) seen: u8,
    /// Duplicate acknowledgements in a row.
    pub(crate) dup_acks: u8,
    /// Window shift of the SYN, plus one; 0 if it had none.
    pub(crate) scale: u8,
    /// Bits of [`kind`].
    pub(crate) kind: u8,
    /// When the segment was sent whose timestamp (RFC 7323) is awaited or was last, in units of
    /// [`STAMP_UNIT_US`] that wrap; 0 if what is awaited is no timestamp.
    pub(crate) stamped_at: u16,
}

/// What [`Side::stamped_at`] counts: it wraps as microseconds in 32 bits do, every 71 minutes.
pub(crate) const STAMP_UNIT_US: u32 = 1 << 16;

/// Bits of [`Side::kind`].
pub(crate) mod kind {
    /// The last segment was a keep-alive (RFC 9293 s3.8.4).
    pub(crate) const KEEP_ALIVE: u8 = 1;
    /// The last segment was a zero-window probe (RFC 9293 s3.8.6.1).
    pub(crate) const PROBE: u8 = 1 << 1;
    /// `next` is known.
    pub(crate) const NEXT: u8 = 1 << 2;
    /// `acked` and `window` are known.
    pub(crate) const ACKED: u8 = 1 << 3;
    /// What the last segment was, and nothing that lasts.
    pub(crate) const LAST: u8 = KEEP_ALIVE | PROBE;
}

impl Side {
    /// Takes down when a timestamp was sent.
    #[inline]
    pub(crate) fn stamp(&mut self, now_us: u32, is_timestamp: bool) {
        let [high, low, ..] = now_us.to_be_bytes();
        // 0 is not known, so what happened then happened a unit later.
        self.stamped_at = if is_timestamp { u16::from_be_bytes([high, low]).max(1) } else { 0 };
    }

    /// Whether `next` is known.
    #[inline]
    pub(crate) fn knows_next(&self) -> bool {
        self.kind & kind::NEXT != 0
    }

    /// Whether `acked` and `window` are known.
    #[inline]
    pub(crate) fn knows_acked(&self) -> bool {
        self.kind & kind::ACKED != 0
    }

    /// The event of this number (see [`crate::history`]) was seen from this side.
    #[inline]
    pub(crate) fn has_seen(&self, event: u8) -> bool {
        self.seen & (1 << event) != 0
    }
}
