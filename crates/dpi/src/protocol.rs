use std::ops::RangeInclusive;

use wire::Timestamp;

use crate::facts::Facts;
use crate::label::Confidence;

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
    /// UDP: the flow's datagrams before this one, both directions, oldest first.
    pub(crate) earlier: &'a [Glimpse],
    /// When the last of the bytes was seen.
    pub(crate) time: Timestamp,
}

impl Look<'_> {
    /// Either side has this port.
    pub(crate) fn on(&self, port: u16) -> bool {
        self.ports.0 == port || self.ports.1 == port
    }
}

/// What is remembered of a datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glimpse {
    pub(crate) from_src: bool,
    /// The first bytes, zeros where the datagram was shorter.
    pub(crate) start: [u8; Self::LEN],
}

impl Glimpse {
    pub(crate) const LEN: usize = 16;

    pub(crate) fn new(from_src: bool, bytes: &[u8]) -> Self {
        let mut start = [0; Self::LEN];
        start.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self { from_src, start }
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
    /// Nothing: the flow is decided.
    Nothing,
}

/// What protocols write down, kept with the flow.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) facts: Facts,
    /// A question that waits for its answer.
    pub(crate) asked: Option<Asked>,
}

/// A question that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// What the answer will repeat.
    pub(crate) id: u32,
    pub(crate) from_src: bool,
    pub(crate) time: Timestamp,
}
