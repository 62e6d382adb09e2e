use model::{Drops, Share};
use wire::{Malformed, Timestamp};

/// What the front of the pipeline has seen. `received` is the sum of `processed`, `undecodable`,
/// `filtered` and `shed`, always.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Packets that reached netmonsec.
    pub received: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// Analysed.
    pub processed: u64,
    /// Headers that made no sense, by cause ([`Malformed::index`]).
    pub undecodable: [u64; Malformed::ALL.len()],
    /// Left out because the configuration says so.
    pub filtered: u64,
    /// Given up because a worker could not keep up.
    pub shed: u64,
    /// Analysed, but not IP.
    pub not_ip: u64,
    /// Inner packets of tunnels whose headers made no sense; their outer packet was processed.
    pub inner_undecodable: u64,
    /// Packets whose time lies before that of an earlier one.
    pub time_went_back: u64,
}

impl Counters {
    /// Adds another worker's.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.bytes += other.bytes;
        self.processed += other.processed;
        self.filtered += other.filtered;
        self.shed += other.shed;
        self.not_ip += other.not_ip;
        self.inner_undecodable += other.inner_undecodable;
        self.time_went_back += other.time_went_back;
        for (mine, theirs) in self.undecodable.iter_mut().zip(other.undecodable) {
            *mine += theirs;
        }
    }

    /// Where packets went, with what the kernel dropped before they came here.
    pub fn drops(&self, kernel: u64) -> Drops {
        Drops {
            received: self.received,
            processed: self.processed,
            undecodable: self.undecodable.iter().sum(),
            filtered: self.filtered,
            shed: self.shed,
            kernel,
        }
    }

    /// Undecodable packets by cause, causes that did not occur left out.
    pub fn causes(&self) -> Vec<Share> {
        let named = Malformed::ALL.iter().zip(self.undecodable).filter(|(_, n)| *n > 0);
        named
            .map(|(cause, packets)| Share { name: cause.name().into(), flows: 0, packets, bytes: 0 })
            .collect()
    }
}

/// What a whole run has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Packets and where they went.
    pub counters: Counters,
    /// Flows.
    pub flows: flow::Counts,
    /// Earliest packet.
    pub first: Option<Timestamp>,
    /// Latest packet.
    pub last: Option<Timestamp>,
}

impl Totals {
    /// Adds another worker's.
    pub fn add(&mut self, other: &Self) {
        self.counters.add(&other.counters);
        self.add_flows(&other.flows);
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.into_iter().chain(other.last).max();
    }

    /// Adds a shard's flows.
    pub fn add_flows(&mut self, counts: &flow::Counts) {
        self.flows.opened += counts.opened;
        self.flows.evicted += counts.evicted;
        self.flows.refused += counts.refused;
        self.flows.uninspected += counts.uninspected;
        self.flows.unremembered += counts.unremembered;
    }
}
