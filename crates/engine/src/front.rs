use capture::Record;
use flow::{Arrival, Arrivals, Hasher};
use wire::{Malformed, Packet, Timestamp};

use crate::Settings;
use crate::counters::Counters;
use crate::sampler::{SampledPacket, Sampler};
use detect::{Happening, Lens};
use inventory::{Lookout, Networks, Sighting};

/// The front of the pipeline: frames in, arrivals out, every frame counted once.
#[derive(Debug)]
pub struct Front {
    arrivals: Arrivals,
    ignore: Networks,
    counters: Counters,
    first: Option<Timestamp>,
    now: Timestamp,
    late: Vec<Arrival>,
    /// Absent if nobody wants to know about devices.
    lookout: Option<Lookout>,
    sightings: Vec<Sighting>,
    /// Absent if nobody wants to know what goes wrong.
    lens: Option<Lens>,
    happenings: Vec<Happening>,
    /// Absent if nobody keeps samples.
    sampler: Option<Sampler>,
    /// What every packet begins as. Copied from here it is a few loads and stores; built anew each
    /// time it is written in small pieces, and reading those back in large ones makes the processor
    /// wait.
    fresh: Packet,
}

impl Front {
    /// A front that hashes with `hasher`, and looks out for devices if `wants_sightings`.
    pub fn new(settings: &Settings, hasher: Hasher, wants_sightings: bool) -> Self {
        let flow = &settings.flow;
        Self {
            arrivals: Arrivals::new(hasher, flow.timeouts.fragment_ns, flow.vlan_in_key),
            ignore: settings.ignore.clone(),
            counters: Counters::default(),
            first: None,
            now: Timestamp(0),
            late: Vec::new(),
            lookout: wants_sightings.then(Lookout::new),
            sightings: Vec::new(),
            lens: None,
            happenings: Vec::new(),
            sampler: None,
            fresh: Packet::default(),
        }
    }

    /// Other settings from now on.
    pub fn configure(&mut self, settings: &Settings) {
        self.ignore = settings.ignore.clone();
        self.arrivals.configure(settings.flow.timeouts.fragment_ns);
    }

    /// Decodes one frame and pushes an arrival for each IP packet in it: the frame's own and those
    /// inside its tunnels.
    #[inline]
    pub fn take(&mut self, block: &[u8], record: &Record, out: &mut Vec<Arrival>) {
        let frame = record.frame(block);
        self.counters.received += 1;
        self.counters.bytes += u64::from(record.wire_len);
        self.tell_time(record.time);
        // Decoded where it will be looked at: see `Arrivals::complete`.
        out.push(Arrival { packet: self.fresh, ..Arrival::default() });
        let Some(arrival) = out.last_mut() else { return };
        if let Err(cause) = arrival.packet.decode_into(&frame) {
            out.pop();
            if let Some(n) = self.counters.undecodable.get_mut(cause.index()) {
                *n += 1;
            }
            return;
        }
        arrival.time = record.time;
        arrival.at = record.at;
        arrival.captured = record.captured;
        arrival.interface = record.interface;
        if !self.ignore.is_empty() && is_ignored(&self.ignore, &arrival.packet, frame.bytes) {
            out.pop();
            self.counters.filtered += 1;
            return;
        }
        self.counters.processed += 1;
        self.counters.not_ip += u64::from(!arrival.packet.is_ip());
        if let Some(lookout) = &self.lookout {
            let out = &mut self.sightings;
            lookout.frame(&arrival.packet, frame.bytes, record.time, record.interface, out);
        }
        if let Some(lens) = &self.lens {
            let out = &mut self.happenings;
            lens.frame(&arrival.packet, frame.bytes, record.time, record.interface, out);
        }
        if let Some(sampler) = &mut self.sampler {
            sampler.look(&arrival.packet, frame.bytes, record);
        }
        let mut inner = arrival.packet.inner(frame.bytes);
        if !self.arrivals.complete(arrival, frame.bytes, &mut self.late) {
            out.pop();
        }
        while let Some(level) = inner {
            inner = self.take_inner(level, frame.bytes, record, out);
        }
        if !self.late.is_empty() {
            out.append(&mut self.late);
        }
    }

    /// Looks from now on at what detectors want to see of frames.
    pub fn listen(&mut self) {
        self.lens = Some(Lens);
    }

    /// Takes one packet of `every` as a sample from now on; none if that is 0.
    pub fn sample(&mut self, every: u32) {
        self.sampler = Sampler::new(every);
    }

    /// The packets that were sampled since the last time.
    pub fn take_packets(&mut self) -> Vec<SampledPacket> {
        self.sampler.as_mut().map(|sampler| std::mem::take(&mut sampler.taken)).unwrap_or_default()
    }

    /// Takes what detectors wanted to see since the last time.
    pub fn take_happenings(&mut self, out: &mut Vec<Happening>) {
        out.append(&mut self.happenings);
    }

    /// What devices said of themselves since the last time.
    pub fn take_sightings(&mut self) -> Vec<Sighting> {
        std::mem::take(&mut self.sightings)
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

    /// An arrival for a packet that came out of a tunnel; returns what is inside of that in turn.
    #[inline(never)]
    fn take_inner(
        &mut self,
        level: Result<Packet, Malformed>,
        frame: &[u8],
        record: &Record,
        out: &mut Vec<Arrival>,
    ) -> Option<Result<Packet, Malformed>> {
        let Ok(packet) = level else {
            self.counters.inner_undecodable += 1;
            return None;
        };
        let mut arrival = Arrival {
            packet,
            time: record.time,
            at: record.at,
            captured: record.captured,
            interface: record.interface,
            ..Arrival::default()
        };
        if self.arrivals.complete(&mut arrival, frame, &mut self.late) {
            out.push(arrival);
        }
        packet.inner(frame)
    }
}

#[cold]
fn is_ignored(ignore: &Networks, packet: &Packet, frame: &[u8]) -> bool {
    packet.addresses(frame).is_some_and(|(src, dst)| ignore.contains(src) || ignore.contains(dst))
}
