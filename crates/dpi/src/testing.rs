//! A flow for tests: payloads go in, sequence numbers and times take care of themselves.

use std::sync::{Arc, LazyLock};

use wire::{Timestamp, ip_protocol};

use crate::{Confidence, Engine, Inspection, Progress, Segment};

pub(crate) const TCP: u8 = ip_protocol::TCP;
pub(crate) const UDP: u8 = ip_protocol::UDP;

/// Near the end of the sequence space, so that every test passes it.
const BEGIN: u32 = u32::MAX - 3;

/// One for all tests: it takes longer to make than most flows to inspect.
static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(Arc::default);

pub(crate) struct Flow {
    engine: Arc<Engine>,
    pub(crate) inspection: Inspection,
    transport: u8,
    ports: (u16, u16),
    seqs: [u32; 2],
    lookups: bool,
    time: Timestamp,
}

impl Flow {
    pub(crate) fn new(transport: u8, src_port: u16, dst_port: u16) -> Self {
        Self::sharing(&ENGINE, transport, src_port, dst_port)
    }

    pub(crate) fn with_engine(engine: Engine, transport: u8, src_port: u16, dst_port: u16) -> Self {
        Self::sharing(&Arc::new(engine), transport, src_port, dst_port)
    }

    fn sharing(engine: &Arc<Engine>, transport: u8, src_port: u16, dst_port: u16) -> Self {
        Self {
            engine: Arc::clone(engine),
            inspection: Inspection::default(),
            transport,
            ports: (src_port, dst_port),
            seqs: [BEGIN; 2],
            lookups: false,
            time: Timestamp::new(1_700_000_000, 0),
        }
    }

    /// Another flow with the same engine and a used inspection.
    pub(crate) fn next(&mut self, transport: u8, src_port: u16, dst_port: u16) -> &mut Self {
        self.inspection.reset();
        (self.transport, self.ports, self.seqs) = (transport, (src_port, dst_port), [BEGIN; 2]);
        self
    }

    /// The handshake was seen.
    pub(crate) fn handshake(&mut self) {
        self.inspection.begins(true, BEGIN);
        self.inspection.begins(false, BEGIN);
    }

    pub(crate) fn wait_us(&mut self, us: u64) {
        self.time = self.time + us * 1_000;
    }

    /// The next payload of the side that opened the flow.
    pub(crate) fn src(&mut self, payload: &[u8]) -> Progress {
        self.next_in_order(true, payload)
    }

    /// The next payload of the other side.
    pub(crate) fn dst(&mut self, payload: &[u8]) -> Progress {
        self.next_in_order(false, payload)
    }

    /// What both sides say, as samples have it.
    pub(crate) fn play(&mut self, said: &[(bool, &[u8])]) {
        for (from_src, payload) in said {
            self.next_in_order(*from_src, payload);
        }
    }

    /// A payload of which only some bytes were captured.
    pub(crate) fn src_cut(&mut self, payload: &[u8], captured: usize) -> Progress {
        self.cut(true, payload, captured)
    }

    /// The same of the other side.
    pub(crate) fn dst_cut(&mut self, payload: &[u8], captured: usize) -> Progress {
        self.cut(false, payload, captured)
    }

    fn cut(&mut self, from_src: bool, payload: &[u8], captured: usize) -> Progress {
        let side = usize::from(!from_src);
        let seq = self.seqs[side];
        self.seqs[side] = seq.wrapping_add(payload.len() as u32);
        self.inspect(from_src, seq, &payload[..captured], payload.len() as u32)
    }

    /// A payload at some distance from the beginning of its stream.
    /// Somebody wants to hear of every DNS message.
    pub(crate) fn listening(self) -> Self {
        Self { lookups: true, ..self }
    }

    pub(crate) fn at(&mut self, from_src: bool, position: i32, payload: &[u8]) -> Progress {
        self.inspect(from_src, BEGIN.wrapping_add_signed(position), payload, payload.len() as u32)
    }

    fn next_in_order(&mut self, from_src: bool, payload: &[u8]) -> Progress {
        let side = usize::from(!from_src);
        let seq = self.seqs[side];
        self.seqs[side] = seq.wrapping_add(payload.len() as u32);
        self.inspect(from_src, seq, payload, payload.len() as u32)
    }

    fn inspect(&mut self, from_src: bool, seq: u32, payload: &[u8], payload_len: u32) -> Progress {
        let segment = Segment {
            transport: self.transport,
            src_port: self.ports.0,
            dst_port: self.ports.1,
            from_src,
            seq,
            from_start: true,
            payload,
            payload_len,
            time: self.time,
            lookups: self.lookups,
        };
        self.engine.inspect(&mut self.inspection, &segment)
    }

    pub(crate) fn name(&self) -> Option<&'static str> {
        self.inspection.label().map(|label| label.protocol)
    }

    pub(crate) fn confidence(&self) -> Option<Confidence> {
        self.inspection.label().map(|label| label.confidence)
    }

    /// Bytes kept for payloads, the facts not counted.
    pub(crate) fn buffers(&mut self) -> usize {
        let facts = self.inspection.take_facts();
        let bytes = self.inspection.heap_bytes();
        if let Some(facts) = facts {
            self.inspection.case.findings.facts = *facts;
        }
        bytes
    }
}

/// Pseudo-random bytes (splitmix64), the same on every machine.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}
