use std::collections::BTreeSet;
use std::sync::LazyLock;

use wire::{Timestamp, ip_protocol};

use crate::applications::{Application, Applications};
use crate::candidates::{Index, Set};
use crate::case::Case;
use crate::facts::Facts;
use crate::inspection::{Buffers, Inspection, Side};
use crate::label::{Confidence, Label};
use crate::protocol::{DEEP, Glimpse, Look, SHALLOW, Transport};
use crate::registry::PROTOCOLS;
use crate::stream::Stream;
use crate::user::{Pattern, UserProtocol, UserProtocols};
use crate::{portless, ports};

/// The registry of protocols and what the configuration adds. Immutable; workers share it.
#[derive(Debug)]
pub struct Engine {
    index: Index,
    /// Absent for the built-in list, which is read when somebody first asks.
    applications: Option<Applications>,
    user: UserProtocols,
}

/// What the configuration adds.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Protocols of its own; they are asked before the built-in ones.
    pub protocols: Vec<UserProtocol>,
    /// Text of a file like `data/applications.toml`, which goes over the built-in list.
    pub applications: Option<String>,
}

/// The built-in list, read once.
static APPLICATIONS: LazyLock<Applications> = LazyLock::new(|| Applications::new(None).unwrap_or_default());

/// One packet's payload, seen from its flow.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// IP protocol.
    pub transport: u8,
    /// Port of the side that opened the flow.
    pub src_port: u16,
    /// Port of the other side.
    pub dst_port: u16,
    /// Sent by the side that opened the flow.
    pub from_src: bool,
    /// TCP sequence number of the first payload byte.
    pub seq: u32,
    /// The flow's TCP handshake was seen, so the first byte of a stream is known to be the first.
    pub from_start: bool,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Payload length by the headers.
    pub payload_len: u32,
    /// When.
    pub time: Timestamp,
    /// Somebody wants to hear of every DNS message ([`Announcement::Lookup`](crate::Announcement)).
    pub lookups: bool,
}

/// Whether a flow needs more looking at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Hand over the next payload too.
    More,
    /// Nothing more will be learnt: take label and facts, give the inspection back.
    Done,
}

/// Payloads of one direction after which a flow without a label is given up ...
const MAX_PACKETS: u16 = 8;

/// ... if they carried this many bytes: a line typed by hand has a payload for every key.
const MIN_BYTES: usize = 64;

/// Payloads of one direction after which a flow is given up whatever they carried, and how many
/// of one that has said enough may pass while the other one's answer is awaited.
const MAX_TINY_PACKETS: u16 = 64;

/// Payloads from which the rest of a message is collected once its protocol is known. A hello
/// cut into single bytes, as is done to slip past monitors, has about 1,800.
const MAX_PACKETS_OF_MESSAGE: u16 = 4096;

impl Default for Engine {
    fn default() -> Self {
        Self { index: Index::new(PROTOCOLS), applications: None, user: UserProtocols::default() }
    }
}

impl Engine {
    /// With what the configuration adds, or what is wrong with that.
    pub fn new(rules: Rules) -> Result<Self, String> {
        let applications = rules.applications.map(|own| Applications::new(Some(&own))).transpose()?;
        let user = UserProtocols::new(rules.protocols);
        Ok(Self { applications, user, ..Self::default() })
    }

