//! Payload on its way to the recognition of protocols.

use dpi::{Engine, Progress, Segment};
use wire::tcp::flag;
use wire::{Packet, ip_protocol};

use super::{Notice, Shard};
use crate::arrival::Arrival;
use crate::entry::{Entry, bit};
use crate::history::event;
use crate::pair::{Pair, Who};
use crate::pool::{Extra, NONE};
use crate::rtp::Media;

/// Inspections that are kept for reuse.
const SPARE: usize = 256;

impl Shard {
    #[inline(never)]
    pub(super) fn inspect(&mut self, place: u32, from: Who, arrival: &Arrival, block: &[u8], dpi: &Engine) {
        let entry = self.slab.get_mut(place);
        let segment = Segment { lookups: self.listened, ..segment(entry, from, arrival, block) };
        let inspecting = matches!(self.extras.get(entry.extra), Some(Extra::Inspecting(_)));
        let inspection = match self.extras.get_mut(entry.extra) {
            Some(Extra::Inspecting(inspection)) => inspection,
            _ => &mut self.scratch,
        };
        if !inspecting && entry.is_tcp() {
            // Where the streams begin is known from the SYNs, in whatever order payload comes.
            for who in [Who::Src, Who::Dst] {
                if entry.sides[who].has_seen(event::SYN) {
                    inspection.begins(who == Who::Src, entry.base[who].wrapping_add(1));
                }
            }
        }
        let full = self.inspecting >= self.max_inspections;
        let progress = dpi.inspect(inspection, &segment);
        if inspection.has_announcements() {
            let (src, dst) = (entry.src().0, entry.dst().0);
            let notice = |what| Notice { time: arrival.time, key: entry.key, src, dst, what };
            self.notices.extend(inspection.take_announcements().into_iter().map(notice));
        }
        match progress {
            Progress::More if inspecting => {}
            Progress::More if !full => {
                let fresh = self.spare.pop().unwrap_or_default();
                let inspection = std::mem::replace(&mut self.scratch, fresh);
                entry.extra = self.extras.put(Extra::Inspecting(inspection));
                self.inspecting += 1;
            }
            Progress::More => {
                self.counts.uninspected += 1;
                self.decide(place);
            }
            Progress::Done => self.decide(place),
        }
    }

    /// Labels a flow that ends while it is looked at.
    pub(super) fn decide_at_end(&mut self, place: u32) {
        let entry = self.slab.get(place);
        // Without an inspection nobody has seen a payload of it.
        if self.extras.get(entry.extra).is_some() {
            self.decide(place);
        }
    }

    /// Labels a flow for good and gives its inspection back.
    fn decide(&mut self, place: u32) {
        let entry = self.slab.get_mut(place);
        let mut taken = None;
        if let Some(Extra::Inspecting(inspection)) = self.extras.take(entry.extra) {
            self.inspecting -= 1;
            taken = Some(inspection);
        }
        let inspection = taken.as_mut().unwrap_or(&mut self.scratch);
        let (label, facts) = (inspection.label(), inspection.take_facts());
        inspection.reset();
        if let Some(inspection) = taken.filter(|_| self.spare.len() < SPARE) {
            self.spare.push(inspection);
        }
        entry.bits &= !bit::INSPECT;
        entry.extra = facts.map_or(NONE, |facts| self.extras.put(Extra::Facts(facts)));
        if let Some(label) = label {
            entry.label = self.labels.number(label);
            if label.protocol == "rtp" && entry.key.protocol() == ip_protocol::UDP {
                entry.bits |= bit::MEDIA;
                entry.rounds_or_media = self.media.put(Media::default());
                // What it was by the packets' spacing says less than RTP's own will.
                entry.spacing_mut().jitter_us = Pair::default();
            }
            if self.listened {
                self.tell_decided(place, label);
            }
        }
    }
}

/// One packet's payload, as its flow sees it.
fn segment<'a>(entry: &Entry, from: Who, arrival: &Arrival, block: &'a [u8]) -> Segment<'a> {
    let packet: &Packet = &arrival.packet;
    let (src_port, dst_port) = match from {
        Who::Src => (packet.src_port, packet.dst_port),
        Who::Dst => (packet.dst_port, packet.src_port),
    };
    let syn = u32::from(packet.tcp_flags & flag::SYN != 0);
    Segment {
        transport: packet.protocol,
        src_port,
        dst_port,
        from_src: from == Who::Src,
        seq: packet.seq.wrapping_add(syn),
        from_start: entry.has(bit::FROM_START),
        payload: packet.payload(arrival.frame(block)),
        payload_len: packet.payload_len,
        time: arrival.time,
        lookups: false,
    }
}
