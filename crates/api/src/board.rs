use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use model::{Alert, Device, Incident, Stats, Topology};
use store::SeenFlow;
use tokio::sync::broadcast;

/// What is known now: immutable pictures, each replaced whole.
#[derive(Debug)]
pub struct Board {
    stats: Mutex<Arc<Stats>>,
    devices: Mutex<Arc<Devices>>,
    topology: Mutex<Arc<Topology>>,
    alerts: Mutex<Arc<Vec<Alert>>>,
    incidents: Mutex<Arc<Vec<Incident>>>,
    /// The latest flows that are over, oldest first.
    flows: Mutex<VecDeque<Arc<SeenFlow>>>,
    events: broadcast::Sender<Event>,
}

/// All devices, and by what they are found.
#[derive(Debug, Default)]
pub struct Devices {
    /// In the order they were found.
    pub all: Vec<Arc<Device>>,
    by_name: HashMap<String, usize>,
}

/// Something new, for whoever listens.
#[derive(Clone, Debug)]
pub enum Event {
    /// The last second.
    Stats(Arc<Stats>),
    /// Flows that are over.
    Flows(Arc<FlowBatch>),
    /// Devices that are new or changed.
    Devices(Arc<Vec<Arc<Device>>>),
    /// Alerts that have something to say.
    Alerts(Arc<Vec<Alert>>),
}

/// Flows of about a second.
#[derive(Debug)]
pub struct FlowBatch {
    /// The flows, oldest first.
    pub flows: Vec<Arc<SeenFlow>>,
    /// The message for those who want them all, made once for all of them.
    pub(crate) message: OnceLock<String>,
}

/// Flows that are kept for whoever looks at the latest.
const MOST_FLOWS: usize = 10_000;
/// Flows of one event: nobody reads more in a second.
const MOST_IN_BATCH: usize = 1000;
/// Events that a slow listener may lag behind.
const MOST_EVENTS: usize = 64;

impl Default for Board {
    fn default() -> Self {
        Self {
            stats: Mutex::default(),
            devices: Mutex::default(),
            topology: Mutex::default(),
            alerts: Mutex::default(),
            incidents: Mutex::default(),
            flows: Mutex::default(),
            events: broadcast::channel(MOST_EVENTS).0,
        }
    }
}

impl Board {
    /// The last second.
    pub fn stats(&self) -> Arc<Stats> {
        read(&self.stats)
    }

    /// Puts up the last second.
    pub fn put_stats(&self, stats: Stats) {
        let stats = Arc::new(stats);
        write(&self.stats, Arc::clone(&stats));
        self.tell(|| Event::Stats(stats));
    }

    /// The devices.
    pub fn devices(&self) -> Arc<Devices> {
        read(&self.devices)
    }

    /// Puts up all devices; which of them are new or changed is found out here and returned.
    pub fn put_devices(&self, devices: Vec<Device>) -> Vec<Arc<Device>> {
        let before = self.devices();
        let same =
            |device: &Device| before.find(&device.id).filter(|known| known.last_seen == device.last_seen);
        let mut changed = Vec::new();
        let all = devices.into_iter().map(|device| match same(&device) {
            Some(known) => Arc::clone(known),
            None => {
                let device = Arc::new(device);
                changed.push(Arc::clone(&device));
                device
            }
        });
        let all: Vec<_> = all.collect();
        write(&self.devices, Arc::new(Devices::new(all)));
        if !changed.is_empty() {
            self.tell(|| Event::Devices(Arc::new(changed.clone())));
        }
        changed
    }

    /// Who leads where.
    pub fn topology(&self) -> Arc<Topology> {
        read(&self.topology)
    }

    /// Puts up who leads where.
    pub fn put_topology(&self, topology: Topology) {
        write(&self.topology, Arc::new(topology));
    }

    /// All alerts since the start, in the order they were raised.
    pub fn alerts(&self) -> Arc<Vec<Alert>> {
        read(&self.alerts)
    }

    /// Incidents, in the order they began.
    pub fn incidents(&self) -> Arc<Vec<Incident>> {
        read(&self.incidents)
    }

    /// Puts up all alerts and incidents; `spoken` are those that have something new to say.
    pub fn put_alerts(&self, all: Vec<Alert>, incidents: Vec<Incident>, spoken: Vec<Alert>) {
        write(&self.alerts, Arc::new(all));
        write(&self.incidents, Arc::new(incidents));
        if !spoken.is_empty() {
            self.tell(|| Event::Alerts(Arc::new(spoken)));
        }
    }

    /// The latest flows that are over, newest first.
    pub fn latest_flows(&self, most: usize) -> Vec<Arc<SeenFlow>> {
        let flows = self.flows.lock().unwrap_or_else(PoisonError::into_inner);
        flows.iter().rev().take(most).cloned().collect()
    }

    /// Puts up flows that are over.
    pub fn put_flows(&self, batch: Vec<Arc<SeenFlow>>) {
        if batch.is_empty() {
            return;
        }
        {
            let mut flows = self.flows.lock().unwrap_or_else(PoisonError::into_inner);
            let excess = (flows.len() + batch.len()).saturating_sub(MOST_FLOWS).min(flows.len());
            flows.drain(..excess);
            let skipped = batch.len().saturating_sub(MOST_FLOWS);
            flows.extend(batch.iter().skip(skipped).cloned());
        }
        let skipped = batch.len().saturating_sub(MOST_IN_BATCH);
        self.tell(|| {
            let flows = batch.into_iter().skip(skipped).collect();
            Event::Flows(Arc::new(FlowBatch { flows, message: OnceLock::new() }))
        });
    }

    /// Events from now on. Whoever lags behind is told so.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if self.events.receiver_count() > 0 {
            // It fails if the last one has just gone.
            let _ = self.events.send(event());
        }
    }
}

impl Devices {
    fn new(all: Vec<Arc<Device>>) -> Self {
        let mut by_name = HashMap::with_capacity(all.len() * 3);
        for (place, device) in all.iter().enumerate() {
            let current =
                device.ips.iter().filter(|address| address.current).map(|address| address.ip.to_string());
            for name in device.macs.iter().cloned().chain(current) {
                by_name.insert(name, place);
            }
        }
        for (place, device) in all.iter().enumerate() {
            by_name.insert(device.id.clone(), place);
        }
        Self { all, by_name }
    }

    /// A device by its id, a hardware address, or an address that it has now.
    pub fn find(&self, name: &str) -> Option<&Arc<Device>> {
        self.all.get(*self.by_name.get(name)?)
    }
}

fn read<T>(slot: &Mutex<Arc<T>>) -> Arc<T> {
    Arc::clone(&slot.lock().unwrap_or_else(PoisonError::into_inner))
}

fn write<T>(slot: &Mutex<Arc<T>>, value: Arc<T>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = value;
}
