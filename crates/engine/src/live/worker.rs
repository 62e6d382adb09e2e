use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use capture::Record;
use capture::live::{Event, LinkState, Ring, RingBlock, pin_to_cpu, wait};
use crossbeam_channel::Sender;
use flow::{Arrival, Ended, Hasher};
use wire::Timestamp;

use super::Shared;
use super::publish::{Nic, Published};
use crate::clock::wall_clock;
use crate::counters::Totals;
use crate::front::Front;
use crate::tables::Tables;
use crate::talkers::Talkers;
use crate::{Settings, record};

/// One thread of a live capture and everything that is its own.
pub(super) struct Worker {
    number: usize,
    rings: Vec<Ring>,
    front: Front,
    tables: Tables,
    talkers: Talkers,
    shared: Arc<Shared>,
    version: u64,
    /// Absent if nobody takes records.
    to_recorder: Option<Sender<Vec<Box<Ended>>>>,
    second: u64,
    published_second: u64,
    records: Vec<Record>,
    arrivals: Vec<Arrival>,
    ended: Vec<Ended>,
    nics: Vec<Nic>,
}

/// The kernel hands a block over when it is full or its time is up, so a packet can come this much
/// later than one that another ring has shown already.
const LAG_S: u64 = 1;
/// Packets that are collected before they are looked up together.
const COLLECT: usize = 64;
/// Busiest flows that are published.
const TOP: usize = 64;

impl Worker {
    pub(super) fn new(
        number: usize,
        rings: Vec<Ring>,
        settings: &Settings,
        hasher: Hasher,
        shared: &Arc<Shared>,
        to_recorder: Option<Sender<Vec<Box<Ended>>>>,
    ) -> Self {
        Self {
            number,
            nics: vec![Nic::default(); rings.len()],
            rings,
            front: Front::new(settings, hasher),
            // Live, each worker has whole tables: the kernel has split the flows already.
            tables: Tables::new(settings, hasher, 0, 1),
            talkers: Talkers::new(),
            shared: Arc::clone(shared),
            version: 0,
            to_recorder,
            second: 0,
            published_second: 0,
            records: Vec::new(),
            arrivals: Vec::new(),
            ended: Vec::new(),
        }
    }

    pub(super) fn run(mut self, cpu: Option<usize>) -> Totals {
        if let Some(cpu) = cpu {
            // Without it everything works, a little slower.
            let _ = pin_to_cpu(cpu);
        }
        while !self.shared.stop.load(Ordering::Acquire) {
            let mut idle = true;
            for i in 0..self.rings.len() {
                let Some(block) = self.rings.get_mut(i).and_then(Ring::next_block) else { continue };
                idle = false;
                self.block(&block);
            }
            if idle {
                self.wait();
            }
            if self.front.now().secs() > self.published_second {
                self.published_second = self.front.now().secs();
                self.each_second();
            }
        }
        self.finish()
    }

    fn block(&mut self, block: &RingBlock) {
        let mut records = std::mem::take(&mut self.records);
        records.clear();
        block.fill(&mut records);
        for record in &records {
            self.tick(block.bytes(), record.time);
            self.front.take(block.bytes(), record, &mut self.arrivals);
            if let Some(nic) = self.nics.get_mut(usize::from(record.interface)) {
                nic.packets += 1;
                nic.bytes += u64::from(record.wire_len);
            }
            if self.arrivals.len() >= COLLECT {
                self.process(block.bytes());
            }
        }
        // The block goes back to the kernel now: nothing may point into it any more.
        self.process(block.bytes());
        self.records = records;
    }

    fn process(&mut self, block: &[u8]) {
        for arrival in &self.arrivals {
            self.talkers.count(arrival);
        }
        self.tables.process(block, &self.arrivals, &mut self.ended);
        self.arrivals.clear();
    }

    /// Packet time has come to `time`; once a second flows run out and records go out.
    fn tick(&mut self, block: &[u8], time: Timestamp) {
        let second = time.secs().saturating_sub(LAG_S);
        if second <= self.second {
            return;
        }
        self.second = second;
        self.process(block);
        self.front.advance(Timestamp::new(second, 0), &mut self.arrivals);
        self.process(block);
        self.tables.advance(second, &mut self.ended);
        self.hand_over();
        if let Some(mark) = self.shared.marks.get(self.number) {
            mark.store(second, Ordering::Release);
        }
    }

