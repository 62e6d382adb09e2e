//! Data carried in echo messages.

use std::collections::VecDeque;
use std::net::IpAddr;

use model::Severity;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::happening::Seen;
use crate::repeat::Repeat;
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "icmp-tunnel",
    title: "Data in echo messages",
    severity: Severity::High,
    mitre: &["T1095", "T1048.003"],
    about: "Echo messages (ping) between two hosts whose payload is not the pattern that ping fills in: as random as \
            ciphertext, different each time, or answered with something else than was sent, which RFC 792 and RFC 4443 \
            s4.2 forbid.",
    harmless: "a monitoring product with payloads of its own, though those are answered with the same.",
    next: "look at both hosts for a tunnel program (ptunnel, icmpsh, hans ...); echo messages that leave the network may \
           be limited in size at the firewall.",
    thresholds: &[
        Threshold {
            name: "messages",
            default: Setting::Count(20),
            range: (3.0, 1e6),
            about: "messages with data within ten minutes",
        },
        Threshold {
            name: "altered",
            default: Setting::Count(5),
            range: (2.0, 1e6),
            about: "replies that do not repeat their request",
        },
        Threshold {
            name: "bytes",
            default: Setting::Bytes(1500),
            range: (100.0, 1e9),
            about: "bytes of such payload, at least",
        },
    ],
    sees: &[Kind::Frame],
    new: || Box::new(IcmpTunnel::default()),
};

const MESSAGES: usize = 0;
const ALTERED: usize = 1;
const BYTES: usize = 2;

const MOST_PAIRS: usize = 16_384;
const WINDOW_NS: u64 = 600_000_000_000;
/// Requests whose reply may still come, and payloads that are known.
const REMEMBERED: usize = 64;

/// Whoever asks, and whoever answers.
type Key = (IpAddr, IpAddr);

#[derive(Debug)]
struct IcmpTunnel {
    pairs: Table<Key, Pair>,
}

#[derive(Debug, Default)]
struct Pair {
    /// Digests of the latest payloads of requests.
    asked: VecDeque<u64>,
    since: Timestamp,
    last: Timestamp,
    /// Dense payloads that were not seen before.
    dense: u64,
    /// Payloads that were not seen before and are no pattern.
    fresh: u64,
    messages: u64,
    altered: u64,
    bytes: u64,
    mac: Option<MacAddr>,
    found: bool,
    repeat: Repeat,
}

impl Default for IcmpTunnel {
    fn default() -> Self {
        Self { pairs: Table::new(MOST_PAIRS) }
    }
}

impl Detector for IcmpTunnel {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Frame(frame) = sight else { return };
        let Seen::Echo { src, dst, request, payload_bytes, digest, dense, .. } = frame.seen else { return };
        let key = if request { (src, dst) } else { (dst, src) };
        let now = desk.now;
        let Some(pair) = self.pairs.at(&key, now) else { return };
        if now.since(pair.since) >= WINDOW_NS && !pair.found || pair.since == Timestamp(0) {
            *pair = Pair { since: now, ..Pair::default() };
        }
        pair.last = now;
        if request {
            pair.mac = pair.mac.or(frame.macs[0]);
        }
        pair.messages += 1;
        let repeated = pair.asked.contains(&digest);
        if !repeated {
            pair.bytes += u64::from(payload_bytes);
            pair.fresh += 1;
            pair.dense += u64::from(dense);
            // A reply to a request that was not seen says nothing.
            pair.altered += u64::from(!request && !pair.asked.is_empty());
        }
        if request && !repeated {
            if pair.asked.len() >= REMEMBERED {
                pair.asked.pop_front();
            }
            pair.asked.push_back(digest);
        }
        let actor = Actor { ip: Some(key.0), mac: pair.mac };
        let carried = pair.bytes >= desk.count(BYTES, actor);
        let ciphertext = pair.dense >= desk.count(MESSAGES, actor);
        let talk = pair.altered >= desk.count(ALTERED, actor);
        // Readable data, each time other: more of it is needed to be sure.
        let data = pair.fresh >= 2 * desk.count(MESSAGES, actor) && pair.fresh * 3 >= pair.messages;
        pair.found |= carried && (ciphertext || talk || data);
        if pair.found && pair.repeat.more(now) {
            let report = pair.report(key, desk);
            desk.report(report);
        }
        if pair.fresh >= 3 {
            self.pairs.prove(&key);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (key, pair) in self.pairs.iter_mut() {
            if pair.repeat.take_pending(now) {
                let report = pair.report(*key, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.pairs.expire(now, WINDOW_NS);
        }
    }

    fn load(&self) -> (usize, u64) {
        self.pairs.load()
    }
}

impl Pair {
    fn report(&self, (asker, answerer): Key, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(asker), mac: self.mac };
        Report {
            actor,
            target: Some(Actor::ip(answerer)),
            about: answerer.to_string(),
            count: self.fresh,
            first: self.since,
            last: self.last,
            title: format!("carries data in pings to {answerer}: {} bytes so far", self.bytes),
            measured: format!(
                "{} echo messages with {} bytes that are no ping's pattern within {:.0} s, {} of them as random as \
                 ciphertext, and {} replies that do not repeat their request; the limits are {} and {}.",
                self.fresh,
                self.bytes,
                self.last.since(self.since) as f64 / 1e9,
                self.dense,
                self.altered,
                desk.count(MESSAGES, actor),
                desk.count(ALTERED, actor),
            ),
            evidence: vec![
                ("messages", self.fresh.into()),
                ("bytes", self.bytes.into()),
                ("random_payloads", self.dense.into()),
                ("altered_replies", self.altered.into()),
            ],
            protocol: Some(if asker.is_ipv4() { "icmp" } else { "icmpv6" }),
            ..Report::default()
        }
    }
}
