//! Everything that happens, given to the detectors in one order, and what they find written down.

use std::collections::BTreeMap;

use flow::{Ended, Notice};
use inventory::{Inventory, Sighting};
use wire::Timestamp;

use crate::attempts::{Attempt, Attempts};
use crate::book::Book;
use crate::desk::{Desk, Place};
use crate::detector::{Detector, Kind, Loss, Sight, Spec};
use crate::happening::Happening;
use crate::registry::DETECTORS;
use crate::relay::Relay;
use crate::report::Report;
use crate::settings::Settings;

/// All detectors at work.
#[derive(Debug)]
pub struct Watch {
    settings: Settings,
    pub(crate) running: Vec<Running>,
    /// By [`Kind`]: places in `running` of those that want to see it.
    by_kind: [Vec<usize>; Kind::COUNT],
    attempts: Attempts,
    relay: Relay,
    decided: Vec<Attempt>,
    reports: Vec<(&'static Spec, Report)>,
    /// What was reported.
    pub book: Book,
    /// When watching began, before restarts too.
    pub(crate) since: Option<Timestamp>,
    /// Time that was watched, before restarts too, and when something was seen last.
    pub(crate) watched_ns: u64,
    seen: Timestamp,
    now: Timestamp,
    /// The last whole second that the detectors were told; none before anything happened.
    second: Option<u64>,
    excluded: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) spec: &'static Spec,
    /// Its place in the registry.
    number: usize,
    pub(crate) detector: Box<dyn Detector>,
}

const SECOND_NS: u64 = 1_000_000_000;
/// A network is never silent for longer: then nobody listened.
const SILENCE_NS: u64 = 3600 * SECOND_NS;
/// Nearly all round trips are shorter.
const LAST_MOMENTS_NS: u64 = 300_000_000;

impl Watch {
    /// Detectors that have seen nothing yet.
    pub fn new(settings: Settings) -> Self {
        let mut watch = Self {
            settings: Settings::default(),
            running: Vec::new(),
            by_kind: Default::default(),
            attempts: Attempts::default(),
            relay: Relay::default(),
            decided: Vec::new(),
            reports: Vec::new(),
            book: Book::default(),
            since: None,
            watched_ns: 0,
            seen: Timestamp(0),
            now: Timestamp(0),
            second: None,
            excluded: BTreeMap::new(),
        };
        watch.configure(settings);
        watch
    }

    /// Other settings from now on; detectors that go on keep what they know.
    pub fn configure(&mut self, settings: Settings) {
        let mut before = std::mem::take(&mut self.running);
        for (number, spec) in DETECTORS.iter().enumerate() {
            if settings.detectors.get(number).is_some_and(|values| !values.enabled) {
                continue;
            }
            let kept = before.iter().position(|running| running.number == number);
            let running = kept.map(|at| before.swap_remove(at));
            let fresh = || Running { spec, number, detector: (spec.new)() };
            self.running.push(running.unwrap_or_else(fresh));
        }
        for (kind, places) in self.by_kind.iter_mut().enumerate() {
            let wants = |spec: &Spec| spec.sees.iter().any(|sees| *sees as usize == kind);
            *places = (0..).zip(&self.running).filter(|(_, r)| wants(r.spec)).map(|(at, _)| at).collect();
        }
        self.settings = settings;
    }

    /// Something happened to a flow or in a frame.
    pub fn happening(&mut self, happening: &Happening, inventory: &Inventory) {
        self.hear(happening.time(), inventory);
        let mut decided = std::mem::take(&mut self.decided);
        match happening {
            Happening::Flow(event) => {
                self.show(&Sight::Flow(event), inventory);
                self.attempts.flow(event, &mut decided);
            }
            Happening::Frame(frame) => {
                self.show(&Sight::Frame(frame), inventory);
                self.attempts.frame(frame, &mut decided);
            }
        }
        decided.drain(..).for_each(|attempt| self.show(&Sight::Attempt(&attempt), inventory));
        self.decided = decided;
        self.write_down(inventory);
    }

    /// A flow said something about others.
    pub fn notice(&mut self, notice: &Notice, inventory: &Inventory) {
        if let dpi::Announcement::Lookup(lookup) = &notice.what {
            self.hear(notice.time, inventory);
            if self.relay.passes_on(notice, lookup, self.now) {
                return;
            }
            self.show(&Sight::Lookup(notice, lookup), inventory);
            self.write_down(inventory);
        }
    }

    /// A device said something of itself.
    pub fn sighting(&mut self, sighting: &Sighting, inventory: &Inventory) {
        self.hear(sighting.time, inventory);
        self.show(&Sight::Sighting(sighting), inventory);
        self.write_down(inventory);
    }

    /// A flow, or a part of a long one, is over.
    pub fn flow(&mut self, ended: &Ended, record: &model::Flow, inventory: &Inventory) {
        self.hear(ended.decided_at, inventory);
        self.show(&Sight::Ended(ended, record), inventory);
        self.write_down(inventory);
    }

