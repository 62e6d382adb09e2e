//! What holds for every sequence of packets: each is counted to one flow, once, whatever comes
//! late, runs out, is cut into parts or evicted.

use flow::{Arrival, Arrivals, EndReason, Ended, Guess, Hasher, SHARDS, Settings, Shard, Timeouts};
use wire::{Frame, LinkType, Timestamp, ip_protocol};

/// Bytes of a step of the script; payload is what follows it.
pub(crate) const STEP: usize = 8;

/// What a step does, by its first byte's low four bits.
pub(crate) mod step {
    pub(crate) const TCP: [u8; 6] = [0, 1, 2, 3, 4, 5];
    pub(crate) const TCP6: [u8; 2] = [6, 7];
    pub(crate) const UDP: [u8; 3] = [8, 9, 10];
    pub(crate) const FRAGMENT: u8 = 11;
    pub(crate) const ICMP: u8 = 12;
    /// A frame that follows as it is: its length is the step's sixth byte.
    pub(crate) const FRAME: u8 = 13;
    /// Another transport, by the third byte.
    pub(crate) const OTHER: u8 = 14;
    pub(crate) const CLOSE: u8 = 15;
}

/// One input: bounds of the table, then steps.
///
/// A step: what, who (2 bits source host, 2 bits destination host, 4 bits ports), flags, sequence
/// and acknowledgement number as signed distances, payload length, time as a power of two of
/// nanoseconds, identification and options.
pub(crate) fn check(data: &[u8]) {
    thread_local! {
        static DPI: dpi::Engine = dpi::Engine::default();
    }
    let Some((&[bounds], script)) = data.split_first_chunk() else { return };
    DPI.with(|dpi| Run::new(bounds, dpi).play(script));
}

struct Run<'a> {
    dpi: &'a dpi::Engine,
    arrivals: Arrivals,
    shard: Shard,
    max_flows: usize,
    block: Vec<u8>,
    late: Vec<Arrival>,
    out: Vec<Ended>,
    now: Timestamp,
    second: u64,
    /// Packets given to `complete`, and tracked.
    given: u64,
    tracked: u64,
    bytes_tracked: u64,
    /// Packets in the records so far.
    recorded: u64,
    bytes_recorded: u64,
    ended: u64,
    next: [u32; 4],
    guess: Guess,
}

const SECOND: u64 = 1_000_000_000;

impl<'a> Run<'a> {
    fn new(bounds: u8, dpi: &'a dpi::Engine) -> Self {
        let max_flows = 1 + usize::from(bounds & 0x07);
        let settings = Settings {
            max_flows: max_flows * SHARDS,
            max_inspections: usize::from(bounds >> 3 & 0x07) * SHARDS,
            // Short enough to be met, and in both orders.
            timeouts: Timeouts {
                tcp_established_ns: 5000 * SECOND,
                active_ns: if bounds & 0x40 == 0 { 60 * SECOND } else { 7200 * SECOND },
                ..Timeouts::default()
            },
            vlan_in_key: bounds & 0x80 != 0,
        };
        let hasher = Hasher::new(7);
        Self {
            dpi,
            arrivals: Arrivals::new(hasher, settings.timeouts.fragment_ns, settings.vlan_in_key),
            shard: Shard::new(&settings, hasher),
            max_flows,
            block: Vec::new(),
            late: Vec::new(),
            out: Vec::new(),
            now: Timestamp(1_700_000_000 * SECOND),
            second: 0,
            given: 0,
            tracked: 0,
            bytes_tracked: 0,
            recorded: 0,
            bytes_recorded: 0,
            ended: 0,
            next: [1, u32::MAX - 100, 1 << 31, 77],
            guess: Guess::default(),
        }
    }

    fn play(mut self, mut script: &[u8]) {
        while let Some((&step, rest)) = script.split_first_chunk::<STEP>() {
            let [what, _, _, _, _, len, wait, _] = step;
            let (payload, rest) = rest.split_at(usize::from(len).min(rest.len()));
            script = rest;
            self.wait(wait);
            match what & 0x0f {
                step::CLOSE => self.close_one(),
                step::FRAME => self.packet(payload),
                _ => {
                    let frame = self.frame(&step, payload);
                    self.packet(&frame);
                }
            }
        }
        self.finish();
    }

