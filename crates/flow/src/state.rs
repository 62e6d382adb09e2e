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
    #[inline]
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
    /// Why a flow in this state ends when nothing more comes; `otherwise` if it did not end itself.
    pub(crate) const fn of(state: State, otherwise: Self) -> Self {
        match state {
            State::TimeWait | State::Closing | State::LastAck => Self::Fin,
            State::Reset => Self::Rst,
            _ => otherwise,
        }
    }

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