    /// Names of the protocols that are built in.
    pub fn protocols() -> impl Iterator<Item = &'static str> {
        PROTOCOLS.iter().map(|protocol| protocol.name)
    }

    /// Every port that is some protocol's, sorted.
    pub fn usual_ports() -> &'static [u16] {
        static PORTS: LazyLock<Vec<u16>> = LazyLock::new(|| {
            let all: BTreeSet<u16> = PROTOCOLS.iter().flat_map(|known| known.ports).copied().collect();
            all.into_iter().collect()
        });
        &PORTS
    }

    /// Looks at one more payload (never empty).
    pub fn inspect(&self, state: &mut Inspection, segment: &Segment<'_>) -> Progress {
        match (segment.transport, segment.payload.first()) {
            (ip_protocol::TCP, Some(_)) => self.inspect_tcp(state, segment),
            (ip_protocol::UDP, Some(_)) => self.inspect_udp(state, segment),
            (_, Some(_)) => Progress::Done,
            (_, None) => Progress::More,
        }
    }

    /// The label of a flow that another flow announced to carry this protocol.
    pub fn announced(&self, protocol: &str) -> Option<Label> {
        let found = PROTOCOLS.iter().find(|known| known.name == protocol)?;
        Some(Label {
            protocol: found.name,
            category: found.category,
            encrypted: found.encrypted,
            confidence: Confidence::Likely,
            evidence: "its endpoint was announced on another flow",
        })
    }

    /// The label of a flow whose IP protocol has no ports (ICMP, OSPF ...): what its header says.
    pub fn portless(&self, protocol: u8) -> Option<Label> {
        portless::label(protocol)
    }

    /// The service usually found at a port, as a hint and never as a label.
    pub fn port_hint(&self, transport: u8, port: u16) -> Option<&'static str> {
        let own = matches!(transport, ip_protocol::TCP | ip_protocol::UDP)
            .then(|| self.user.at_port(transport == ip_protocol::TCP, port));
        own.flatten().or_else(|| ports::service(transport, port))
    }

    /// The label of flows to a host that the configuration gives a protocol of its own.
    pub fn of_host(&self, host: &str) -> Option<Label> {
        self.user.of_host(host)
    }

    /// What runs on a flow: told by its host name, what it said of itself, or its certificate.
    pub fn application(&self, hostname: Option<&str>, facts: Option<&Facts>) -> Option<Application> {
        let known = self.applications.as_ref().unwrap_or(&APPLICATIONS);
        let tls = facts.and_then(|facts| facts.tls.as_deref());
        let agent = || facts?.http.as_deref()?.user_agent.as_deref();
        hostname
            .and_then(|host| known.of_host(host))
            .or_else(|| known.of_user_agent(agent()?))
            .or_else(|| known.of_alpn(tls?.alpn.as_deref()?))
    }

    /// A protocol with ports of its own is at none of them, but at a well-known one of another
    /// service.
    pub fn is_at_unusual_port(&self, label: &Label, transport: u8, ports: [u16; 2]) -> bool {
        let Some(known) = PROTOCOLS.iter().find(|known| known.name == label.protocol) else { return false };
        let [dst, src] = ports;
        let foreign = |port: u16| (1..1024).contains(&port) && ports::service(transport, port).is_some();
        let home = |port: u16| known.ports.contains(&port);
        label.confidence == Confidence::Proven
            && !known.ports.is_empty()
            && !home(dst)
            && !home(src)
            && foreign(dst)
    }

    /// Every datagram is looked at by itself; of those before it only the first bytes are known.
    fn inspect_udp(&self, state: &mut Inspection, segment: &Segment<'_>) -> Progress {
        self.narrow(state, segment, Transport::Udp, segment.payload);
        let side = state.side(segment.from_src);
        side.packets = side.packets.saturating_add(1);
        if !side.settled && state.case.is_open() {
            let earlier = state.buffers.as_ref().map_or(&[][..], |buffers| &buffers.glimpses);
            let look =
                Look { cut: is_cut(segment), earlier, ..look(segment, Transport::Udp, segment.payload) };
            let settled = self.consult(&mut state.case, &look);
            let (labelled, every) = (state.case.label.is_some(), state.case.every);
            let remembers = !every || state.case.has_heirs();
            let side = state.side(segment.from_src);
            if !labelled && side.packets >= MAX_PACKETS {
                state.case.candidates = Set::EMPTY;
                return Progress::Done;
            }
            side.settle(settled || (!every && side.packets >= MAX_TINY_PACKETS));
            // Whoever wants every datagram has seen those before: DNS flows need no memory for them.
            if remembers && !side.settled && state.case.is_open() {
                let glimpses = &mut state.buffers.get_or_insert_default().glimpses;
                if glimpses.len() < Buffers::MAX_GLIMPSES {
                    glimpses.push(Glimpse::new(segment.from_src, segment.payload));
                }
            }
        }
        progress(state, segment.from_src)
    }

    /// The direction's bytes are looked at in order, from the first one that was seen.
    fn inspect_tcp(&self, state: &mut Inspection, segment: &Segment<'_>) -> Progress {
        let side = state.side(segment.from_src);
        side.packets = side.packets.saturating_add(1);
        if side.settled {
            return progress(state, segment.from_src);
        }
        let begin = *side.begin.get_or_insert(segment.seq);
        let Some((position, payload)) = place(begin, segment) else {
            return progress(state, segment.from_src);
        };
        let kept = state.buffers.as_mut().map(|buffers| buffers.stream(segment.from_src));
        let nothing_kept = kept.is_none_or(|stream| {
            if position == 0 && !stream.head().is_empty() && is_padding(stream.head()) && !is_padding(payload)
            {
                stream.clear();
            }
            stream.is_empty()
        });
        if position == 0 && nothing_kept && !is_padding(payload) {
            self.look_in_place(state, segment, payload);
        } else {
            let mut buffers = state.buffers.take().unwrap_or_default();
            self.put_in_order(state, segment, position, payload, &mut buffers);
            state.buffers = Some(buffers);
        }
        progress(state, segment.from_src)
    }

    /// Looks at the beginning of a stream where it lies, and copies only what has to wait.
    fn look_in_place(&self, state: &mut Inspection, segment: &Segment<'_>, payload: &[u8]) {
        self.narrow(state, segment, Transport::Tcp, payload);
        let limit = self.limit(state);
        let bytes = payload.get(..limit).unwrap_or(payload);
        let buffers = state.buffers.take();
        let other = buffers.as_ref().map_or(&[][..], |buffers| buffers.head(!segment.from_src));
        self.ask(state, segment, bytes, other, is_cut(segment) || bytes.len() >= limit);
        state.buffers = buffers;
        if !state.side(segment.from_src).settled && state.case.is_open() {
            state.buffers.get_or_insert_default().stream(segment.from_src).fill(0, bytes, limit);
        }
    }

    fn put_in_order(
        &self,
        state: &mut Inspection,
        segment: &Segment<'_>,
        position: usize,
        payload: &[u8],
        buffers: &mut Buffers,
    ) {
        let limit = self.limit(state);
        let (stream, other) = buffers.both(segment.from_src);
        let other = other.head();
        let known = stream.head().len();
        stream.fill(position, payload, limit);
        let labelled = state.case.label.is_some();
        let side = state.side(segment.from_src);
        if is_cut(segment) {
            let end = position.saturating_add(payload.len()).min(limit);
            side.end = Some(side.end.map_or(end, |known| known.min(end)));
        }
        let head = stream.head();
        let spent = is_spent(side, stream, labelled);
        let ended = head.len() >= side.end.unwrap_or(limit);
        if head.is_empty() && spent {
            // The beginning was lost: what is there of the stream may still say something.
            let piece = stream.first_piece();
            self.narrow(state, segment, Transport::Tcp, piece);
            self.ask(state, segment, piece, other, true);
        } else if (head.len() > known && !is_padding(head)) || spent {
            self.narrow(state, segment, Transport::Tcp, head);
            self.ask(state, segment, head, other, spent || ended);
        }
        if state.side(segment.from_src).settled {
            stream.clear();
        }
    }

    /// Asks about a direction's bytes; `last` if there will be no more of them.
    fn ask(&self, state: &mut Inspection, segment: &Segment<'_>, bytes: &[u8], other: &[u8], last: bool) {
        if !state.case.is_open() {
            return;
        }
        let look = Look { cut: last, other, ..look(segment, Transport::Tcp, bytes) };
        let settled = !bytes.is_empty() && self.consult(&mut state.case, &look);
        state.side(segment.from_src).settle(settled || last);
    }

    /// Asks the user's protocols, then the built-in ones. True if nothing more of this direction
    /// is needed.
    fn consult(&self, case: &mut Case, look: &Look<'_>) -> bool {
        if case.user {
            if let Some(label) = self.user.ask(look) {
                (case.label, case.candidates, case.user) = (Some(label), Set::EMPTY, false);
                return true;
            }
            case.user = !look.cut && (look.transport == Transport::Udp || look.bytes.len() < Pattern::WITHIN);
        }
        let settled = case.ask(&self.index, look);
        case.user &= case.label.is_none();
        settled
    }

    /// How much of each direction's stream is looked at.
    fn limit(&self, state: &Inspection) -> usize {
        let undecided = !state.sides.iter().any(|side| side.narrowed);
        if undecided || self.index.any_deep(state.case.candidates) { DEEP } else { SHALLOW }
    }

    /// Chooses candidates by the first byte of each direction, and of each datagram.
    fn narrow(&self, state: &mut Inspection, segment: &Segment<'_>, transport: Transport, bytes: &[u8]) {
        let Some(first) = bytes.first() else { return };
        let fresh = !state.sides.iter().any(|side| side.narrowed);
        let side = state.side(segment.from_src);
        let known = std::mem::replace(&mut side.narrowed, true) && transport == Transport::Tcp;
        let starting = || self.index.starting(transport, (segment.src_port, segment.dst_port), *first);
        if fresh {
            state.case.candidates = starting();
            state.case.user = self.user.may_be(transport, (segment.src_port, segment.dst_port));
        } else if state.case.label.is_none() && !known {
            state.case.candidates = state.case.candidates.and(starting());
        }
    }
}

