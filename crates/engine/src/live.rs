//! Watching network interfaces: a ring and a thread per worker, run to completion.
//!
//! Worker `i` reads ring `i` of every interface, so that a conversation whose directions arrive on
//! two interfaces (a split tap) meets itself. Nothing that happens behind the workers can make
//! them wait: when the recorder lags, records are shed and counted; packets are dropped by the
//! kernel alone, which counts them too.

mod order;
mod publish;
mod recorder;
mod worker;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use capture::live::{Fanout, LiveError, Ring, RingConfig};
use flow::Hasher;
use model::Stats;

use crate::counters::Totals;
use crate::front::Front;
use crate::tables::Tables;
use crate::{FlowSink, Settings};

pub use publish::Published;

/// What to watch, and how.
#[derive(Clone, Debug)]
pub struct LiveConfig {
    /// One ring description per interface; [`RingConfig::id`] must be its place in this list.
    pub interfaces: Vec<RingConfig>,
    /// Rings per interface, and so worker threads.
    pub workers: usize,
    /// How packets are spread over the rings of an interface.
    pub fanout: Fanout,
    /// Bind each worker to a processor.
    pub pin_threads: bool,
    /// Seed of the flow hash: random, so that nobody can aim at one bucket.
    pub seed: u64,
}

/// A running capture.
#[derive(Debug)]
pub struct Live {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<Totals>>,
    recorder: JoinHandle<()>,
    /// Without anybody who takes flows the recorder has nothing to do and ends at once.
    records: bool,
    published: publish::Publisher,
}

/// What came of a capture.
#[derive(Debug)]
pub struct Ending {
    /// Packets and flows.
    pub totals: Totals,
    /// The last picture.
    pub stats: Stats,
}

/// What the threads of a capture have in common.
#[derive(Debug)]
struct Shared {
    stop: AtomicBool,
    /// Settings that workers pick up within a second, and which version they are.
    settings: Mutex<Settings>,
    version: AtomicU64,
    /// Records that were shed because the recorder lagged, and observations.
    records_shed: AtomicU64,
    events_shed: AtomicU64,
    /// Per worker, the second that its records are complete for.
    marks: Vec<AtomicU64>,
    published: Vec<Mutex<Published>>,
}

/// Records may wait for packets, not packets for records.
const RECORDER_NICE: i32 = 5;
/// Of so many flows that the table may hold, the record of one may be on its way out.
const FLOWS_PER_RECORD: usize = 8;
/// Records that may be on their way out, however small the table.
const FEWEST_RECORDS: usize = 4096;
/// How late a ring shows a packet, beyond two of its retire times, in milliseconds: what its timer
/// is coarse by.
const TIMER_MS: u64 = 30;

