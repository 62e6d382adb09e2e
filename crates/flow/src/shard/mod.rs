//! A share of the flow table, and a packet's way through it.

mod deadlines;
mod endings;
mod events;
mod handshake;
mod inspect;
mod opening;

use std::net::IpAddr;

use dpi::{Announcement, Engine, Facts, Inspection, Label};
use wire::tcp::flag;
use wire::{Flags, Packet, Timestamp, ip_protocol};

use crate::SHARDS;
use crate::arrival::Arrival;
use crate::entry::{Entry, bit};
use crate::eviction::Newcomers;
use crate::index::Index;
use crate::key::{FlowKey, Hasher};
use crate::labels::Labels;
use crate::pair::Who;
use crate::pool::{Extra, NONE, Pool, Quality, quality};
use crate::rtp::Media;
use crate::settings::{Settings, Timeouts};
use crate::slab::{MOST_PLACES, Slab};
use crate::state::{EndReason, State};
use crate::wheel::Wheel;
use crate::{spacing, tcp};

pub use events::{Decided, Event, What};

/// A share of the flow table, by hash: its entries, their timers and what they borrow.
#[derive(Debug)]
pub struct Shard {
    hasher: Hasher,
    slab: Slab,
    index: Index,
    wheel: Wheel,
    newcomers: Newcomers,
    quality: Pool<Quality>,
    media: Pool<Media>,
    extras: Pool<Extra>,
    labels: Labels,
    handshakes: tcp::Handshakes,
    /// Boxed as they are in the pool, so that they come and go without a copy.
    #[allow(clippy::vec_box)]
    spare: Vec<Box<Inspection>>,
    scratch: Box<Inspection>,
    /// What flows said about others; taken after every batch.
    notices: Vec<Notice>,
    /// Somebody wants to know what happens to flows while they are open.
    listened: bool,
    /// What happened; taken after every batch.
    events: Vec<Event>,
    inspecting: usize,
    timeouts: Timeouts,
    /// The shortest of the timeouts: within it no flow is over, whatever it is.
    shortest_ns: u64,
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
    /// Handshakes whose look was not kept because too many look different.
    pub unremembered: u64,
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
    /// What its SYN and SYN+ACK looked like, if one was seen.
    pub handshake: Option<tcp::Handshake>,
    /// Why it ended.
    pub reason: EndReason,
    /// When that was certain, in packet time: records are ordered by it.
    pub decided_at: Timestamp,
}

/// What the payload of one flow says about flows to come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// When it was said.
    pub time: Timestamp,
    /// The flow that said it.
    pub key: FlowKey,
    /// Who opened that flow.
    pub src: IpAddr,
    /// The other side.
    pub dst: IpAddr,
    /// What was said.
    pub what: Announcement,
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

/// Times that wrap every 71 minutes can be compared over half of that.
const COMPARABLE_NS: u64 = (1 << 30) * 1000;

impl Shard {
    /// An empty shard that takes its part of what `settings` allow.
    ///
    /// `hasher` is the one that the arrivals were hashed with.
    pub fn new(settings: &Settings, hasher: Hasher) -> Self {
        let mut shard = Self {
            hasher,
            slab: Slab::default(),
            index: Index::new(),
            wheel: Wheel::new(),
            newcomers: Newcomers::default(),
            quality: Pool::default(),
            media: Pool::default(),
            extras: Pool::default(),
            labels: Labels::default(),
            handshakes: tcp::Handshakes::default(),
            spare: Vec::new(),
            scratch: Box::default(),
            notices: Vec::new(),
            listened: false,
            events: Vec::new(),
            inspecting: 0,
            timeouts: settings.timeouts,
            shortest_ns: 0,
            max_flows: 0,
            max_inspections: 0,
            counts: Counts::default(),
        };
        shard.configure(settings);
        shard
    }

