use dpi::{Engine, Facts, Inspection, Label, Progress, Segment};
use wire::tcp::flag;
use wire::{Flags, Packet, Timestamp, ip_protocol};

use crate::arrival::Arrival;
use crate::entry::{EndReason, Entry, State, bit};
use crate::index::Index;
use crate::key::Hasher;
use crate::pair::{Pair, Who};
use crate::pool::{Extra, NONE, Pool, Quality, quality};
use crate::rtp::Rtp;
use crate::settings::{Settings, Timeouts};
use crate::slab::Slab;
use crate::wheel::Wheel;
use crate::{SHARDS, rtp, spacing, tcp};

/// A share of the flow table, by hash: its entries, their timers and what they borrow.
#[derive(Debug)]
pub struct Shard {
    hasher: Hasher,
    slab: Slab,
    index: Index,
    wheel: Wheel,
    quality: Pool<Quality>,
    rtp: Pool<Rtp>,
    extras: Pool<Extra>,
    labels: Vec<Label>,
    /// Boxed as they are in the pool, so that they come and go without a copy.
    #[allow(clippy::vec_box)]
    spare: Vec<Box<Inspection>>,
    scratch: Box<Inspection>,
    inspecting: usize,
    timeouts: Timeouts,
    max_flows: usize,
    max_inspections: usize,
    counts: Counts,
}

/// What a shard has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Flows opened.
    pub opened: u64,
    /// Flows that had to go because the table was full.
    pub evicted: u64,
    /// Packets that found no place at all, because the system has no memory left.
    pub refused: u64,
    /// Flows labelled early because too many were under inspection.
    pub uninspected: u64,
}

/// A flow, or a part of a long one, that is over.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its counts.
    pub entry: Entry,
    /// Its troubles.
    pub quality: Quality,
    /// What it was found to be.
    pub label: Option<Label>,
    /// What was learnt from its payload.
    pub facts: Option<Box<Facts>>,
    /// Why it ended.
    pub reason: EndReason,
    /// When that was certain, in packet time: records are ordered by it.
    pub decided_at: Timestamp,
}

/// A flow that goes on, to look at.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Its counts.
    pub entry: &'a Entry,
    /// Its troubles so far.
    pub quality: Quality,
    /// What it is, as far as known.
    pub label: Option<Label>,
    /// What was learnt so far.
    pub facts: Option<&'a Facts>,
}

/// Where [`Shard::touch_entry`] thinks that a flow is.
#[derive(Clone, Copy, Debug)]
pub struct Guess(u32);

impl Default for Guess {
    /// No idea.
    fn default() -> Self {
        Self(NONE)
    }
}

/// Inspections that are kept for reuse.
const SPARE: usize = 256;
/// Entries that eviction looks at before it takes the last of them. One that had packets since it
/// was filed is filed anew, so on average hardly more than one is looked at.
const EVICTION_TRIES: usize = 256;

impl Shard {
    /// An empty shard that takes its part of what `settings` allow.
    ///
    /// `hasher` is the one that the arrivals were hashed with.
    pub fn new(settings: &Settings, hasher: Hasher) -> Self {
        Self {
            hasher,
            slab: Slab::default(),
            index: Index::new(),
            wheel: Wheel::new(),
            quality: Pool::default(),
            rtp: Pool::default(),
            extras: Pool::default(),
            labels: Vec::new(),
            spare: Vec::new(),
            scratch: Box::default(),
            inspecting: 0,
            timeouts: settings.timeouts,
            max_flows: (settings.max_flows / SHARDS).max(1),
            max_inspections: settings.max_inspections / SHARDS,
            counts: Counts::default(),
        }
    }

    /// Other timeouts and bounds from now on.
    pub fn configure(&mut self, settings: &Settings) {
        self.timeouts = settings.timeouts;
        self.max_flows = (settings.max_flows / SHARDS).max(1);
        self.max_inspections = settings.max_inspections / SHARDS;
    }

