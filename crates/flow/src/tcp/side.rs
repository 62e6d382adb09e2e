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
    pub(crate) unused: u16,
}

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
