use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use capture::Record;
use capture::live::{Event, LinkState, Ring, RingBlock, pin_to_cpu, wait};
use flow::{Arrival, Ended};
use wire::Timestamp;

use super::Shared;
use super::order::{Order, Turn};
use super::publish::{Nic, Published};
use super::recorder::Outlet;
use crate::clock::wall_clock;
use crate::counters::Totals;
use crate::front::Front;
use crate::merge::Output;
use crate::record;
use crate::tables::Tables;
use crate::talkers::Talkers;

/// One thread of a live capture and everything that is its own.
pub(super) struct Worker {
    number: usize,
    rings: Vec<Ring>,
    order: Order<RingBlock>,
    front: Front,
    tables: Tables,
    talkers: Talkers,
    shared: Arc<Shared>,
    version: u64,
    /// Absent if nobody takes records.
    outlet: Option<Outlet>,
    second: u64,
    published_second: u64,
    arrivals: Vec<Arrival>,
    ended: Vec<Ended>,
    said: Output,
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
        order: Order<RingBlock>,
        front: Front,
        tables: Tables,
        shared: &Arc<Shared>,
        outlet: Option<Outlet>,
    ) -> Self {
        Self {
            number,
            nics: vec![Nic::default(); rings.len()],
            rings,
            order,
            front,
            tables,
            talkers: Talkers::new(),
            shared: Arc::clone(shared),
            version: 0,
            outlet,
            second: 0,
            published_second: 0,
            arrivals: Vec::new(),
            ended: Vec::new(),
            said: Output::default(),
        }
    }

    pub(super) fn run(mut self, cpu: Option<usize>) -> Totals {
        if let Some(cpu) = cpu {
            // Without it everything works, a little slower.
            let _ = pin_to_cpu(cpu);
        }
        while !self.shared.stop.load(Ordering::Acquire) {
            // Before the rings are asked: what they do not show then came later, or is late.
            let now = wall_clock();
            self.collect();
            if !self.take_turns(now) {
                self.wait();
            }
            if self.front.now().secs() > self.published_second {
                self.published_second = self.front.now().secs();
                self.each_second();
            }
        }
        self.finish()
    }

    /// Takes what blocks the rings have, and have to spare.
    fn collect(&mut self) {
        for (number, ring) in self.rings.iter_mut().enumerate() {
            while !self.order.is_full(number)
                && let Some(block) = ring.next_block()
            {
                self.order.add(number, block);
            }
        }
    }

    /// Analyses the packets whose turn it is; false if there are none.
    fn take_turns(&mut self, now: Timestamp) -> bool {
        let mut any = false;
        while let Some(turn) = self.order.next(now) {
            self.take_turn(turn);
            any = true;
        }
        any
    }

    fn take_turn(&mut self, turn: Turn) {
        let lane = self.order.take(turn);
        if let Some((block, records)) = lane.packets(turn) {
            self.packets(block.bytes(), records);
        }
        // A block that is through goes back to the kernel now: nothing points into it any more.
        self.order.put(turn, lane);
    }

    fn packets(&mut self, block: &[u8], records: &[Record]) {
        for record in records {
            self.tick(block, record.time);
            self.front.take(block, record, &mut self.arrivals);
            if let Some(nic) = self.nics.get_mut(usize::from(record.interface)) {
                nic.packets += 1;
                nic.bytes += u64::from(record.wire_len);
            }
            if self.arrivals.len() >= COLLECT {
                self.process(block);
            }
        }
        self.process(block);
    }

    fn process(&mut self, block: &[u8]) {
        for arrival in &self.arrivals {
            self.talkers.count(arrival);
        }
        self.tables.process(block, &self.arrivals, &mut self.ended);
        self.arrivals.clear();
        self.tables.take_notices(&mut self.said.notices);
        self.tables.take_events(&mut self.said.happenings);
        let said = self.said.notices.len() + self.said.happenings.len();
        if self.ended.len() >= COLLECT || said >= COLLECT {
            self.hand_over();
        }
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
        self.said.sightings = self.front.take_sightings();
        self.said.packets = self.front.take_packets();
        self.front.take_happenings(&mut self.said.happenings);
        match &self.outlet {
            Some(outlet) => {
                let shed = outlet.offer(&mut self.ended, &mut self.said);
                let counters = [&self.shared.records_shed, &self.shared.events_shed];
                for (counter, shed) in counters.into_iter().zip([shed.records, shed.events]) {
                    if shed > 0 {
                        counter.fetch_add(shed, Ordering::Relaxed);
                    }
                }
            }
            None => {
                self.ended.clear();
                self.said.clear();
            }
        }
    }

    /// No block is ready: sleeps, and sees what became of the interfaces.
    fn wait(&mut self) {
        // What waits for another ring is looked at again soon.
        let timeout = if self.order.is_empty() { 100 } else { 5 };
        let Ok(ready) = wait(&mut self.rings, Duration::from_millis(timeout)) else {
            // The system cannot even poll: no memory. Give it time.
            std::thread::sleep(Duration::from_millis(100));
            return;
        };
        for (number, event) in ready.events {
            if event == Event::Gone {
                // Opened again, the ring starts from nothing.
                self.drain(number);
            }
            if let Some(nic) = self.nics.get_mut(number) {
                nic.link = Some(match event {
                    Event::LinkUp => "up",
                    Event::LinkDown => "down",
                    Event::Gone => "gone",
                });
            }
        }
        if ready.timed_out && self.order.is_empty() {
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

    /// Takes in what a ring still holds.
    fn drain(&mut self, number: usize) {
        if let Some(ring) = self.rings.get_mut(number) {
            // If the system refuses, the last block is lost; the counters will show it.
            let _ = ring.drain(|block| self.order.add(number, block));
        }
    }

    /// Takes in what the rings still hold and ends every flow.
    fn finish(mut self) -> Totals {
        for blocks in drain_all(&mut self.rings).into_iter().enumerate() {
            let (number, blocks) = blocks;
            blocks.into_iter().for_each(|block| self.order.add(number, block));
        }
        self.take_turns(Timestamp(u64::MAX));
        self.front.finish(&mut self.arrivals);
        self.process(&[]);
        let now = self.front.now();
        if let Some(outlet) = self.outlet.take() {
            // Capture is over: now the recorder may take its time.
            self.said.sightings = self.front.take_sightings();
            self.said.packets = self.front.take_packets();
            self.front.take_happenings(&mut self.said.happenings);
            let mut closing = outlet.close(&mut self.ended, &mut self.said);
            self.tables.finish(now, |ended| closing.push(ended));
        }
        self.publish();
        let mut totals = Totals { counters: *self.front.counters(), ..Totals::default() };
        totals.first = self.front.first();
        totals.last = totals.first.map(|_| now);
        self.tables.add_to(&mut totals);
        totals
    }
}

/// Takes in what rings still hold, all at once: while one is waited for, the others go on.
fn drain_all(rings: &mut [Ring]) -> Vec<Vec<RingBlock>> {
    std::thread::scope(|scope| {
        let drain = |ring: &mut Ring| {
            let mut blocks = Vec::new();
            // If the system refuses, the last block is lost; the counters will show it.
            let _ = ring.drain(|block| blocks.push(block));
            blocks
        };
        let threads: Vec<_> = rings.iter_mut().map(|ring| scope.spawn(move || drain(ring))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    })
}
