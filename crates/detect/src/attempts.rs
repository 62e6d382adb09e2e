//! What became of attempts to reach a port or a host: accepted, refused, or nothing came back.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use flow::{Event, State, What};
use wire::tcp::flag;
use wire::{MacAddr, Timestamp, ip_protocol};

use crate::happening::{Frame, Seen};

/// An attempt to reach a port, or a host by an echo request, and what became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// When that was certain.
    pub time: Timestamp,
    /// When it was made.
    pub made: Timestamp,
    /// Address and port of who made it.
    pub src: (IpAddr, u16),
    /// Address and port that it went to.
    pub dst: (IpAddr, u16),
    /// Link-layer addresses of its packet, `[src, dst]`.
    pub macs: [Option<MacAddr>; 2],
    /// TCP, UDP, or ICMP for an echo request; that has no ports.
    pub protocol: u8,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It was answered. May come after [`Outcome::Silent`].
    Accepted,
    /// A RST, or ICMP's word that nobody is there.
    Refused,
    /// Nothing came back for three seconds.
    Silent,
}

/// A SYN is sent again after one second (RFC 6298 s2), and after three everybody's round trip is over.
const PATIENCE_NS: u64 = 3_000_000_000;
/// Attempts that are waited for; beyond, the oldest are taken for silent early.
const MOST: usize = 65_536;

type Key = ((IpAddr, u16), (IpAddr, u16), u8);

/// The attempts that are waited for.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    waiting: BTreeMap<Key, (Timestamp, [Option<MacAddr>; 2])>,
    order: VecDeque<(Timestamp, Key)>,
}

impl Attempts {
    /// Takes in what happened to a flow.
    pub(crate) fn flow(&mut self, event: &Event, out: &mut Vec<Attempt>) {
        let protocol = event.key.protocol();
        match event.what {
            What::Opened { tcp_flags, by_src: true, icmp: [icmp, _], .. } => {
                let opens = match protocol {
                    ip_protocol::TCP => tcp_flags & (flag::SYN | flag::ACK | flag::RST) == flag::SYN,
                    ip_protocol::UDP => !is_group(event.dst.0),
                    ip_protocol::ICMP => icmp == wire::icmp::kind::ECHO_REQUEST && !is_group(event.dst.0),
                    ip_protocol::ICMPV6 => icmp == wire::icmpv6::kind::ECHO_REQUEST && !is_group(event.dst.0),
                    _ => false,
                };
                if opens {
                    self.wait(event, protocol, out);
                }
            }
            What::Answered => {
                let made = self.waiting.remove(&key(event)).map_or(event.time, |(made, _)| made);
                out.push(attempt(&key(event), event.time, made, event.macs, Outcome::Accepted));
            }
            What::Reset { by_src: false, from: State::SynSent } => {
                if let Some((made, macs)) = self.waiting.remove(&key(event)) {
                    out.push(attempt(&key(event), event.time, made, macs, Outcome::Refused));
                }
            }
            _ => {}
        }
    }

    /// Takes in what was seen in a frame.
    pub(crate) fn frame(&mut self, frame: &Frame, out: &mut Vec<Attempt>) {
        if let Seen::Unreachable { src, dst, protocol, .. } = frame.seen {
            let key = (src, dst, protocol);
            if let Some((made, macs)) = self.waiting.remove(&key) {
                out.push(attempt(&key, frame.time, made, macs, Outcome::Refused));
            }
        }
    }

    /// Packet time has come to `now`.
    pub(crate) fn advance(&mut self, now: Timestamp, out: &mut Vec<Attempt>) {
        while let Some(&(made, key)) = self.order.front() {
            let due = made + PATIENCE_NS;
            if due > now {
                return;
            }
            self.order.pop_front();
            self.give_up(&key, made, due, out);
        }
    }

    /// When the next one is given up.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.order.front().map(|(made, _)| *made + PATIENCE_NS)
    }

    fn wait(&mut self, event: &Event, protocol: u8, out: &mut Vec<Attempt>) {
        let key = (event.src, event.dst, protocol);
        self.waiting.insert(key, (event.time, event.macs));
        self.order.push_back((event.time, key));
        if self.order.len() > MOST
            && let Some((made, key)) = self.order.pop_front()
        {
            self.give_up(&key, made, event.time, out);
        }
    }

    fn give_up(&mut self, key: &Key, made: Timestamp, at: Timestamp, out: &mut Vec<Attempt>) {
        // Else it has come to something, or was made anew since.
        if let Some((_, macs)) = self.waiting.get(key).copied().filter(|(latest, _)| *latest == made) {
            self.waiting.remove(key);
            out.push(attempt(key, at, made, macs, Outcome::Silent));
        }
    }
}

fn key(event: &Event) -> Key {
    (event.src, event.dst, event.key.protocol())
}

fn attempt(
    key: &Key,
    time: Timestamp,
    made: Timestamp,
    macs: [Option<MacAddr>; 2],
    outcome: Outcome,
) -> Attempt {
    let (src, dst, protocol) = *key;
    Attempt { time, made, src, dst, macs, protocol, outcome }
}

/// Nobody answers for a group.
pub(crate) fn is_group(ip: IpAddr) -> bool {
    match ip {
        // Of a subnet's broadcast address only the common form can be told without its mask.
        IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast() || ip.octets()[3] == 255,
        IpAddr::V6(ip) => ip.is_multicast(),
    }
}