    fn hand_over(&mut self) {
        let Some(to_recorder) = &self.to_recorder else {
            self.ended.clear();
            return;
        };
        if self.ended.is_empty() {
            return;
        }
        let batch: Vec<_> = self.ended.drain(..).map(Box::new).collect();
        let records = batch.len() as u64;
        if to_recorder.try_send(batch).is_err() {
            self.shared.records_shed.fetch_add(records, Ordering::Relaxed);
        }
    }

    /// No block is ready: sleeps, and sees what became of the interfaces.
    fn wait(&mut self) {
        let Ok(ready) = wait(&mut self.rings, Duration::from_millis(100)) else {
            // The system cannot even poll: no memory. Give it time.
            std::thread::sleep(Duration::from_millis(100));
            return;
        };
        for (ring, event) in ready.events {
            if let Some(nic) = self.nics.get_mut(ring) {
                nic.link = Some(match event {
                    Event::LinkUp => "up",
                    Event::LinkDown => "down",
                    Event::Gone => "gone",
                });
            }
        }
        if ready.timed_out {
            // Nothing came for a while, so nothing older than a second is under way.
            let now = wall_clock() - 1_000_000_000;
            self.tick(&[], now);
            if now.secs() > self.published_second {
                self.published_second = now.secs();
                self.each_second();
            }
        }
    }

    fn each_second(&mut self) {
        let version = self.shared.version.load(Ordering::Acquire);
        if version != self.version {
            self.version = version;
            let settings = self.shared.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
            self.front.configure(&settings);
            self.tables.configure(&settings);
        }
        for (ring, nic) in self.rings.iter_mut().zip(&mut self.nics) {
            if ring.link_state() == LinkState::Gone && ring.reopen().is_ok() {
                nic.link = Some("up");
            }
        }
        self.publish();
    }

    fn publish(&mut self) {
        let top = self.talkers.take(TOP).into_iter().filter_map(|(hash, key, bytes)| {
            let view = self.tables.view(hash, &key)?;
            Some(record::live_flow(&view, bytes))
        });
        let top: Vec<_> = top.collect();
        for (ring, nic) in self.rings.iter_mut().zip(&mut self.nics) {
            let stats = ring.stats();
            nic.kernel_drops = stats.drops;
            nic.freezes = stats.freezes;
            nic.on_wire = stats.packets;
            nic.link.get_or_insert("up");
        }
        let mut totals = Totals { counters: *self.front.counters(), ..Totals::default() };
        self.tables.add_to(&mut totals);
        let published = Published {
            now: self.front.now(),
            totals,
            open_flows: self.tables.open_flows() as u64,
            nics: self.nics.clone(),
            top,
        };
        if let Some(slot) = self.shared.published.get(self.number) {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = published;
        }
    }

    /// Takes in what the rings still hold and ends every flow.
    fn finish(mut self) -> Totals {
        let mut rings = std::mem::take(&mut self.rings);
        for ring in &mut rings {
            // If the system refuses, the last block is lost; the counters will show it.
            let _ = ring.drain(|block| self.block(&block));
        }
        self.rings = rings;
        self.front.finish(&mut self.arrivals);
        self.process(&[]);
        self.hand_over();
        let now = self.front.now();
        if let Some(to_recorder) = &self.to_recorder {
            let mut batch = Vec::new();
            // Capture is over: now the recorder may take its time.
            self.tables.finish(now, |ended| {
                batch.push(Box::new(ended));
                if batch.len() == COLLECT {
                    let _ = to_recorder.send(std::mem::take(&mut batch));
                }
            });
            let _ = to_recorder.send(batch);
        }
        self.publish();
        let mut totals = Totals { counters: *self.front.counters(), ..Totals::default() };
        totals.first = self.front.first();
        totals.last = totals.first.map(|_| now);
        self.tables.add_to(&mut totals);
        totals
    }
}
