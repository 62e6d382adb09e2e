//! Frames that benches are fed with, made without anybody's help so that nothing else is measured.

use flow::{Arrival, Arrivals, Hasher};
use wire::{Frame, LinkType, Packet, Timestamp};

pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
const SERVER_PORT: u16 = 5_555;

/// A conversation between two hosts, told apart by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conversation {
    pub(crate) protocol: u8,
    pub(crate) number: u32,
}

/// What one packet of it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Segment {
    pub(crate) up: bool,
    pub(crate) flags: u8,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) len: u16,
    /// TSval and TSecr.
    pub(crate) stamps: Option<(u32, u32)>,
}

/// Ethernet, IPv4 and UDP or TCP around zeros.
pub(crate) fn frame(conversation: Conversation, segment: &Segment) -> Vec<u8> {
    let n = conversation.number;
    let client = [10, (n >> 16) as u8, (n >> 8) as u8, n as u8];
    let server = [198, 18, (n >> 3) as u8, (n >> 11) as u8];
    let (src, dst) = if segment.up { (client, server) } else { (server, client) };
    let ports = if segment.up { [40_000, SERVER_PORT] } else { [SERVER_PORT, 40_000] };
    let mut transport: Vec<u8> = ports.into_iter().flat_map(u16::to_be_bytes).collect();
    if conversation.protocol == TCP {
        transport.extend(segment.seq.to_be_bytes());
        transport.extend(segment.ack.to_be_bytes());
        let options = if segment.stamps.is_some() { 12 } else { 0 };
        transport.extend([(20 + options) << 2, segment.flags, 1, 0, 0, 0, 0, 0]);
        if let Some((value, echo)) = segment.stamps {
            transport.extend([1, 1, 8, 10]);
            transport.extend(value.to_be_bytes());
            transport.extend(echo.to_be_bytes());
        }
    } else {
        transport.extend((8 + segment.len).to_be_bytes());
        transport.extend([0, 0]);
    }
    transport.resize(transport.len() + usize::from(segment.len), 0);
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    frame.extend([0x45, 0]);
    frame.extend((20 + transport.len() as u16).to_be_bytes());
    frame.extend([0, 0, 0x40, 0, 64, conversation.protocol, 0, 0]);
    frame.extend(src);
    frame.extend(dst);
    frame.extend(transport);
    frame
}

/// Frames in a block, decoded and on their way to their flows.
pub(crate) struct Stream {
    pub(crate) block: Vec<u8>,
    pub(crate) arrivals: Vec<Arrival>,
    maker: Arrivals,
    clock: u64,
}

impl Stream {
    pub(crate) fn new(hasher: Hasher) -> Self {
        let maker = Arrivals::new(hasher, 30_000_000_000, false);
        Self { block: Vec::new(), arrivals: Vec::new(), maker, clock: 1_700_000_000_000_000_000 }
    }

    /// Adds a packet, a microsecond after the last one.
    pub(crate) fn push(&mut self, conversation: Conversation, segment: &Segment) {
        let frame = frame(conversation, segment);
        self.clock += 1_000;
        let mut arrival = Arrival {
            packet: Packet::decode(&Frame::whole(LinkType::Ethernet, &frame)).expect("a whole frame"),
            time: Timestamp(self.clock),
            at: self.block.len() as u64,
            captured: frame.len() as u32,
            ..Arrival::default()
        };
        assert!(self.maker.complete(&mut arrival, &frame, &mut Vec::new()));
        self.block.extend(frame);
        self.arrivals.push(arrival);
    }

    /// The next packets of all these flows, a millisecond later, when so many bytes were sent up.
    pub(crate) fn go_on(&mut self, bytes: u32) {
        self.later(1_000_000);
        for arrival in &mut self.arrivals {
            let packet = &mut arrival.packet;
            packet.ip_id = packet.ip_id.wrapping_add(1);
            if packet.dst_port == SERVER_PORT {
                packet.seq = packet.seq.wrapping_add(bytes);
            } else {
                packet.ack = packet.ack.wrapping_add(bytes);
            }
        }
    }

    /// Every packet again, so much later.
    pub(crate) fn later(&mut self, ns: u64) {
        for arrival in &mut self.arrivals {
            arrival.time = arrival.time + ns;
        }
    }
}

/// The numbers up to `n` in an order that caches cannot foresee.
pub(crate) fn shuffled(n: u32) -> Vec<u32> {
    let mut all: Vec<u32> = (0..n).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for i in (1..all.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        all.swap(i, (state % (i as u64 + 1)) as usize);
    }
    all
}
