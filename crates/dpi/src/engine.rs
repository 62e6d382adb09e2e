use wire::Timestamp;

use crate::facts::Facts;
use crate::label::Label;

/// The registry of protocols and what the configuration adds. Immutable; workers share it.
#[derive(Debug, Default)]
pub struct Engine {}

/// One flow under inspection. Pool it: [`Inspection::reset`] keeps the buffers.
#[derive(Debug, Default)]
pub struct Inspection {
    label: Option<Label>,
    facts: Facts,
}

/// One packet's payload, seen from its flow.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// IP protocol.
    pub transport: u8,
    /// Port of the side that opened the flow.
    pub src_port: u16,
    /// Port of the other side.
    pub dst_port: u16,
    /// Sent by the side that opened the flow.
    pub from_src: bool,
    /// TCP sequence number of the first payload byte.
    pub seq: u32,
    /// The flow's TCP handshake was seen, so the first byte of a stream is known to be the first.
    pub from_start: bool,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Payload length by the headers.
    pub payload_len: u32,
    /// When.
    pub time: Timestamp,
}

/// Whether a flow needs more looking at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Hand over the next payload too.
    More,
    /// Nothing more will be learnt: take label and facts, give the inspection back.
    Done,
}

impl Engine {
    /// Looks at one more payload (never empty).
    pub fn inspect(&self, _state: &mut Inspection, _segment: &Segment<'_>) -> Progress {
        Progress::Done
    }

    /// The label of a flow whose IP protocol has no ports (ICMP, OSPF ...): what its header says.
    pub fn portless(&self, _protocol: u8) -> Option<Label> {
        None
    }

    /// The service usually found at a port, as a hint and never as a label.
    pub fn port_hint(&self, _transport: u8, _port: u16) -> Option<&'static str> {
        None
    }
}

impl Inspection {
    /// What is known so far.
    pub fn label(&self) -> Option<Label> {
        self.label
    }

    /// What was learnt so far.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Takes the facts out, `None` if there are none.
    pub fn take_facts(&mut self) -> Option<Box<Facts>> {
        let facts = std::mem::take(&mut self.facts);
        (facts != Facts::default()).then(|| Box::new(facts))
    }

    /// Ready for another flow; buffers are kept.
    pub fn reset(&mut self) {
        self.label = None;
        self.facts = Facts::default();
    }

    /// Bytes held on the heap, for the memory account.
    pub fn heap_bytes(&self) -> usize {
        0
    }
}