    /// Flows that are open.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// No flow is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Brings the bucket of an arrival into the cache, before its turn comes.
    #[inline]
    pub fn touch_index(&self, arrival: &Arrival) -> u32 {
        self.index.touch(arrival.hash)
    }

    /// Brings the entry of an arrival into the cache, before its turn comes: where it probably is,
    /// and a value that means nothing.
    #[inline]
    pub fn touch_entry(&self, arrival: &Arrival) -> (Guess, u32) {
        let Some(place) = self.index.guess(arrival.hash) else { return (Guess(NONE), 0) };
        let entry = self.slab.get(place);
        let lines =
            u32::from(entry.bits) ^ entry.packets[Who::Src] ^ entry.sides[Who::Src].next ^ entry.quality;
        (Guess(place), lines)
    }

    /// Counts a packet to its flow, which it may open. What ends meanwhile is pushed to `out`.
    #[inline]
    pub fn track(
        &mut self,
        arrival: &Arrival,
        guess: Guess,
        block: &[u8],
        dpi: &Engine,
        out: &mut Vec<Ended>,
    ) {
        let slab = &self.slab;
        // A key is in the table once, so a guess that has it is right, whatever happened since.
        let is_it = |place| slab.get(place).key == arrival.key;
        let found = match guess {
            Guess(place) if place != NONE && is_it(place) => Some(place),
            _ => self.index.find(arrival.hash, is_it),
        };
        let place = match found {
            Some(place) if self.goes_on(place, arrival, out) => place,
            _ => match self.open(arrival, block, dpi, out) {
                Some(place) => place,
                None => {
                    self.counts.refused += 1;
                    return;
                }
            },
        };
        self.count(place, arrival, block, dpi);
    }

    /// Packet time has come to the whole second `second`: what ran out before it ends.
    pub fn advance(&mut self, second: u64, out: &mut Vec<Ended>) {
        while let Some(place) = self.wheel.pop_before(&mut self.slab, second) {
            let deadline = self.deadline(self.slab.get(place));
            if deadline.secs() < second {
                let reason = self.idle_reason(place);
                self.end(place, reason, deadline, false, out);
            } else {
                self.wheel.file(&mut self.slab, place, second, deadline.secs());
            }
        }
    }

    /// Open flows in the order they began: start and place.
    pub fn open_flows(&self) -> Vec<(u64, u32)> {
        let mut all: Vec<_> = self.slab.places().map(|p| (self.slab.get(p).start, p)).collect();
        all.sort_unstable();
        all
    }

    /// The entry of one of [`Shard::open_flows`].
    pub fn entry(&self, place: u32) -> &Entry {
        self.slab.get(place)
    }

    /// Ends one of [`Shard::open_flows`], because nothing more will come.
    pub fn close(&mut self, place: u32, now: Timestamp, out: &mut Vec<Ended>) {
        if !self.slab.get(place).is_free() {
            let reason = match self.slab.get(place).state() {
                State::TimeWait => EndReason::Fin,
                State::Reset => EndReason::Rst,
                _ => EndReason::EndOfCapture,
            };
            self.end(place, reason, now, true, out);
        }
    }

