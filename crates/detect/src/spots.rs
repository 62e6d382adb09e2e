//! Weak spots: told when they are found, and not again each time somebody uses them.

use std::net::IpAddr;

use flow::Ended;
use wire::{MacAddr, Timestamp};

use crate::repeat::Repeat;
use crate::spread::Spread;
use crate::table::Table;

/// Weak spots by what tells them apart, each with what its detector remembers of it.
#[derive(Debug)]
pub(crate) struct Spots<K, D> {
    table: Table<K, Spot<D>>,
    waiting: bool,
}

/// One weak spot.
#[derive(Debug)]
pub(crate) struct Spot<D> {
    /// Flows that showed it, since it was last told anew.
    pub(crate) count: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// Hardware addresses of both ends of the flow, `[src, dst]`.
    pub(crate) macs: [Option<MacAddr>; 2],
    /// The other ends.
    pub(crate) peers: Spread<IpAddr>,
    /// What the detector remembers.
    pub(crate) detail: D,
    raised: Option<Timestamp>,
    repeat: Repeat,
}

/// Other ends that are told apart.
const MOST_PEERS: usize = 32;
/// The book takes what comes later than this for something new.
const OPEN_NS: u64 = 3_600_000_000_000;

impl<D: Default> Default for Spot<D> {
    fn default() -> Self {
        Self {
            count: 0,
            first: Timestamp(0),
            last: Timestamp(0),
            macs: [None; 2],
            peers: Spread::new(MOST_PEERS),
            detail: D::default(),
            raised: None,
            repeat: Repeat::default(),
        }
    }
}

impl<K: Ord + Clone, D: Default> Spots<K, D> {
    /// At most so many.
    pub(crate) fn new(most: usize) -> Self {
        Self { table: Table::new(most), waiting: false }
    }

    /// A flow with `peer` showed the spot, and `note` what there is to remember of it; the spot, if it
    /// is to be reported now. It is told anew after `again_ns`, unless it never paused for an hour.
    pub(crate) fn seen(
        &mut self,
        key: &K,
        ended: &Ended,
        peer: IpAddr,
        again_ns: u64,
        note: impl FnOnce(&mut D),
    ) -> Option<&Spot<D>> {
        let last = ended.entry.last();
        let spot = self.table.at(key, last)?;
        if spot.more(ended, peer, again_ns, note) {
            return self.table.get(key);
        }
        self.waiting = true;
        None
    }

    /// The spots whose reports were put off.
    pub(crate) fn put_off(&mut self, now: Timestamp) -> impl Iterator<Item = (&K, &Spot<D>)> {
        let waiting = std::mem::take(&mut self.waiting);
        let all = waiting.then(|| self.table.iter_mut()).into_iter().flatten();
        all.filter_map(move |(key, spot)| spot.repeat.take_pending(now).then_some((key, &*spot)))
    }

    /// Forgets what has not been seen for so long.
    pub(crate) fn expire(&mut self, now: Timestamp, idle_ns: u64) {
        if now.secs().is_multiple_of(60) {
            self.table.expire(now, idle_ns);
        }
    }

    pub(crate) fn load(&self) -> (usize, u64) {
        self.table.load()
    }
}

impl<D> Spot<D> {
    fn more(&mut self, ended: &Ended, peer: IpAddr, again_ns: u64, note: impl FnOnce(&mut D)) -> bool {
        let (first, last) = (ended.entry.start(), ended.entry.last());
        let paused = last.since(self.last) >= OPEN_NS;
        match self.raised {
            Some(raised) if paused && last.since(raised) < again_ns => return false,
            Some(_) if !paused => {}
            _ => (self.raised, self.count, self.first) = (Some(last), 0, first),
        }
        self.count += 1;
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        let macs = ended.entry.macs();
        self.macs = [macs[0].or(self.macs[0]), macs[1].or(self.macs[1])];
        self.peers.add(peer, last);
        note(&mut self.detail);
        self.repeat.more(last)
    }

    /// The other ends in words: `10.0.0.1, 10.0.0.2 and 3 more`.
    pub(crate) fn peers(&self) -> String {
        const NAMED: usize = 4;
        let mut names = self.peers.keys().take(NAMED).map(|ip| ip.to_string()).collect::<Vec<_>>().join(", ");
        let more = self.peers.len().saturating_sub(NAMED);
        if more > 0 {
            names.push_str(&format!(" and {more} more"));
        }
        names
    }
}
