use std::sync::{Mutex, PoisonError};

use model::{InterfaceStats, LiveFlow, Stats, rfc3339};
use wire::Timestamp;

use crate::counters::Totals;

/// What one worker says of itself, once a second.
#[derive(Clone, Debug, Default)]
pub struct Published {
    pub(super) now: Timestamp,
    pub(super) totals: Totals,
    pub(super) open_flows: u64,
    pub(super) nics: Vec<Nic>,
    pub(super) top: Vec<LiveFlow>,
}

/// One worker's share of an interface.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Nic {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) on_wire: u64,
    pub(super) kernel_drops: u64,
    pub(super) freezes: u64,
    pub(super) link: Option<&'static str>,
}

/// Adds up what the workers publish.
#[derive(Debug)]
pub(super) struct Publisher {
    names: Vec<String>,
    uptime_s: f64,
    packets: u64,
    bytes: u64,
}

impl Publisher {
    pub(super) fn new(names: Vec<String>) -> Self {
        Self { names, uptime_s: 0.0, packets: 0, bytes: 0 }
    }

    pub(super) fn stats(&mut self, workers: &[Mutex<Published>], interval_s: f64) -> Stats {
        let mut totals = Totals::default();
        let mut stats = Stats::default();
        let mut now = Timestamp(0);
        let mut nics = vec![Nic::default(); self.names.len()];
        for worker in workers {
            let worker = worker.lock().unwrap_or_else(PoisonError::into_inner).clone();
            totals.add(&worker.totals);
            stats.open_flows += worker.open_flows;
            now = now.max(worker.now);
            for (sum, nic) in nics.iter_mut().zip(worker.nics) {
                sum.packets += nic.packets;
                sum.bytes += nic.bytes;
                sum.on_wire += nic.on_wire;
                sum.kernel_drops += nic.kernel_drops;
                sum.freezes += nic.freezes;
                sum.link = worse(sum.link, nic.link);
            }
            stats.top.extend(worker.top);
        }
        stats.top.sort_by_key(|flow| std::cmp::Reverse(flow.bytes_per_second));
        let rate = |new: u64, old: u64| whole(new.saturating_sub(old) as f64 / interval_s.max(0.001));
        stats.packets_per_second = rate(totals.counters.received, self.packets);
        stats.bits_per_second = rate(totals.counters.bytes, self.bytes) * 8;
        self.uptime_s += interval_s;
        (self.packets, self.bytes) = (totals.counters.received, totals.counters.bytes);
        stats.time = rfc3339(now);
        stats.uptime_s = whole(self.uptime_s);
        stats.flows = totals.flows.opened;
        stats.evicted = totals.flows.evicted;
        stats.drops = totals.counters.drops(nics.iter().map(|n| n.kernel_drops).sum());
        stats.undecodable = totals.counters.causes();
        stats.interfaces = self
            .names
            .iter()
            .zip(nics)
            .map(|(name, nic)| InterfaceStats {
                name: name.clone(),
                link: nic.link,
                packets: nic.packets,
                bytes: nic.bytes,
                kernel_drops: nic.kernel_drops,
                freezes: nic.freezes,
            })
            .collect();
        stats
    }
}

/// A count or a rate without its fraction; such a cast saturates.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and far below 2^53"
)]
fn whole(n: f64) -> u64 {
    n as u64
}

/// An interface is as well as its worst ring.
fn worse(a: Option<&'static str>, b: Option<&'static str>) -> Option<&'static str> {
    let rank = |link: &str| match link {
        "gone" => 2,
        "down" => 1,
        _ => 0,
    };
    a.into_iter().chain(b).max_by_key(|link| rank(link))
}