    /// Looks at the flow of a key's hash, if it is open.
    pub fn view(&self, hash: u64, key: &crate::FlowKey) -> Option<View<'_>> {
        let place = self.index.find(hash, |place| self.slab.get(place).key == *key)?;
        let entry = self.slab.get(place);
        let (label, facts) = match self.extras.get(entry.extra) {
            Some(Extra::Inspecting(i)) if entry.has(bit::INSPECTING) => (i.label(), Some(i.facts())),
            Some(Extra::Facts(f)) if entry.has(bit::FACTS) => (self.label(entry), Some(&**f)),
            _ => (self.label(entry), None),
        };
        let quality = self.quality.get(entry.quality).copied().unwrap_or_default();
        Some(View { entry, quality, label, facts })
    }

    /// False if the flow at `place` is over, by its own time or because this SYN opens another.
    #[inline]
    fn goes_on(&mut self, place: u32, arrival: &Arrival, out: &mut Vec<Ended>) -> bool {
        let entry = self.slab.get(place);
        let deadline = self.deadline(entry);
        if arrival.time > deadline {
            let reason = self.idle_reason(place);
            self.end(place, reason, deadline, true, out);
            return false;
        }
        let packet = &arrival.packet;
        if packet.protocol == ip_protocol::TCP && packet.tcp_flags & flag::SYN != 0 {
            let from = from_side(entry, arrival);
            if tcp::reopens(entry, from, packet) {
                self.end(place, EndReason::PortReuse, arrival.time, true, out);
                return false;
            }
        }
        if arrival.time.since(Timestamp(entry.start)) >= self.timeouts.active_ns {
            self.cut(place, arrival.time, out);
        }
        true
    }

    #[cold]
    fn open(&mut self, arrival: &Arrival, block: &[u8], dpi: &Engine, out: &mut Vec<Ended>) -> Option<u32> {
        if self.slab.len() >= self.max_flows {
            self.evict(arrival.time, out);
        }
        let place = self.slab.allocate()?;
        let packet = &arrival.packet;
        let src_is_sender = sender_opens(packet);
        let mut entry = Entry { key: arrival.key, ..bytemuck::Zeroable::zeroed() };
        entry.bits = bit::LIVE;
        if arrival.from_lo == src_is_sender {
            entry.bits |= bit::SRC_IS_LO;
        }
        entry.start = arrival.time.nanos();
        entry.last = entry.start;
        entry.extra = NONE;
        entry.quality = NONE;
        entry.interface = arrival.interface;
        entry.icmp = [packet.icmp_type, packet.icmp_code];
        let (from, to) = packet.macs(arrival.frame(block));
        let (src, dst) = if src_is_sender { (from, to) } else { (to, from) };
        entry.macs = [src, dst].map(|mac| mac.map_or([0; 6], |m| m.0));
        for (slot, id) in entry.vlans.iter_mut().zip(packet.vlans.ids()) {
            *slot = id | 0x8000;
        }
        if packet.protocol == ip_protocol::TCP || packet.protocol == ip_protocol::UDP {
            entry.bits |= bit::INSPECT;
        } else if let Some(label) = dpi.portless(packet.protocol) {
            entry.label = self.intern(label);
        } else {
            entry.bits |= bit::INSPECT;
        }
        *self.slab.get_mut(place) = entry;
        self.index.insert(arrival.hash, place);
        let deadline = self.deadline(self.slab.get(place));
        self.wheel.file(&mut self.slab, place, arrival.time.secs(), deadline.secs());
        self.counts.opened += 1;
        Some(place)
    }

    #[inline]
    fn count(&mut self, place: u32, arrival: &Arrival, block: &[u8], dpi: &Engine) {
        let packet = &arrival.packet;
        let entry = self.slab.get_mut(place);
        let from = from_side(entry, arrival);
        entry.last = entry.last.max(arrival.time.nanos());
        let arrived = arrival.early_packets.saturating_add(1);
        entry.packets[from] = entry.packets[from].saturating_add(arrived);
        entry.bytes[from] += u64::from(packet.bytes) + u64::from(arrival.early_bytes);
        entry.payload[from] += u64::from(packet.payload_len);
        if packet.flags.has(Flags::FRAGMENT) {
            let quality = quality(&mut self.quality, &mut entry.quality);
            quality.fragments = quality.fragments.saturating_add(arrived);
        }
        let now_us = wrapping_us(arrival.time);
        let repeated = is_repeated(entry, from, packet, now_us);
        if repeated {
            let quality = quality(&mut self.quality, &mut entry.quality);
            quality.duplicates = quality.duplicates.saturating_add(1);
        }
        let has_transport = packet.flags.has(Flags::TRANSPORT) && !packet.flags.has(Flags::CUT_TRANSPORT);
        if packet.protocol == ip_protocol::TCP {
            if has_transport {
                let frame = arrival.frame(block);
                let before = entry.state;
                tcp::segment(entry, &mut self.quality, from, packet, packet.tcp_options(frame), now_us);
                if entry.state != before && entry.state().is_over() {
                    // Its time got shorter: it moves in the wheel now.
                    let deadline = self.deadline(self.slab.get(place));
                    self.wheel.remove(&mut self.slab, place);
                    self.wheel.file(&mut self.slab, place, arrival.time.secs(), deadline.secs());
                }
            }
        } else {
            if entry.packets.0.iter().all(|n| *n > 0) {
                entry.state = State::Answered as u8;
            }
            if entry.has(bit::RTP) && packet.protocol == ip_protocol::UDP {
                let payload = packet.payload(arrival.frame(block));
                let rtp = self.rtp.get_mut(entry.handshake_us);
                let jitter_us = rtp.and_then(|rtp| rtp::packet(rtp, from, payload, now_us));
                entry.jitter_us = jitter_us.unwrap_or(entry.jitter_us);
            } else {
                spacing::datagram(entry, from, now_us);
            }
        }
        if packet.payload_captured > 0 && has_transport {
            let entry = self.slab.get(place);
            if entry.has(bit::INSPECT) && !repeated {
                self.inspect(place, from, arrival, block, dpi);
            }
        }
    }

    #[inline(never)]
    fn inspect(&mut self, place: u32, from: Who, arrival: &Arrival, block: &[u8], dpi: &Engine) {
        let packet = &arrival.packet;
        let entry = self.slab.get_mut(place);
        let (src_port, dst_port) = if from == Who::Src {
            (packet.src_port, packet.dst_port)
        } else {
            (packet.dst_port, packet.src_port)
        };
        let syn = u32::from(packet.tcp_flags & flag::SYN != 0);
        let segment = Segment {
            transport: packet.protocol,
            src_port,
            dst_port,
            from_src: from == Who::Src,
            seq: packet.seq.wrapping_add(syn),
            from_start: entry.has(bit::FROM_START),
            payload: packet.payload(arrival.frame(block)),
            payload_len: packet.payload_len,
            time: arrival.time,
        };
        let inspecting = entry.has(bit::INSPECTING);
        let inspection = match self.extras.get_mut(entry.extra) {
            Some(Extra::Inspecting(inspection)) if inspecting => inspection,
            _ => {
                // Where the streams begin is known from the SYNs, in whatever order payload comes.
                for (side, from_src) in entry.sides.0.iter().zip([true, false]) {
                    if let Some(base) = tcp::syn_seen(side) {
                        self.scratch.begins(from_src, base.wrapping_add(1));
                    }
                }
                &mut self.scratch
            }
        };
        let full = self.inspecting >= self.max_inspections;
        match dpi.inspect(inspection, &segment) {
            Progress::More if inspecting => {}
            Progress::More if !full => {
                let fresh = self.spare.pop().unwrap_or_default();
                let inspection = std::mem::replace(&mut self.scratch, fresh);
                entry.extra = self.extras.put(Extra::Inspecting(inspection));
                entry.bits |= bit::INSPECTING;
                self.inspecting += 1;
            }
            Progress::More => {
                self.counts.uninspected += 1;
                self.decide(place);
            }
            Progress::Done => self.decide(place),
        }
    }

    /// Labels a flow for good and gives its inspection back.
    fn decide(&mut self, place: u32) {
        let entry = self.slab.get_mut(place);
        let mut taken = None;
        if entry.has(bit::INSPECTING)
            && let Some(Extra::Inspecting(inspection)) = self.extras.take(entry.extra)
        {
            self.inspecting -= 1;
            taken = Some(inspection);
        }
        let inspection = taken.as_mut().unwrap_or(&mut self.scratch);
        let (label, facts) = (inspection.label(), inspection.take_facts());
        inspection.reset();
        if let Some(inspection) = taken.filter(|_| self.spare.len() < SPARE) {
            self.spare.push(inspection);
        }
        entry.bits &= !(bit::INSPECT | bit::INSPECTING);
        entry.extra = NONE;
        if let Some(facts) = facts {
            entry.extra = self.extras.put(Extra::Facts(facts));
            entry.bits |= bit::FACTS;
        }
        if let Some(label) = label {
            let number = self.intern(label);
            let entry = self.slab.get_mut(place);
            entry.label = number;
            if label.protocol == "rtp" && entry.key.protocol() == ip_protocol::UDP {
                // From here on its own clock counts, not the spacing of its packets.
                entry.bits |= bit::RTP;
                entry.handshake_us = self.rtp.put(Rtp::default());
                entry.jitter_us = 0.0;
            }
        }
    }

    /// Labels are few and static: a flow holds a number, from 1.
    fn intern(&mut self, label: Label) -> u16 {
        let known = self.labels.iter().position(|l| *l == label);
        let i = known.unwrap_or_else(|| {
            self.labels.push(label);
            self.labels.len() - 1
        });
        u16::try_from(i + 1).unwrap_or(0)
    }

    fn label(&self, entry: &Entry) -> Option<Label> {
        self.labels.get(usize::from(entry.label).checked_sub(1)?).copied()
    }

    /// Records what was counted so far and starts the next part; everything else is kept.
    #[cold]
    fn cut(&mut self, place: u32, now: Timestamp, out: &mut Vec<Ended>) {
        let entry = self.slab.get_mut(place);
        let copy = *entry;
        let whole = quality(&mut self.quality, &mut entry.quality);
        let first_start = if whole.part == 0 { copy.start } else { whole.first_start };
        let record = Quality { part: whole.part + 1, first_start, ..*whole };
        *whole = Quality { part: whole.part + 1, first_start, ..Quality::default() };
        entry.start = now.nanos();
        entry.bytes = Pair::default();
        entry.payload = Pair::default();
        entry.packets = Pair::default();
        entry.rtt_count = 0;
        entry.rtt_max_us = 0;
        let facts = match self.extras.get(copy.extra) {
            Some(Extra::Inspecting(i)) if copy.has(bit::INSPECTING) => Some(Box::new(i.facts().clone())),
            Some(Extra::Facts(f)) if copy.has(bit::FACTS) => Some(f.clone()),
            _ => None,
        };
        let label = self.label(&copy);
        out.push(Ended {
            entry: copy,
            quality: record,
            label,
            facts,
            reason: EndReason::Active,
            decided_at: now,
        });
    }

    /// Makes room for one more flow: the one whose time runs out first goes. Half-open, unanswered
    /// and closed flows have the shortest time, established connections the longest.
    #[cold]
    fn evict(&mut self, now: Timestamp, out: &mut Vec<Ended>) {
        for left in (0..EVICTION_TRIES).rev() {
            let Some((place, filed_second)) = self.wheel.pop_earliest(&mut self.slab) else { return };
            let deadline = self.deadline(self.slab.get(place));
            if left > 0 && deadline.secs() > filed_second {
                // It had packets since it was filed, and its time is later than that.
                self.wheel.file(&mut self.slab, place, now.secs(), deadline.secs());
                continue;
            }
            self.counts.evicted += 1;
            self.end(place, EndReason::Evicted, now, false, out);
            return;
        }
    }

    fn end(&mut self, place: u32, reason: EndReason, at: Timestamp, filed: bool, out: &mut Vec<Ended>) {
        if filed {
            self.wheel.remove(&mut self.slab, place);
        }
        if self.slab.get(place).has(bit::INSPECTING) {
            self.decide(place);
        }
        let entry = *self.slab.get(place);
        let facts = match entry.has(bit::FACTS).then(|| self.extras.take(entry.extra)) {
            Some(Some(Extra::Facts(facts))) => Some(facts),
            _ => None,
        };
        if entry.has(bit::RTP) && entry.key.protocol() == ip_protocol::UDP {
            self.rtp.take(entry.handshake_us);
        }
        let mut quality = self.quality.take(entry.quality).unwrap_or_default();
        if quality.part > 0 {
            quality.part += 1;
        }
        let label = self.label(&entry);
        self.index.remove(self.hasher.hash(&entry.key), place);
        self.slab.clear(place);
        out.push(Ended { entry, quality, label, facts, reason, decided_at: at });
    }

    fn idle_reason(&self, place: u32) -> EndReason {
        match self.slab.get(place).state() {
            State::TimeWait => EndReason::Fin,
            State::Reset => EndReason::Rst,
            _ => EndReason::Idle,
        }
    }

    #[inline]
    fn deadline(&self, entry: &Entry) -> Timestamp {
        let t = &self.timeouts;
        let idle_ns = match (entry.key.protocol(), entry.state()) {
            (ip_protocol::TCP, state) => match state {
                // A new flow is filed before its first segment has told the state.
                State::New | State::SynSent | State::SynReceived | State::Closing | State::LastAck => {
                    t.tcp_half_open_ns
                }
                State::TimeWait | State::Reset => t.tcp_closed_ns,
                _ => t.tcp_established_ns,
            },
            (ip_protocol::UDP, State::Answered) => t.udp_ns,
            (ip_protocol::UDP, _) => t.udp_unanswered_ns,
            (ip_protocol::ICMP | ip_protocol::ICMPV6, _) => t.icmp_ns,
            _ => t.other_ns,
        };
        Timestamp(entry.last) + idle_ns
    }
}

