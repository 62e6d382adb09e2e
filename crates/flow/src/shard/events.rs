//! What happens to flows while they are open, for those who judge what spans flows.

use std::net::IpAddr;

use dpi::Label;
use wire::tcp::flag;
use wire::{Flags, MacAddr, Timestamp, ip_protocol};

use super::Shard;
use crate::arrival::Arrival;
use crate::entry::Entry;
use crate::key::FlowKey;
use crate::pair::Who;
use crate::pool::Extra;
use crate::state::State;

/// Something that happened to one flow. Flows that nobody listens to make none.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// The flow.
    pub key: FlowKey,
    /// Address and port of the side that opened it.
    pub src: (IpAddr, u16),
    /// Address and port of the other side.
    pub dst: (IpAddr, u16),
    /// Link-layer addresses of its first packet, `[src, dst]`.
    pub macs: [Option<MacAddr>; 2],
    /// What happened.
    pub what: What,
}

/// What happened to a flow.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// Its first packet.
    Opened {
        /// That packet's TCP flags ([`wire::tcp::flag`]); 0 for other transports, and ACK, which
        /// most have, where the header was cut off.
        tcp_flags: u16,
        /// Bytes behind the transport header.
        payload_bytes: u32,
        /// ICMP type and code.
        icmp: [u8; 2],
        /// `src` sent it. Not so for a SYN+ACK whose SYN was not seen, or a service's answer.
        by_src: bool,
    },
    /// The other side took it up: SYN+ACK, or its first datagram.
    Answered,
    /// The handshake that began with a SYN is complete.
    Established,
    /// The side that is named sent an acceptable RST.
    Reset {
        /// The opener did.
        by_src: bool,
        /// Where the connection stood until then.
        from: State,
    },
    /// Its protocol is known, as far as it will ever be.
    Decided(Box<Decided>),
    /// One side has sent 64, 128, 256, 512 or another multiple of 1024 packets.
    Grew {
        /// Which side.
        by_src: bool,
        /// Packets it sent since it was last said so, the first one excepted.
        since: u32,
        /// Packets sent so far by `[src, dst]` in this part of the flow.
        packets: [u32; 2],
        /// Bytes, from the link header on.
        bytes: [u64; 2],
        /// When this part of the flow began.
        start: Timestamp,
        /// Where it stands.
        state: State,
        /// What it is, if that is known.
        protocol: Option<&'static str>,
        /// ICMP type and code of the packet that made it so many.
        icmp: [u8; 2],
    },
}

/// What was found out about a flow from its payload.
#[derive(Clone, PartialEq, Debug)]
pub struct Decided {
    /// The label.
    pub label: Label,
    /// The name that the client asked for.
    pub hostname: Option<Box<str>>,
    /// What its owner should know.
    pub risks: dpi::Risks,
}

/// From here on growth is told: below, flows are too many.
const FEWEST: u32 = 64;
/// Growth is told at powers of two up to here, then every so many packets.
const EVERY: u32 = 1024;

impl Shard {
    /// Tells from now on what happens to flows.
    pub fn listen(&mut self) {
        self.listened = true;
    }

    /// Takes what happened to flows since the last time.
    #[inline]
    pub fn take_events(&mut self, out: &mut Vec<Event>) {
        if !self.events.is_empty() {
            out.append(&mut self.events);
        }
    }

    #[cold]
    pub(super) fn tell_opened(&mut self, place: u32, arrival: &Arrival) {
        let entry = self.slab.get(place);
        let packet = &arrival.packet;
        let tcp = entry.is_tcp();
        let is_whole = packet.flags.has(Flags::TRANSPORT) && !packet.flags.has(Flags::CUT_TRANSPORT);
        let what = What::Opened {
            tcp_flags: match (tcp, is_whole) {
                (false, _) => 0,
                (true, true) => packet.tcp_flags,
                (true, false) => flag::ACK,
            },
            payload_bytes: packet.payload_len,
            icmp: if tcp { [0; 2] } else { entry.icmp() },
            by_src: super::sender(entry, arrival) == Who::Src,
        };
        self.events.push(event(entry, arrival.time, what));
    }

    /// The flow's state was `before`, and is another now.
    #[cold]
    pub(super) fn tell_state(&mut self, place: u32, from: Who, before: State, time: Timestamp) {
        let entry = self.slab.get(place);
        let what = match (before, entry.state()) {
            (State::SynSent, State::SynReceived) | (State::New, State::Answered) => What::Answered,
            (State::SynSent | State::SynReceived, State::Established) => What::Established,
            (before, State::Reset) => What::Reset { by_src: from == Who::Src, from: before },
            _ => return,
        };
        self.events.push(event(entry, time, what));
    }

    /// Called with every 64th packet of a side.
    #[cold]
    pub(super) fn tell_growth(&mut self, place: u32, from: Who, arrival: &Arrival) {
        let entry = self.slab.get(place);
        let sent = entry.packets[from];
        let since = if sent == FEWEST {
            FEWEST - 1
        } else if sent < EVERY && sent.is_power_of_two() {
            sent / 2
        } else if sent == EVERY {
            EVERY / 2
        } else if sent.is_multiple_of(EVERY) {
            EVERY
        } else {
            return;
        };
        let label = match self.extras.get(entry.extra) {
            Some(Extra::Inspecting(inspection)) => inspection.label(),
            _ => self.labels.get(entry.label),
        };
        let packet = &arrival.packet;
        let what = What::Grew {
            by_src: from == Who::Src,
            since,
            packets: entry.packets(),
            bytes: entry.bytes(),
            start: entry.start(),
            state: entry.state(),
            protocol: label.map(|label| label.protocol),
            icmp: match (entry.is_tcp(), packet.flags.has(Flags::TRANSPORT)) {
                (true, _) => [0; 2],
                (false, true) => [packet.icmp_type, packet.icmp_code],
                // A later fragment; what it belongs to was in the first.
                (false, false) => entry.icmp(),
            },
        };
        self.events.push(event(entry, arrival.time, what));
    }

    pub(super) fn tell_decided(&mut self, place: u32, label: Label) {
        let entry = self.slab.get(place);
        let facts = match self.extras.get(entry.extra) {
            Some(Extra::Facts(facts)) => Some(facts),
            _ => None,
        };
        let decided = Decided {
            label,
            hostname: facts.and_then(|facts| facts.hostname.clone()),
            risks: facts.map(|facts| facts.risks).unwrap_or_default(),
        };
        let time = entry.last();
        self.events.push(event(entry, time, What::Decided(Box::new(decided))));
    }
}

fn event(entry: &Entry, time: Timestamp, what: What) -> Event {
    Event { time, key: entry.key, src: entry.src(), dst: entry.dst(), macs: entry.macs(), what }
}

impl Event {
    /// It is TCP.
    pub fn is_tcp(&self) -> bool {
        self.key.protocol() == ip_protocol::TCP
    }

    /// It is UDP.
    pub fn is_udp(&self) -> bool {
        self.key.protocol() == ip_protocol::UDP
    }
}
