use capture::Record;
use flow::{Arrival, Arrivals, Hasher};
use wire::{Packet, Timestamp};

use crate::Settings;
use crate::counters::Counters;
use crate::network::Networks;

/// The front of the pipeline: frames in, arrivals out, every frame counted once.
#[derive(Debug)]
pub struct Front {
    arrivals: Arrivals,
    ignore: Networks,
    counters: Counters,
    first: Option<Timestamp>,
    now: Timestamp,
    late: Vec<Arrival>,
}

impl Front {
    /// A front that hashes with `hasher`.
    pub fn new(settings: &Settings, hasher: Hasher) -> Self {
        let flow = &settings.flow;
        Self {
            arrivals: Arrivals::new(hasher, flow.timeouts.fragment_ns, flow.vlan_in_key),
            ignore: settings.ignore.clone(),
            counters: Counters::default(),
            first: None,
            now: Timestamp(0),
            late: Vec::new(),
        }
    }

    /// Other settings from now on.
    pub fn configure(&mut self, settings: &Settings) {
        self.ignore = settings.ignore.clone();
    }

    /// Decodes one frame and pushes an arrival for each IP packet in it: the frame's own and those
    /// inside its tunnels.
    #[inline]
    pub fn take(&mut self, block: &[u8], record: &Record, out: &mut Vec<Arrival>) {
        let frame = record.frame(block);
        self.counters.received += 1;
        self.counters.bytes += u64::from(record.wire_len);
        self.tell_time(record.time);
        let packet = match Packet::decode(&frame) {
            Ok(packet) => packet,
            Err(cause) => {
                if let Some(n) = self.counters.undecodable.get_mut(cause.index()) {
                    *n += 1;
                }
                return;
            }
        };
        if !self.ignore.is_empty() && self.is_ignored(&packet, frame.bytes) {
            self.counters.filtered += 1;
            return;
        }
        self.counters.processed += 1;
        let mut level = packet;
        loop {
            let inner = level.inner(frame.bytes);
            let (time, at, interface) = (record.time, record.at, record.interface);
            match self.arrivals.prepare(level, frame.bytes, time, at, interface, &mut self.late) {
                Some(arrival) => out.push(arrival),
                None if level.depth == 0 && level.addresses(frame.bytes).is_none() => {
                    self.counters.not_ip += 1;
                }
                None => {}
            }
            match inner {
                Some(Ok(next)) => level = next,
                Some(Err(_)) => {
                    self.counters.inner_undecodable += 1;
                    break;
                }
                None => break,
            }
        }
        if !self.late.is_empty() {
            out.append(&mut self.late);
        }
    }

    /// Packet time has come to a new second: fragments that waited in vain go on.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<Arrival>) {
        self.arrivals.advance(now, out);
    }

    /// No more frames come.
    pub fn finish(&mut self, out: &mut Vec<Arrival>) {
        self.arrivals.finish(out);
    }

    /// Counts packets that had to be given up.
    pub fn shed(&mut self, packets: u64) {
        self.counters.shed += packets;
        self.counters.processed = self.counters.processed.saturating_sub(packets);
    }

    /// What was seen so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The latest packet time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The earliest packet time.
    pub fn first(&self) -> Option<Timestamp> {
        self.first
    }

    #[inline]
    fn tell_time(&mut self, time: Timestamp) {
        if time >= self.now && self.first.is_some() {
            self.now = time;
        } else {
            self.tell_odd_time(time);
        }
    }

    #[cold]
    fn tell_odd_time(&mut self, time: Timestamp) {
        if let Some(first) = self.first {
            self.counters.time_went_back += 1;
            self.first = Some(first.min(time));
        } else {
            self.first = Some(time);
            self.now = time;
        }
    }

    #[cold]
    fn is_ignored(&self, packet: &Packet, frame: &[u8]) -> bool {
        packet
            .addresses(frame)
            .is_some_and(|(src, dst)| self.ignore.contains(src) || self.ignore.contains(dst))
    }
}