    /// The kernel said what it dropped.
    pub fn loss(&mut self, loss: Loss, time: Timestamp, inventory: &Inventory) {
        self.hear(time, inventory);
        self.show(&Sight::Loss(loss), inventory);
        self.write_down(inventory);
    }

    /// Everything from before this whole second has been shown.
    pub fn advance(&mut self, second: u64, inventory: &Inventory) {
        if self.second.is_some() {
            self.come_to(Timestamp::new(second, 0), inventory);
        }
    }

    /// Nothing more comes: what waits for an answer has had none.
    pub fn finish(&mut self, inventory: &Inventory) {
        let end = self.now;
        // What was made in the capture's last moments may have been answered after it.
        self.settle_attempts(end + (3 * SECOND_NS - LAST_MOMENTS_NS), inventory);
        self.tick(end, true, inventory);
    }

    /// Entries of all tables, and keys that were refused.
    pub fn load(&self) -> (usize, u64) {
        let loads = self.running.iter().map(|running| running.detector.load());
        loads.fold((0, 0), |(entries, refused), load| (entries + load.0, refused + load.1))
    }

    /// How many reports of each detector were excluded.
    pub fn excluded(&self) -> &BTreeMap<&'static str, u64> {
        &self.excluded
    }

    /// Something happened at `time`.
    fn hear(&mut self, time: Timestamp, inventory: &Inventory) {
        self.come_to(time, inventory);
        if self.seen == Timestamp(0) {
            self.seen = self.now;
        }
        self.watched_ns = self.watched_ns.saturating_add(self.now.since(self.seen).min(SILENCE_NS));
        self.seen = self.now;
    }

    /// Packet time has come to `now`. Detectors hear of it once in each second in which something
    /// happens.
    fn come_to(&mut self, now: Timestamp, inventory: &Inventory) {
        let second = *self.second.get_or_insert_with(|| {
            // A clock that was put back must not make learning last for ever.
            self.since = Some(self.since.map_or(now, |since| since.min(now)));
            now.secs()
        });
        // A capture may go back in time; what is measured against time must not.
        self.now = self.now.max(now);
        let now = self.now;
        if self.attempts.next_due().is_some_and(|due| due <= now) {
            self.settle_attempts(now, inventory);
        }
        if now.secs() > second {
            self.second = Some(now.secs());
            self.tick(Timestamp::new(now.secs(), 0), false, inventory);
        }
    }

    fn settle_attempts(&mut self, now: Timestamp, inventory: &Inventory) {
        let mut decided = std::mem::take(&mut self.decided);
        self.attempts.advance(now, &mut decided);
        decided.drain(..).for_each(|attempt| self.show(&Sight::Attempt(&attempt), inventory));
        self.decided = decided;
        self.write_down(inventory);
    }

    fn show(&mut self, sight: &Sight<'_>, inventory: &Inventory) {
        let now = match sight {
            Sight::Attempt(attempt) => attempt.time,
            _ => self.now,
        };
        let since = self.since.unwrap_or(now);
        let place = Place { local: &self.settings.local, inventory, since, watched_ns: self.watched_ns };
        let Some(places) = self.by_kind.get(sight.kind() as usize) else { return };
        for at in places {
            let Some(running) = self.running.get_mut(*at) else { continue };
            let mut desk = Desk {
                now,
                is_end: false,
                place,
                spec: running.spec,
                number: running.number,
                settings: &self.settings,
                reports: &mut self.reports,
            };
            running.detector.see(sight, &mut desk);
        }
    }

    fn tick(&mut self, now: Timestamp, is_end: bool, inventory: &Inventory) {
        let place = Place {
            local: &self.settings.local,
            inventory,
            since: self.since.unwrap_or(now),
            watched_ns: self.watched_ns,
        };
        for running in &mut self.running {
            let mut desk = Desk {
                now,
                is_end,
                place,
                spec: running.spec,
                number: running.number,
                settings: &self.settings,
                reports: &mut self.reports,
            };
            running.detector.advance(now, &mut desk);
        }
        self.write_down(inventory);
    }

    fn write_down(&mut self, inventory: &Inventory) {
        for (spec, report) in self.reports.drain(..) {
            let now = self.now;
            let called = |report: &Report| {
                let ends = [Some(report.actor), report.target];
                let who = ends.into_iter().flatten().filter_map(|end| inventory.who(end.ip, end.mac));
                who.flat_map(|(id, name)| [Some(id.to_owned()), name]).flatten().collect::<Vec<_>>()
            };
            let exclusions = &self.settings.exclusions;
            let excluded = !exclusions.is_empty() && {
                let called = called(&report);
                exclusions.iter().any(|exclusion| exclusion.covers(spec, &report, &called, now))
            };
            if excluded {
                *self.excluded.entry(spec.id).or_default() += 1;
            } else {
                self.book.take(spec, report, now, inventory);
            }
        }
    }
}
