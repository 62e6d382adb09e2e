use std::hint::black_box;
use std::sync::Arc;

use flow::{Arrival, Ended, Guess, Hasher, Notice, SHARDS, Shard, shard_of};
use wire::Timestamp;

use crate::Settings;
use crate::counters::Totals;

/// A worker's shards of the flow table: worker `w` of `n` has every shard whose number leaves `w`
/// when divided by `n`.
#[derive(Debug)]
pub struct Tables {
    shards: Vec<Shard>,
    /// Where each shard is among those of its worker: looked up for every packet, for which a
    /// division would be slow.
    places: [u8; SHARDS],
    dpi: Arc<dpi::Engine>,
    /// Somebody wants to know what happens to flows while they are open.
    listened: bool,
    events: Vec<flow::Event>,
}

/// Arrivals whose table lines are fetched together. A lookup waits for memory twice, for the
/// bucket and for the entry; fetched in bulk, the waits of a batch overlap.
const BATCH: usize = 32;

impl Tables {
    /// The tables of worker `worker` of `workers`.
    pub fn new(settings: &Settings, hasher: Hasher, worker: usize, workers: usize) -> Self {
        let mine = (0..SHARDS).filter(|shard| shard % workers == worker);
        Self {
            shards: mine.map(|_| Shard::new(&settings.flow, hasher)).collect(),
            places: std::array::from_fn(|shard| u8::try_from(shard / workers).unwrap_or(u8::MAX)),
            dpi: Arc::clone(&settings.dpi),
            listened: false,
            events: Vec::new(),
        }
    }

    /// Tells from now on what happens to flows.
    pub fn listen(&mut self) {
        self.listened = true;
        self.shards.iter_mut().for_each(Shard::listen);
    }

    /// Takes what happened to flows since the last time.
    pub fn take_events(&mut self, out: &mut Vec<detect::Happening>) {
        if !self.listened {
            return;
        }
        for shard in &mut self.shards {
            shard.take_events(&mut self.events);
        }
        out.extend(self.events.drain(..).map(detect::Happening::Flow));
    }

    /// Which of `workers` an arrival belongs to.
    pub fn owner(arrival: &Arrival, workers: usize) -> usize {
        shard_of(arrival.hash) % workers
    }

    /// Other settings from now on.
    pub fn configure(&mut self, settings: &Settings) {
        self.dpi = Arc::clone(&settings.dpi);
        for shard in &mut self.shards {
            shard.configure(&settings.flow);
        }
    }

    /// Counts arrivals, whose frames lie in `block`, to their flows.
    pub fn process(&mut self, block: &[u8], arrivals: &[Arrival], out: &mut Vec<Ended>) {
        let places = self.places;
        let place =
            |arrival: &Arrival| places.get(shard_of(arrival.hash)).map_or(0, |place| usize::from(*place));
        for batch in arrivals.chunks(BATCH) {
            // Safe Rust has no prefetch, but independent loads whose results nobody waits for
            // do the same.
            let mut touched = 0;
            for arrival in batch {
                if let Some(shard) = self.shards.get(place(arrival)) {
                    touched ^= shard.touch_index(arrival);
                }
            }
            let mut guesses = [Guess::default(); BATCH];
            for (arrival, guess) in batch.iter().zip(&mut guesses) {
                if let Some(shard) = self.shards.get(place(arrival)) {
                    let line;
                    (*guess, line) = shard.touch_entry(arrival);
                    touched ^= line;
                }
            }
            black_box(touched);
            for (arrival, guess) in batch.iter().zip(guesses) {
                if let Some(shard) = self.shards.get_mut(place(arrival)) {
                    shard.track(arrival, guess, block, &self.dpi, out);
                }
            }
        }
    }

    /// Takes what flows said about others since the last time.
    pub fn take_notices(&mut self, out: &mut Vec<Notice>) {
        self.shards.iter_mut().for_each(|shard| shard.take_notices(out));
    }

    /// Packet time has come to the whole second `second`.
    pub fn advance(&mut self, second: u64, out: &mut Vec<Ended>) {
        self.advance_each(second, out, |_| ());
    }

    /// The same; `each` may take what ended after every shard. A second in which very many flows end
    /// then needs no more memory than one shard's part of them.
    pub fn advance_each(&mut self, second: u64, out: &mut Vec<Ended>, mut each: impl FnMut(&mut Vec<Ended>)) {
        for shard in &mut self.shards {
            shard.advance(second, out);
            each(out);
        }
    }

    /// Ends every open flow, in the order they began; `each` gets them one by one.
    pub fn finish(&mut self, now: Timestamp, mut each: impl FnMut(Ended)) {
        let mut open: Vec<(u64, u16, u32)> = Vec::new();
        for (i, shard) in (0u16..).zip(&self.shards) {
            open.extend(shard.open_flows().into_iter().map(|(start, place)| (start, i, place)));
        }
        open.sort_by(|a, b| {
            let key = |o: &(u64, u16, u32)| self.shards.get(usize::from(o.1)).map(|s| *s.entry(o.2).key());
            a.0.cmp(&b.0).then_with(|| key(a).cmp(&key(b)))
        });
        let mut out = Vec::new();
        for (_, shard, place) in open {
            if let Some(shard) = self.shards.get_mut(usize::from(shard)) {
                shard.close(place, now, &mut out);
            }
            out.drain(..).for_each(&mut each);
        }
    }

    /// Open flows.
    pub fn open_flows(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    /// Adds these tables' counts.
    pub fn add_to(&self, totals: &mut Totals) {
        for shard in &self.shards {
            totals.add_flows(&shard.counts());
        }
    }

    /// Looks at an open flow.
    pub fn view(&self, hash: u64, key: &flow::FlowKey) -> Option<flow::View<'_>> {
        self.shards.get(usize::from(*self.places.get(shard_of(hash))?))?.view(hash, key)
    }
}