    /// Other timeouts and bounds from now on.
    pub fn configure(&mut self, settings: &Settings) {
        if self.timeouts != settings.timeouts {
            self.timeouts = settings.timeouts;
            self.refile_all();
        }
        self.shortest_ns = settings.timeouts.shortest_ns().min(COMPARABLE_NS);
        self.max_flows = (settings.max_flows / SHARDS).clamp(1, MOST_PLACES);
        self.newcomers.bound_by(self.max_flows);
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

    /// Brings the entry of an arrival into the cache, before its turn comes, as far as the packet is
    /// going to need it: where it probably is, and a value that means nothing.
    #[inline]
    pub fn touch_entry(&self, arrival: &Arrival) -> (Guess, u32) {
        let Some(place) = self.index.guess(arrival.hash) else { return (Guess(NONE), 0) };
        let entry = self.slab.get(place);
        let mut lines = u32::from(entry.bits) ^ entry.stamp[Who::Src];
        if arrival.key.protocol() == ip_protocol::TCP {
            lines ^= entry.leg_us[Who::Src] ^ entry.wheel_next;
        }
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
        if let Some(place) = found
            && (self.plainly_goes_on(place, arrival) || self.goes_on(place, arrival, out))
        {
            self.count(place, arrival, block, dpi);
            return;
        }
        match self.open(arrival, block, dpi, out) {
            Some(place) => self.count(place, arrival, block, dpi),
            None => self.counts.refused += 1,
        }
    }

    /// Takes what flows said about others since the last time.
    #[inline]
    pub fn take_notices(&mut self, out: &mut Vec<Notice>) {
        if !self.notices.is_empty() {
            out.append(&mut self.notices);
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

    /// Looks at the flow of a key's hash, if it is open.
    pub fn view(&self, hash: u64, key: &crate::FlowKey) -> Option<View<'_>> {
        let place = self.index.find(hash, |place| self.slab.get(place).key == *key)?;
        let entry = self.slab.get(place);
        let (label, facts) = match self.extras.get(entry.extra) {
            Some(Extra::Inspecting(inspection)) => (inspection.label(), Some(inspection.facts())),
            Some(Extra::Facts(facts)) => (self.labels.get(entry.label), Some(&**facts)),
            None => (self.labels.get(entry.label), None),
        };
        let quality = self.quality.get(entry.quality).copied().unwrap_or_default();
        Some(View { entry, quality, label, facts })
    }

    /// Nothing speaks against it, at one look; [`Shard::goes_on`] looks closer.
    #[inline]
    fn plainly_goes_on(&self, place: u32, arrival: &Arrival) -> bool {
        let entry = self.slab.get(place);
        arrival.time.nanos().saturating_sub(entry.last) < self.shortest_ns
            && !entry.has(bit::CUT_DUE)
            && arrival.packet.tcp_flags & flag::SYN == 0
    }

    #[inline]
    fn count(&mut self, place: u32, arrival: &Arrival, block: &[u8], dpi: &Engine) {
        let packet = &arrival.packet;
        let entry = self.slab.get_mut(place);
        let from = sender(entry, arrival);
        entry.last = entry.last.max(arrival.time.nanos());
        entry.packets[from] = entry.packets[from].saturating_add(1);
        entry.bytes[from] = entry.bytes[from].saturating_add(packet.bytes.into());
        entry.payload[from] = entry.payload[from].saturating_add(packet.payload_len.into());
        if packet.flags.has(Flags::FRAGMENT) {
            count_fragments(entry, &mut self.quality, from, arrival);
        }
        let sent = entry.packets[from];
        let now_us = wrapping_us(arrival.time);
        let repeated = is_repeated(entry, from, packet, now_us);
        if repeated {
            let quality = quality(&mut self.quality, &mut entry.quality);
            quality.duplicates = quality.duplicates.saturating_add(1);
        }
        let has_transport = packet.flags.has(Flags::TRANSPORT) && !packet.flags.has(Flags::CUT_TRANSPORT);
        if packet.protocol != ip_protocol::TCP {
            let entry = if entry.packets[from.other()] > 0 && entry.state != State::Answered as u8 {
                self.answered(place, from, arrival.time);
                self.slab.get_mut(place)
            } else {
                entry
            };
            if !entry.has(bit::MEDIA) {
                spacing::datagram(entry, from, now_us);
            } else if !repeated {
                self.count_media(place, from, arrival, block, now_us);
            }
        } else if has_transport {
            // A mirror's copies are retransmissions to TCP analysis, as they are to Wireshark's;
            // next to the count of the duplicates everybody can tell what they are.
            let before = entry.state;
            tcp::segment(entry, &mut self.quality, from, packet, arrival.frame(block), now_us);
            if entry.state != before {
                self.refile_if_shorter(place, State::of(before), arrival.time);
                if self.listened {
                    self.tell_state(place, from, State::of(before), arrival.time);
                }
            }
            if packet.tcp_flags & flag::SYN != 0 {
                self.observe(place, from, arrival, block);
            }
        }
        if packet.payload_captured > 0 && has_transport && !repeated && self.slab.get(place).has(bit::INSPECT)
        {
            self.inspect(place, from, arrival, block, dpi);
        }
        if sent.is_multiple_of(64) && self.listened {
            self.tell_growth(place, from, arrival);
        }
    }

    /// The other side's first datagram.
    #[cold]
    fn answered(&mut self, place: u32, from: Who, time: Timestamp) {
        let entry = self.slab.get_mut(place);
        let before = entry.state();
        entry.state = State::Answered as u8;
        if self.listened {
            self.tell_state(place, from, before, time);
        }
    }

    /// A datagram of a flow that is RTP.
    #[inline(never)]
    fn count_media(&mut self, place: u32, from: Who, arrival: &Arrival, block: &[u8], now_us: u32) {
        let entry = self.slab.get_mut(place);
        let payload = arrival.packet.payload(arrival.frame(block));
        if let Some(media) = self.media.get_mut(entry.rounds_or_media) {
            let spacing = entry.spacing_mut();
            spacing.seen_at[from] = now_us;
            spacing.jitter_us[from] = media.datagram(from, payload, now_us);
        }
    }
}

/// Microseconds that wrap every 71 minutes: only differences of these mean anything.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "it is meant to wrap")]
fn wrapping_us(time: Timestamp) -> u32 {
    (time.nanos() / 1000) as u32
}

/// Who sent this packet of its flow.
#[inline]
fn sender(entry: &Entry, arrival: &Arrival) -> Who {
    if entry.has(bit::SRC_IS_LO) == arrival.from_lo { Who::Src } else { Who::Dst }
}

/// A fragment, and those of its datagram that came before it.
#[cold]
fn count_fragments(entry: &mut Entry, pool: &mut Pool<Quality>, from: Who, arrival: &Arrival) {
    entry.packets[from] = entry.packets[from].saturating_add(arrival.early_packets);
    entry.bytes[from] = entry.bytes[from].saturating_add(arrival.early_bytes.into());
    entry.payload[from] = entry.payload[from].saturating_add(arrival.early_payload.into());
    let quality = quality(pool, &mut entry.quality);
    quality.fragments = quality.fragments.saturating_add(1).saturating_add(arrival.early_packets);
}

/// The mirror showed this very packet before: same identification and checksum from the same side
/// within moments.
#[inline]
fn is_repeated(entry: &mut Entry, from: Who, packet: &Packet, now_us: u32) -> bool {
    let stamp = packet.ip_id << 16 | u32::from(packet.checksum);
    let same = entry.stamp[from] == stamp;
    entry.stamp[from] = stamp;
    same && is_copy(entry, from, packet, now_us)
}

/// A segment that is sent again has another identification; where the identification is always 0,
/// only payload tells a copy from an honest duplicate ACK.
#[cold]
fn is_copy(entry: &Entry, from: Who, packet: &Packet, now_us: u32) -> bool {
    const MOMENTS_US: u32 = 5_000;
    let tcp = packet.protocol == ip_protocol::TCP;
    let last_us = if !tcp {
        entry.spacing().seen_at[from]
    } else if packet.tcp_flags & flag::ACK != 0 {
        entry.sides[from].acked_at
    } else {
        entry.sides[from].next_at
    };
    let telling = packet.ip_id & 0xffff != 0 || tcp && packet.payload_len > 0;
    packet.checksum != 0 && telling && entry.packets[from] > 1 && now_us.wrapping_sub(last_us) < MOMENTS_US
}
