//! What a capture holds, in numbers.

use std::collections::HashMap;
use std::net::IpAddr;

use engine::{FlowSink, Totals};
use flow::Ended;
use model::{Share, Summary, rfc3339};

/// Adds flows up by protocol and by address.
#[derive(Default)]
pub(super) struct Tally {
    protocols: HashMap<&'static str, Share>,
    talkers: HashMap<IpAddr, Share>,
    other_talkers: Share,
}

/// Addresses that are told apart; those that come when it is full are added up together.
const MAX_TALKERS: usize = 100_000;
/// Rows of each list.
const ROWS: usize = 1000;

impl FlowSink for Tally {
    fn wants_flows(&self) -> bool {
        true
    }

    fn flow(&mut self, ended: &Ended) {
        let label = ended.label.filter(|l| l.confidence > dpi::Confidence::Port);
        let protocol = label.map_or("unknown", |l| l.protocol);
        let packets = ended.entry.packets().iter().copied().map(u64::from).sum();
        let bytes = ended.entry.bytes().iter().sum();
        add(self.protocols.entry(protocol).or_default(), packets, bytes);
        for (address, _) in [ended.entry.src(), ended.entry.dst()] {
            let full = self.talkers.len() >= MAX_TALKERS && !self.talkers.contains_key(&address);
            let talker =
                if full { &mut self.other_talkers } else { self.talkers.entry(address).or_default() };
            add(talker, packets, bytes);
        }
    }
}

impl Tally {
    pub(super) fn summary(self, totals: &Totals) -> Summary {
        let mut protocols = named(self.protocols.into_iter());
        let mut talkers = named(self.talkers.into_iter());
        if self.other_talkers.packets > 0 {
            talkers.push(Share { name: "other addresses".into(), ..self.other_talkers });
        }
        for list in [&mut protocols, &mut talkers] {
            // By name too, so that the same capture gives the same page.
            list.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
            list.truncate(ROWS);
        }
        let duration_ns = totals.first.zip(totals.last).map_or(0, |(first, last)| last.since(first));
        Summary {
            start: totals.first.map(rfc3339),
            end: totals.last.map(rfc3339),
            duration_s: duration_ns as f64 / 1e9,
            packets: totals.counters.received,
            bytes: totals.counters.bytes,
            flows: totals.flows.opened,
            not_ip: totals.counters.not_ip,
            drops: totals.counters.drops(0),
            undecodable: totals.counters.causes(),
            protocols,
            talkers,
        }
    }
}

fn add(share: &mut Share, packets: u64, bytes: u64) {
    share.flows += 1;
    share.packets += packets;
    share.bytes += bytes;
}

fn named<T: ToString>(shares: impl Iterator<Item = (T, Share)>) -> Vec<Share> {
    shares.map(|(name, share)| Share { name: name.to_string(), ..share }).collect()
}
