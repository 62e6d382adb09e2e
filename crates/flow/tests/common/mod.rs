//! Packets made by hand, and a table to put them into.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, unreachable_pub)]

pub mod script;

use flow::{Arrival, Arrivals, Ended, Event, Guess, Hasher, SHARDS, Settings, Shard, shard_of};
use wire::{Frame, LinkType, Packet, Timestamp};

pub const MS: u64 = 1_000_000;
pub const SECOND: u64 = 1_000_000_000;

/// A flow table as the engine runs it, in one thread.
pub struct Table {
    arrivals: Arrivals,
    shards: Vec<Shard>,
    dpi: dpi::Engine,
    pub ended: Vec<Ended>,
    /// Frames given so far.
    pub given: u64,
    pub now: Timestamp,
}

impl Table {
    pub fn new(settings: &Settings) -> Self {
        let hasher = Hasher::new(1);
        Self {
            arrivals: Arrivals::new(hasher, settings.timeouts.fragment_ns, settings.vlan_in_key),
            shards: (0..SHARDS).map(|_| Shard::new(settings, hasher)).collect(),
            dpi: dpi::Engine::default(),
            ended: Vec::new(),
            given: 0,
            now: Timestamp(0),
        }
    }

    /// One whose flows tell what happens to them.
    pub fn listening(settings: &Settings) -> Self {
        let mut table = Self::new(settings);
        table.shards.iter_mut().for_each(Shard::listen);
        table
    }

    /// What they told since the last time.
    pub fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.shards.iter_mut().for_each(|shard| shard.take_events(&mut events));
        events
    }

    /// Gives the table one Ethernet frame, seen `at` nanoseconds after the epoch.
    pub fn give(&mut self, frame: &[u8], at: u64) {
        self.given += 1;
        let time = Timestamp(at);
        if time.secs() > self.now.secs() {
            self.advance(at);
        }
        self.now = self.now.max(time);
        let Ok(packet) = Packet::decode(&Frame::whole(LinkType::Ethernet, frame)) else { return };
        let mut arrival = Arrival { packet, time, captured: frame.len() as u32, ..Arrival::default() };
        let mut late = Vec::new();
        let complete = self.arrivals.complete(&mut arrival, frame, &mut late);
        if complete {
            self.track(&arrival, frame);
        }
        late.iter().for_each(|arrival| self.track(arrival, frame));
    }

    pub fn track(&mut self, arrival: &Arrival, frame: &[u8]) {
        let shard = &mut self.shards[shard_of(arrival.hash)];
        let (guess, _) = shard.touch_entry(arrival);
        shard.track(arrival, guess, frame, &self.dpi, &mut self.ended);
    }

    /// Packet time has come to `at`.
    pub fn advance(&mut self, at: u64) {
        let mut late = Vec::new();
        self.arrivals.advance(Timestamp(at), &mut late);
        for arrival in &late {
            let shard = &mut self.shards[shard_of(arrival.hash)];
            shard.track(arrival, Guess::default(), &[], &self.dpi, &mut self.ended);
        }
        for shard in &mut self.shards {
            shard.advance(Timestamp(at).secs(), &mut self.ended);
        }
    }

    pub fn configure(&mut self, settings: &Settings) {
        self.arrivals.configure(settings.timeouts.fragment_ns);
        self.shards.iter_mut().for_each(|shard| shard.configure(settings));
    }

    pub fn open_flows(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    pub fn evicted(&self) -> u64 {
        self.shards.iter().map(|s| s.counts().evicted).sum()
    }

    /// Ends everything and gives back all flows there were.
    pub fn finish(mut self) -> Vec<Ended> {
        let mut late = Vec::new();
        self.arrivals.finish(&mut late);
        for arrival in &late {
            self.track(arrival, &[]);
        }
        for shard in &mut self.shards {
            for (_, place) in shard.open_flows() {
                shard.close(place, self.now, &mut self.ended);
            }
            assert!(shard.is_empty());
        }
        self.ended
    }
}

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;

/// A TCP segment as it is written down in a test.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub from_client: bool,
    pub flags: u8,
    pub seq: u32,
    pub ack: u32,
    pub len: usize,
    pub window: u16,
    pub id: u16,
    /// TSval and TSecr.
    pub timestamps: Option<(u32, u32)>,
    /// Window shift.
    pub scale: Option<u8>,
}

impl Segment {
    pub fn frame(&self) -> Vec<u8> {
        let mut options = Vec::new();
        if let Some((value, echo)) = self.timestamps {
            options.extend([1, 1, 8, 10]);
            options.extend(value.to_be_bytes());
            options.extend(echo.to_be_bytes());
        }
        if let Some(shift) = self.scale {
            options.extend([1, 3, 3, shift]);
        }
        let (sp, dp) = if self.from_client { (40_000u16, 9999u16) } else { (9999, 40_000) };
        let mut tcp = Vec::new();
        tcp.extend(sp.to_be_bytes());
        tcp.extend(dp.to_be_bytes());
        tcp.extend(self.seq.to_be_bytes());
        tcp.extend(self.ack.to_be_bytes());
        tcp.push(((20 + options.len()) as u8 / 4) << 4);
        tcp.push(self.flags);
        tcp.extend(self.window.to_be_bytes());
        // A checksum that differs from segment to segment, as real ones do.
        tcp.extend((self.seq as u16 ^ self.ack as u16 ^ u16::from(self.flags)).to_be_bytes());
        tcp.extend([0, 0]);
        tcp.extend(options);
        tcp.extend(std::iter::repeat_n(0xee, self.len));
        let (src, dst) =
            if self.from_client { ([10, 0, 0, 1], [10, 0, 0, 2]) } else { ([10, 0, 0, 2], [10, 0, 0, 1]) };
        ipv4(src, dst, 6, self.id, 0, &tcp)
    }
}

/// An IPv4 packet in an Ethernet frame. `fragment` is the flags-and-offset field.
pub fn ipv4(src: [u8; 4], dst: [u8; 4], protocol: u8, id: u16, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, dst[3], 2, 0, 0, 0, 0, src[3], 8, 0, 0x45, 0];
    frame.extend((20 + payload.len() as u16).to_be_bytes());
    frame.extend(id.to_be_bytes());
    frame.extend(fragment.to_be_bytes());
    frame.extend([64, protocol, 0, 0]);
    frame.extend(src);
    frame.extend(dst);
    frame.extend(payload);
    frame
}

/// A UDP datagram with `len` bytes of payload.
pub fn udp(src: [u8; 4], src_port: u16, dst: [u8; 4], dst_port: u16, len: usize) -> Vec<u8> {
    ipv4(src, dst, 17, 0, 0, &udp_bytes(src_port, dst_port, len))
}

pub fn udp_bytes(src_port: u16, dst_port: u16, len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(src_port.to_be_bytes());
    bytes.extend(dst_port.to_be_bytes());
    bytes.extend((8 + len as u16).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(std::iter::repeat_n(0xee, len));
    bytes
}