impl Live {
    /// Opens the rings and starts the threads. `sink` gets flows that are over, in its own thread.
    ///
    /// # Errors
    /// An interface that cannot be captured from, or no memory for its rings.
    pub fn start(
        config: &LiveConfig,
        settings: &Settings,
        sink: impl FlowSink + Send + 'static,
    ) -> Result<Self, LiveError> {
        let workers = config.workers.max(1);
        let mut rings: Vec<Vec<Ring>> = (0..workers).map(|_| Vec::new()).collect();
        for interface in &config.interfaces {
            let group = if workers == 1 {
                vec![Ring::open(interface)?]
            } else {
                Ring::open_group(interface, workers, config.fanout)?
            };
            for (mine, ring) in rings.iter_mut().zip(group) {
                mine.push(ring);
            }
        }
        let max_flows = settings.flow.max_flows;
        let settings = share(settings, workers);
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            settings: Mutex::new(settings.clone()),
            version: AtomicU64::new(0),
            records_shed: AtomicU64::new(0),
            events_shed: AtomicU64::new(0),
            marks: (0..workers).map(|_| AtomicU64::new(0)).collect(),
            published: (0..workers).map(|_| Mutex::default()).collect(),
        });
        let most_records = (max_flows / FLOWS_PER_RECORD).max(FEWEST_RECORDS);
        let (outlets, inlet) = recorder::connect(workers, most_records);
        let names = config.interfaces.iter().map(|i| i.interface.clone()).collect::<Vec<_>>();
        let wants_flows = sink.wants_flows();
        let wants_sightings = sink.wants_sightings();
        let wants_happenings = sink.wants_happenings();
        let sampled = sink.sampled();
        let recorder = {
            let (shared, names) = (Arc::clone(&shared), names.clone());
            std::thread::spawn(move || {
                capture::live::give_way(RECORDER_NICE);
                recorder::run(&shared, inlet, &names, sink);
            })
        };
        let hasher = Hasher::new(config.seed);
        let blocks = config.interfaces.iter().map(|i| i.blocks as usize).min().unwrap_or_default();
        let retire_ms = config.interfaces.iter().map(|i| i.retire_ms).max().unwrap_or_default();
        let late_ms = u64::from(retire_ms) * 2 + TIMER_MS;
        let threads = rings.into_iter().zip(outlets).enumerate().map(|(number, (rings, outlet))| {
            let out = wants_flows.then_some(outlet);
            let order = order::Order::new(rings.len(), blocks, late_ms);
            let mut front = Front::new(&settings, hasher, wants_sightings);
            front.sample(sampled);
            // Live, each worker has whole tables: the kernel has split the flows already.
            let mut tables = Tables::new(&settings, hasher, 0, 1);
            if wants_happenings {
                front.listen();
                tables.listen();
            }
            let work = worker::Worker::new(number, rings, order, front, tables, &shared, out);
            let cpu = config.pin_threads.then_some(number);
            std::thread::spawn(move || work.run(cpu))
        });
        let workers = threads.collect();
        let published = publish::Publisher::new(names);
        Ok(Self { published, shared, workers, recorder, records: wants_flows })
    }

    /// What the capture has seen up to its last full second. `interval_s` is the time since the
    /// last call, for rates.
    pub fn stats(&mut self, interval_s: f64) -> Stats {
        let stats = self.published.stats(&self.shared.published, interval_s);
        self.shared.with_shed(stats)
    }

    /// Other settings from the next second on. Interfaces and rings stay as they are.
    pub fn reload(&self, settings: &Settings) {
        let settings = share(settings, self.workers.len());
        *self.shared.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
        self.shared.version.fetch_add(1, Ordering::Release);
    }

    /// A worker or the recorder has ended by itself, which is a defect.
    pub fn is_broken(&self) -> bool {
        (self.records && self.recorder.is_finished()) || self.workers.iter().any(JoinHandle::is_finished)
    }

    /// Takes in what the rings still hold, ends every flow, and waits until the sink has them all.
    ///
    /// # Errors
    /// If a thread came to a bad end: not everything was recorded.
    pub fn stop(mut self) -> io::Result<Ending> {
        self.shared.stop.store(true, Ordering::Release);
        let mut totals = Totals::default();
        let mut broken = false;
        for worker in self.workers {
            match worker.join() {
                Ok(seen) => totals.add(&seen),
                Err(_) => broken = true,
            }
        }
        broken |= self.recorder.join().is_err();
        if broken {
            return Err(io::Error::other("a capture thread ended unexpectedly; its flows are lost"));
        }
        let stats = self.shared.with_shed(self.published.stats(&self.shared.published, 1.0));
        Ok(Ending { totals, stats })
    }
}

impl Shared {
    fn with_shed(&self, stats: Stats) -> Stats {
        let [records_shed, events_shed] =
            [&self.records_shed, &self.events_shed].map(|count| count.load(Ordering::Relaxed));
        Stats { records_shed, events_shed, ..stats }
    }
}

/// A worker's share of what the settings allow.
fn share(settings: &Settings, workers: usize) -> Settings {
    let mut settings = settings.clone();
    settings.flow.max_flows = (settings.flow.max_flows / workers).max(1);
    settings.flow.max_inspections /= workers;
    settings
}