/// Microseconds that wrap every 71 minutes: only differences of these mean anything.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "it is meant to wrap")]
fn wrapping_us(time: Timestamp) -> u32 {
    (time.nanos() / 1000) as u32
}

/// Which side of its flow sent this packet.
#[inline]
fn from_side(entry: &Entry, arrival: &Arrival) -> Who {
    if entry.has(bit::SRC_IS_LO) == arrival.from_lo { Who::Src } else { Who::Dst }
}

/// Whether the sender of a flow's first packet opened the flow.
///
/// A SYN+ACK answers. Without a handshake to go by, a packet from a service's port to a higher
/// one is an answer whose question was not seen.
fn sender_opens(packet: &Packet) -> bool {
    let (src, dst) = (packet.src_port, packet.dst_port);
    let from_service = src < 1024 && dst >= 1024 && src != 0;
    match packet.protocol {
        ip_protocol::TCP if packet.tcp_flags & flag::SYN != 0 => packet.tcp_flags & flag::ACK == 0,
        ip_protocol::TCP | ip_protocol::UDP => !from_service,
        _ => true,
    }
}

/// The mirror showed this very packet before: same identification, checksum and length from the
/// same side within moments. (A segment that is sent again has another identification; where the
/// identification is always 0, only payload tells a copy from an honest duplicate ACK.)
#[inline]
fn is_repeated(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) -> bool {
    const MOMENTS_US: u32 = 5_000;
    let side = &mut entry.sides[from];
    let id = (packet.ip_id & 0xffff) as u16;
    let len = (packet.payload_len & 0xffff) as u16;
    let same = side.ip_id == id && side.checksum == packet.checksum && side.last_len == len;
    let recent = if packet.protocol == ip_protocol::TCP { side.acked_at } else { side.next_at };
    let repeated = same
        && packet.checksum != 0
        && (id != 0 || (len > 0 && packet.protocol == ip_protocol::TCP))
        && entry.packets[from] > 1
        && now_us.wrapping_sub(recent) < MOMENTS_US;
    side.ip_id = id;
    side.checksum = packet.checksum;
    side.last_len = len;
    repeated
}
