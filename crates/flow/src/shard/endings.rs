//! How flows end, and where long ones are cut.

use wire::Timestamp;
use wire::tcp::flag;

use super::{COMPARABLE_NS, Ended, Shard, sender, wrapping_us};
use crate::arrival::Arrival;
use crate::entry::bit;
use crate::pool::{Extra, Quality, quality};
use crate::state::EndReason;
use crate::tcp;

/// Flows that eviction looks at before it takes the one with the least time left.
const EVICTION_TRIES: usize = 64;

impl Shard {
    /// False if the flow at `place` is over, by its own time or because this SYN opens another.
    #[cold]
    pub(super) fn goes_on(&mut self, place: u32, arrival: &Arrival, out: &mut Vec<Ended>) -> bool {
        let deadline = self.deadline(place);
        let entry = self.slab.get_mut(place);
        if arrival.time > deadline {
            let reason = EndReason::of(entry.state(), EndReason::Idle);
            self.end(place, reason, deadline, true, out);
            return false;
        }
        let opens = entry.is_tcp() && arrival.packet.tcp_flags & flag::SYN != 0;
        if opens && tcp::reopens(entry, sender(entry, arrival), &arrival.packet) {
            self.end(place, EndReason::PortReuse, arrival.time, true, out);
            return false;
        }
        if entry.is_tcp() && arrival.time.since(Timestamp(entry.last)) >= COMPARABLE_NS {
            tcp::forget_times(entry, wrapping_us(arrival.time));
        }
        if entry.has(bit::CUT_DUE) {
            self.cut(place, arrival.time, out);
        }
        true
    }

    /// Ends one of [`Shard::open_flows`], because nothing more will come.
    pub fn close(&mut self, place: u32, now: Timestamp, out: &mut Vec<Ended>) {
        let entry = self.slab.get(place);
        if !entry.is_free() {
            let reason = EndReason::of(entry.state(), EndReason::EndOfCapture);
            self.end(place, reason, now, true, out);
        }
    }

    /// Makes room for one more flow.
    ///
    /// Newcomers that nobody answered go first. Then whose time runs out first: half-open,
    /// unanswered and closed flows have the shortest, established connections the longest.
    #[cold]
    pub(super) fn evict(&mut self, now: Timestamp, out: &mut Vec<Ended>) {
        while let Some(place) = self.newcomers.pop() {
            // Another flow may have the place by now: it is no older than this one.
            let entry = self.slab.get(place);
            if !entry.is_free() && (entry.is_unproven() || entry.state().is_over()) {
                self.counts.evicted += 1;
                self.end(place, EndReason::Evicted, now, true, out);
                return;
            }
        }
        self.evict_earliest(now, out);
    }

    fn evict_earliest(&mut self, now: Timestamp, out: &mut Vec<Ended>) {
        let mut put_back = [0; EVICTION_TRIES];
        let mut tried = 0;
        let mut goes: Option<(Timestamp, u32)> = None;
        for slot in &mut put_back {
            let Some((place, filed_second)) = self.wheel.pop_earliest(&mut self.slab) else { break };
            let deadline = self.deadline(place);
            *slot = place;
            tried += 1;
            if goes.is_none_or(|(earliest, _)| deadline < earliest) {
                goes = Some((deadline, place));
            }
            // Else it had packets since it was filed, and its time is later than that.
            if deadline.secs() <= filed_second {
                break;
            }
        }
        for place in put_back.into_iter().take(tried) {
            if goes.is_none_or(|(_, goes)| goes != place) {
                self.file(place, now.secs());
            }
        }
        if let Some((_, place)) = goes {
            self.counts.evicted += 1;
            self.end(place, EndReason::Evicted, now, false, out);
        }
    }

    /// Records what was counted so far and starts the next part; everything else is kept.
    #[cold]
    fn cut(&mut self, place: u32, now: Timestamp, out: &mut Vec<Ended>) {
        let entry = self.slab.get_mut(place);
        let copy = *entry;
        let whole = quality(&mut self.quality, &mut entry.quality);
        let first_start = if whole.part == 0 { copy.start } else { whole.first_start };
        let part = whole.part.saturating_add(1);
        let record = Quality { part, first_start, ..*whole };
        *whole = Quality { part, first_start, ..Quality::default() };
        entry.bits &= !bit::CUT_DUE;
        entry.start = now.nanos();
        entry.bytes.0 = [0; 2];
        entry.payload.0 = [0; 2];
        entry.packets.0 = [0; 2];
        if entry.is_tcp() {
            entry.rounds_or_media = 0;
        }
        let facts = match self.extras.get(copy.extra) {
            Some(Extra::Inspecting(inspection)) => Some(Box::new(inspection.facts().clone())),
            Some(Extra::Facts(facts)) => Some(facts.clone()),
            None => None,
        };
        let label = self.labels.get(copy.label);
        out.push(Ended {
            entry: copy,
            quality: record,
            label,
            facts,
            handshake: self.handshakes.get(copy.handshake()).copied(),
            reason: EndReason::Active,
            decided_at: now,
        });
        // It is filed under its idle time; its next part may be over before that.
        self.wheel.remove(&mut self.slab, place);
        self.file(place, now.secs());
    }

    /// Takes the flow at `place` out of the table; `filed` if it is still in the wheel.
    pub(super) fn end(
        &mut self,
        place: u32,
        reason: EndReason,
        at: Timestamp,
        filed: bool,
        out: &mut Vec<Ended>,
    ) {
        if filed {
            self.wheel.remove(&mut self.slab, place);
        }
        if self.slab.get(place).has(bit::INSPECT) {
            self.decide_at_end(place);
        }
        let entry = *self.slab.get(place);
        let facts = match self.extras.take(entry.extra) {
            Some(Extra::Facts(facts)) => Some(facts),
            _ => None,
        };
        if entry.has(bit::MEDIA) {
            self.media.take(entry.rounds_or_media);
        }
        let mut quality = self.quality.take(entry.quality).unwrap_or_default();
        if quality.part > 0 {
            quality.part = quality.part.saturating_add(1);
        }
        let label = self.labels.get(entry.label);
        self.index.remove(self.hasher.hash(&entry.key), place);
        self.slab.clear(place);
        let handshake = self.handshakes.get(entry.handshake()).copied();
        self.handshakes.give_back(entry.handshake());
        out.push(Ended { entry, quality, label, facts, handshake, reason, decided_at: at });
    }
}