    /// Time goes on, or back by a little; tables are told of every new second.
    fn wait(&mut self, wait: u8) {
        let step_ns = 1u64 << (wait & 0x3f).min(45);
        let time = if wait & 0x80 == 0 { self.now + step_ns } else { self.now - step_ns.min(10 * SECOND) };
        let second = time.secs();
        if second > self.second {
            self.second = second;
            self.arrivals.advance(Timestamp::new(second, 0), &mut self.late);
            self.track_late();
            self.shard.advance(second, &mut self.out);
            self.record();
        }
        self.now = time;
    }

    fn packet(&mut self, frame: &[u8]) {
        self.block.clear();
        self.block.extend(frame);
        let mut arrival = Arrival::default();
        if arrival.packet.decode_into(&Frame::whole(LinkType::Ethernet, frame)).is_err() {
            return;
        }
        arrival.captured = u32::try_from(frame.len()).unwrap_or(0);
        arrival.time = self.now;
        let mut level = arrival.packet.inner(frame);
        self.arrive(arrival, frame);
        while let Some(Ok(packet)) = level {
            self.arrive(Arrival { packet, ..arrival }, frame);
            level = packet.inner(frame);
        }
    }

    fn arrive(&mut self, mut arrival: Arrival, frame: &[u8]) {
        let is_ip = arrival.packet.is_ip();
        self.given += u64::from(is_ip);
        if self.arrivals.complete(&mut arrival, frame, &mut self.late) {
            assert!(is_ip);
            self.track(&arrival);
        }
        self.track_late();
    }

    fn track_late(&mut self) {
        for arrival in std::mem::take(&mut self.late) {
            self.track(&arrival);
        }
    }

    fn track(&mut self, arrival: &Arrival) {
        self.tracked += 1 + u64::from(arrival.early_packets);
        self.bytes_tracked += u64::from(arrival.packet.bytes) + u64::from(arrival.early_bytes);
        self.shard.touch_index(arrival);
        let (mut guess, _) = self.shard.touch_entry(arrival);
        if self.given.is_multiple_of(3) {
            // An old guess, of some other flow that may be gone by now, does no harm.
            std::mem::swap(&mut guess, &mut self.guess);
        }
        self.shard.track(arrival, guess, &self.block, self.dpi, &mut self.out);
        assert!(self.shard.view(arrival.hash, &arrival.key).is_some(), "a packet's flow is open");
        assert!(self.shard.len() <= self.max_flows);
        self.record();
    }

    fn close_one(&mut self) {
        if let Some((_, place)) = self.shard.open_flows().first() {
            self.shard.close(*place, self.now, &mut self.out);
            // A place that is free already stays so.
            self.shard.close(*place, self.now, &mut self.out);
            self.record();
        }
    }

    fn record(&mut self) {
        for ended in self.out.drain(..) {
            let entry = &ended.entry;
            self.ended += u64::from(ended.reason != EndReason::Active);
            self.recorded += entry.packets().map(u64::from).iter().sum::<u64>();
            self.bytes_recorded += entry.bytes().iter().sum::<u64>();
            assert!(!ended.reason.name().is_empty() && !entry.current_state().name().is_empty());
            assert!(entry.rtt_us().is_none_or(|(min, mean, max)| min <= max && mean.is_finite()));
            assert!(entry.jitter_us().is_none_or(f32::is_finite));
            assert!(entry.history().is_none_or(|letters| letters.len() <= 12));
            assert_eq!(ended.quality.part > 0, ended.quality.first_start > 0, "{ended:?}");
        }
    }

    fn finish(mut self) {
        self.arrivals.finish(&mut self.late);
        self.track_late();
        assert_eq!(self.tracked, self.given, "packets that were keyed and those that were tracked");
        let counts = self.shard.counts();
        assert_eq!(counts.opened, self.ended + self.shard.len() as u64);
        for (_, place) in self.shard.open_flows() {
            self.shard.close(place, self.now, &mut self.out);
        }
        self.record();
        assert!(self.shard.is_empty() && self.shard.open_flows().is_empty());
        assert_eq!((counts.opened, counts.refused), (self.ended, 0));
        assert_eq!(self.recorded, self.tracked, "packets in the records and those that were tracked");
        assert_eq!(self.bytes_recorded, self.bytes_tracked);
    }