fn look<'a>(segment: &Segment<'_>, transport: Transport, bytes: &'a [u8]) -> Look<'a> {
    Look {
        transport,
        ports: (segment.src_port, segment.dst_port),
        from_src: segment.from_src,
        bytes,
        cut: false,
        hinted: false,
        other: &[],
        earlier: &[],
        time: segment.time,
        lookups: segment.lookups,
    }
}

/// Where a segment lies in its stream, and the part of it that does.
fn place<'a>(begin: u32, segment: &Segment<'a>) -> Option<(usize, &'a [u8])> {
    // RFC 9293 s3.4: sequence numbers are compared modulo 2^32, half of them lie before.
    let distance = segment.seq.wrapping_sub(begin);
    if distance < 1 << 31 {
        return Some((usize::try_from(distance).ok()?, segment.payload));
    }
    // A keep-alive (RFC 9293 s3.8.4) or an old segment sent again in one with new bytes.
    let before = usize::try_from(begin.wrapping_sub(segment.seq)).ok()?;
    segment.payload.get(before..).filter(|rest| !rest.is_empty()).map(|rest| (0, rest))
}

/// Some senders count the padding of a 60-byte frame as payload, and what belongs there comes
/// after it. It is kept, but not looked at until it is known to be more than that.
fn is_padding(payload: &[u8]) -> bool {
    payload.len() <= 6 && payload.iter().all(|byte| *byte == 0)
}

/// The capture does not have all of the payload.
fn is_cut(segment: &Segment<'_>) -> bool {
    u32::try_from(segment.payload.len()).is_ok_and(|captured| captured < segment.payload_len)
}

/// A direction has had its allowance.
fn is_spent(side: &Side, stream: &Stream, labelled: bool) -> bool {
    let head = stream.head().len();
    match labelled {
        true => side.packets >= if stream.has_gap() { MAX_TINY_PACKETS } else { MAX_PACKETS_OF_MESSAGE },
        false if head == 0 || head >= MIN_BYTES => side.packets >= MAX_PACKETS,
        false => side.packets >= MAX_TINY_PACKETS,
    }
}

fn progress(state: &Inspection, from_src: bool) -> Progress {
    let [src, dst] = &state.sides;
    let side = if from_src { src } else { dst };
    if ((src.narrowed || dst.narrowed) && !state.case.is_open())
        || (src.settled && dst.settled)
        || (side.settled && side.packets >= MAX_TINY_PACKETS)
    {
        Progress::Done
    } else {
        Progress::More
    }
}

#[cfg(test)]
mod tests;
