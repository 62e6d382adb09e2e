use std::ops::RangeInclusive;

use wire::Timestamp;

use crate::label::Confidence;

pub(crate) use crate::findings::{Asked, Findings};

/// A protocol that the engine can recognise: one constant in each file under `protocols/`.
#[derive(Debug)]
pub(crate) struct Protocol {
    /// The label's name, lower case with hyphens.
    pub(crate) name: &'static str,
    /// The label's category.
    pub(crate) category: &'static str,
    /// The payload is encrypted.
    pub(crate) encrypted: bool,
    /// What carries it, and the values that the first byte of either side can have there.
    ///
    /// This is what keeps 250 protocols affordable: most are out before they are called.
    pub(crate) over: &'static [(Transport, Starts)],
    /// Where it is usually found: asked first there, and may be content with weaker signs.
    pub(crate) ports: &'static [u16],
    /// Asked at its ports only: its bytes say too little to be believed elsewhere.
    pub(crate) bound: bool,
    /// Names of the fields that it notes, in the record's object that has the protocol's name.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests make the manual of them"))]
    pub(crate) fields: &'static [&'static str],
    /// How much of each direction it may ask for: [`SHALLOW`] or [`DEEP`].
    pub(crate) head: usize,
    /// Looks at one direction's bytes. Total, without clock, log or state of its own; allocates
    /// only once it knows that the answer is not [`Verdict::No`], and writes findings only with
    /// [`Verdict::Match`].
    pub(crate) inspect: fn(&Look<'_>, &mut Findings) -> Verdict,
}

/// First bytes of messages.
pub(crate) type Starts = &'static [RangeInclusive<u8>];

/// Messages can begin with any byte.
pub(crate) const ANY: Starts = &[0..=u8::MAX];

/// What carries a protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {
    Tcp,
    Udp,
}

#[cfg(test)]
impl Transport {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Bytes of each direction that nearly all protocols make do with.
pub(crate) const SHALLOW: usize = 4096;

/// Bytes of each direction for hellos with certificates or post-quantum key shares.
pub(crate) const DEEP: usize = 16 * 1024;

/// What a protocol gets to see: one direction, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    pub(crate) transport: Transport,
    /// Port of the side that opened the flow, and of the other.
    pub(crate) ports: (u16, u16),
    /// The bytes were sent by the side that opened the flow.
    pub(crate) from_src: bool,
    /// UDP: this datagram. TCP: the direction's stream in order, from where it was first seen
    /// and without what was settled before. Never empty.
    pub(crate) bytes: &'a [u8],
    /// Bytes are missing after the last one and will not come any more: the capture cut them
    /// off, or the allowance is used up. Decide with what is there.
    pub(crate) cut: bool,
    /// One of [`Protocol::ports`] is involved.
    pub(crate) hinted: bool,
    /// TCP: the other direction's stream as far as it is kept, empty if it said nothing yet or
    /// was settled.
    pub(crate) other: &'a [u8],
    /// UDP: the flow's datagrams before this one, both directions, oldest first.
    pub(crate) earlier: &'a [Glimpse],
    /// When the last of the bytes was seen.
    pub(crate) time: Timestamp,
    /// Somebody wants to hear of every DNS message.
    pub(crate) lookups: bool,
}

impl<'a> Look<'a> {
    /// Either side has this port.
    pub(crate) fn on(&self, port: u16) -> bool {
        self.ports.0 == port || self.ports.1 == port
    }

    /// UDP: the last datagram before this one that the same (`true`) or the other side sent.
    pub(crate) fn last(&self, same_side: bool) -> Option<&'a Glimpse> {
        self.earlier.iter().rev().find(|glimpse| (glimpse.from_src == self.from_src) == same_side)
    }

    /// The same look at what another protocol carries: these bytes instead.
    pub(crate) fn inside(&self, bytes: &'a [u8]) -> Self {
        Self { bytes, other: &[], earlier: &[], hinted: false, ..*self }
    }
}

/// What is remembered of a datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glimpse {
    pub(crate) from_src: bool,
    /// Bytes of payload that were captured.
    pub(crate) len: u16,
    /// The first bytes, zeros where the datagram was shorter.
    pub(crate) start: [u8; Self::LEN],
}

impl Glimpse {
    pub(crate) const LEN: usize = 24;

    pub(crate) fn new(from_src: bool, bytes: &[u8]) -> Self {
        let mut start = [0; Self::LEN];
        start.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self { from_src, len: u16::try_from(bytes.len()).unwrap_or(u16::MAX), start }
    }
}

/// What a protocol makes of the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// This protocol it cannot be.
    No,
    /// It can be; the bytes do not say yet.
    NeedMore,
    /// This it is.
    Match {
        /// How sure that is. [`Confidence::Likely`] leaves the other candidates in the race.
        sure: Confidence,
        /// Why, in words.
        evidence: &'static str,
        /// What could still be learnt.
        want: Want,
    },
}

impl Verdict {
    pub(crate) const fn proven(evidence: &'static str, want: Want) -> Self {
        Self::Match { sure: Confidence::Proven, evidence, want }
    }

    pub(crate) const fn likely(evidence: &'static str, want: Want) -> Self {
        Self::Match { sure: Confidence::Likely, evidence, want }
    }
}

/// What a protocol that matched wants to see yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Want {
    /// More of this direction; the bytes so far are kept.
    Rest,
    /// Nothing more of this direction, but what the other one says.
    Reply,
    /// UDP: every datagram of the flow, to its end. For protocols whose later messages matter to
    /// other flows; they are no longer remembered in [`Look::earlier`].
    Every,
    /// UDP: every datagram, and these protocols' opinion of them: what is set up here goes on in
    /// the same flow as one of them, which then takes the label (RFC 7983: STUN, then DTLS or RTP).
    HandOver(&'static [&'static str]),
    /// Nothing: the flow is decided.
    Nothing,
}

/// What a protocol's own tests and the registry's are made of: flows that are it, and flows that
/// nearly are.
#[cfg(test)]
pub(crate) struct Samples {
    pub(crate) positive: &'static [Sample],
    pub(crate) near_miss: &'static [Sample],
}

/// A short flow.
#[cfg(test)]
pub(crate) struct Sample {
    pub(crate) transport: Transport,
    /// Port of the side that opened the flow, and of the other.
    pub(crate) ports: (u16, u16),
    /// Payloads in order, and whether the side that opened the flow sent them.
    pub(crate) said: &'static [(bool, &'static [u8])],
}

#[cfg(test)]
pub(crate) const SRC: bool = true;
#[cfg(test)]
pub(crate) const DST: bool = false;

#[cfg(test)]
impl Sample {
    pub(crate) const fn tcp(src_port: u16, dst_port: u16, said: &'static [(bool, &'static [u8])]) -> Self {
        Self { transport: Transport::Tcp, ports: (src_port, dst_port), said }
    }

    pub(crate) const fn udp(src_port: u16, dst_port: u16, said: &'static [(bool, &'static [u8])]) -> Self {
        Self { transport: Transport::Udp, ports: (src_port, dst_port), said }
    }
}