    /// Ethernet and IP around what a step says.
    fn frame(&mut self, step: &[u8; STEP], payload: &[u8]) -> Vec<u8> {
        let &[what, who, flags, by, ack, _, _, id] = step;
        let (src, dst) = (who >> 6, who >> 4 & 3);
        let kind = what & 0x0f;
        let (protocol, mut segment) = match kind {
            step::ICMP => (ip_protocol::ICMP, vec![flags, by, 0, 0, 0, id, 0, ack]),
            step::OTHER => (flags, Vec::new()),
            kind if step::UDP.contains(&kind) => {
                (ip_protocol::UDP, udp(ports(who, src < dst), payload.len()))
            }
            step::FRAGMENT if what & 0x80 == 0 => {
                (ip_protocol::UDP, udp(ports(who, src < dst), payload.len()))
            }
            step::FRAGMENT => (ip_protocol::UDP, Vec::new()),
            _ => (ip_protocol::TCP, self.tcp(step, payload.len())),
        };
        segment.extend(payload);
        let mut frame = vec![2, 0, 0, 0, 0, dst, 2, 0, 0, 0, 0, src];
        if step::TCP6.contains(&kind) {
            frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            frame.extend(u16::try_from(segment.len()).unwrap_or(0).to_be_bytes());
            frame.extend([protocol, 64]);
            for host in [src, dst] {
                frame.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]);
            }
        } else {
            // A fragment: the first one, a middle one or the last one.
            let fragment = match (kind, what >> 6) {
                (step::FRAGMENT, 0 | 1) => 0x2000,
                (step::FRAGMENT, 2) => 0x2000 | (u16::from(flags & 0x1f) + 1),
                (step::FRAGMENT, _) => u16::from(flags & 0x1f) + 1,
                _ => 0x4000,
            };
            frame.extend([0x08, 0x00, 0x45, 0]);
            frame.extend(u16::try_from(20 + segment.len()).unwrap_or(0).to_be_bytes());
            frame.extend([0, id]);
            frame.extend(fragment.to_be_bytes());
            frame.extend([64, protocol, 0, 0, 10, 0, 0, src, 10, 0, 0, dst]);
        }
        frame.extend(segment);
        frame
    }

    fn tcp(&mut self, step: &[u8; STEP], len: usize) -> Vec<u8> {
        let &[what, who, flags, by, ack, _, _, id] = step;
        let (src, dst) = (who >> 6, who >> 4 & 3);
        let [from, to] = [src, dst].map(usize::from);
        // Mostly at the next byte, where a stream goes on.
        let seq = self.next[from].wrapping_add_signed(i32::from(by as i8) * 64);
        let ack = self.next[to].wrapping_add_signed(i32::from(ack as i8) * 64);
        let syn_fin = u32::from(flags & 3 != 0);
        self.next[from] = seq.wrapping_add(syn_fin).wrapping_add(u32::try_from(len).unwrap_or(0));
        let mut header = Vec::new();
        let [a, b] = ports(who, src < dst);
        header.extend(a.to_be_bytes());
        header.extend(b.to_be_bytes());
        header.extend(seq.to_be_bytes());
        header.extend(ack.to_be_bytes());
        let options = what & 0x10 != 0;
        let window = if what & 0x20 != 0 { 0 } else { 512u16 };
        header.extend([if options { 0x80 } else { 0x50 }, flags]);
        header.extend(window.to_be_bytes());
        header.extend([id, 1, 0, 0]);
        if options {
            header.extend([1, 1, 8, 10]);
            header.extend(u32::from(id).to_be_bytes());
            header.extend(u32::from(step[4]).to_be_bytes());
        }
        header
    }
}

/// Source and destination port: of few, so that flows meet.
fn ports(who: u8, up: bool) -> [u16; 2] {
    const SERVERS: [u16; 4] = [443, 80, 53, 50_000];
    let server = SERVERS[usize::from(who & 3)];
    let client = 40_000 + u16::from(who >> 2 & 3);
    if up { [client, server] } else { [server, client] }
}

fn udp([src, dst]: [u16; 2], len: usize) -> Vec<u8> {
    let len = u16::try_from(8 + len).unwrap_or(8);
    [src.to_be_bytes(), dst.to_be_bytes(), len.to_be_bytes(), [0, 0]].concat()
}
