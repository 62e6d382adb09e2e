//! Where everything that is seen live comes together: devices, alerts, and what is printed of them.

use std::io::{self, BufWriter, Stdout};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use detect::{Happening, Loss, Voice};
use engine::{FlowSink, SampledPacket, Settings, wall_clock};
use flow::{Ended, Notice};
use inventory::Sighting;
use model::{Alert, Device, Severity};
use wire::Timestamp;

use crate::census::Census;
use crate::cli::LivePrint;
use crate::detect_state;
use crate::print::{self, JsonLines, safe};
use crate::publish::Publisher;
use crate::signals::Signals;

/// What was seen as it stood a moment ago, for whoever draws it.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) wanted: AtomicBool,
    pub(super) devices: Mutex<Vec<Device>>,
    /// The latest alerts, newest first.
    pub(super) alerts: Mutex<Vec<Alert>>,
    /// What interfaces received and lost since somebody looked.
    pub(super) losses: Mutex<Vec<Loss>>,
}

/// Takes what the engine hands on.
pub(super) struct Observer {
    census: Census,
    /// Absent if a screen shows it.
    lines: Option<Lines>,
    seen: Arc<Seen>,
    shown: Timestamp,
    /// Where the detectors keep what they have learnt.
    state: Option<PathBuf>,
    saved: Timestamp,
    publisher: Option<Publisher>,
}

/// JSON Lines on standard output.
struct Lines {
    what: LivePrint,
    lines: JsonLines<BufWriter<Stdout>>,
    signals: Signals,
    /// Records were lost because they could not be written.
    failed: Arc<AtomicBool>,
}

/// More devices or alerts than a screen has lines.
const MOST_SHOWN: usize = 250;
/// What is learnt is written down this often.
const SAVE_NS: u64 = 300_000_000_000;
/// How old the devices on the screen can be.
const FRESH_NS: u64 = 1_000_000_000;

impl Observer {
    /// Draws nothing itself: somebody looks at `seen`.
    pub(super) fn for_screen(settings: &Settings, seen: &Arc<Seen>) -> Self {
        let census = Census::with_detectors(settings);
        let seen = Arc::clone(seen);
        Self {
            census,
            lines: None,
            seen,
            shown: Timestamp(0),
            state: None,
            saved: wall_clock(),
            publisher: None,
        }
    }

    /// Prints lines; `failed` is set if that fails.
    pub(super) fn for_lines(
        settings: &Settings,
        seen: &Arc<Seen>,
        what: LivePrint,
        signals: &Signals,
        failed: &Arc<AtomicBool>,
    ) -> Self {
        let lines = JsonLines::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        let lines = Lines { what, lines, signals: signals.clone(), failed: Arc::clone(failed) };
        Self { lines: Some(lines), ..Self::for_screen(settings, seen) }
    }

    /// Goes on from what was learnt before, and keeps what is learnt from now on.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(super) fn keep_state(mut self, path: &str) -> io::Result<Self> {
        if let Some(watch) = self.census.watch.as_mut().filter(|_| !path.is_empty()) {
            let path = PathBuf::from(path);
            detect_state::load(&path, watch)?;
            self.state = Some(path);
        }
        Ok(self)
    }

    /// Puts up what is seen for others, too.
    pub(super) fn publish(self, publisher: Publisher) -> Self {
        Self { publisher: Some(publisher), ..self }
    }

    fn save_state(&mut self) {
        self.saved = wall_clock();
        if let (Some(path), Some(watch)) = (&self.state, &self.census.watch)
            && let Err(error) = detect_state::save(path, watch)
        {
            tracing::warn!("{}: what was learnt cannot be kept: {error}", path.display());
        }
    }

    /// What the kernel dropped since the last time.
    fn tell_losses(&mut self) {
        let losses = std::mem::take(&mut *self.seen.losses.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(watch) = &mut self.census.watch else { return };
        for loss in losses {
            watch.loss(loss, wall_clock(), &self.census.inventory);
        }
    }

    fn tell_alerts(&mut self) {
        let Some(watch) = &mut self.census.watch else { return };
        for Voice { alert, update } in watch.book.take_spoken() {
            if let Some(publisher) = &mut self.publisher {
                publisher.alert(alert.clone());
            }
            match &mut self.lines {
                Some(lines) if lines.what == LivePrint::Alerts => lines.write(&alert),
                Some(_) => log(&alert, update),
                None => self.seen.show(alert),
            }
        }
    }
}

impl Seen {
    fn show(&self, alert: Alert) {
        let mut alerts = self.alerts.lock().unwrap_or_else(PoisonError::into_inner);
        alerts.retain(|shown| shown.id != alert.id);
        alerts.insert(0, alert);
        alerts.truncate(MOST_SHOWN);
    }
}

/// Standard output is the flows'.
fn log(alert: &Alert, update: bool) {
    let (detector, title) = (alert.detector, safe(&alert.title));
    let again = if update { format!(" (again, {} by now)", alert.count) } else { String::new() };
    match alert.severity {
        Severity::Info | Severity::Low => tracing::info!("{detector}: {title}{again}"),
        _ => tracing::warn!("{detector}: {title}{again}"),
    }
}

impl Lines {
    fn write(&mut self, record: &impl serde::Serialize) {
        let result = self.lines.write(record);
        self.check(result);
    }

    /// Without a reader there is no use in going on.
    fn check(&self, result: io::Result<()>) {
        if let Err(error) = result {
            if !print::reader_gone(&error) && !self.failed.swap(true, Ordering::Relaxed) {
                tracing::error!("cannot write to standard output: {error}");
            }
            self.signals.ask_to_stop();
        }
    }
}

impl FlowSink for Observer {
    fn wants_flows(&self) -> bool {
        true
    }

    fn wants_sightings(&self) -> bool {
        true
    }

    fn wants_happenings(&self) -> bool {
        true
    }

    fn sampled(&self) -> u32 {
        self.publisher.as_ref().map_or(0, Publisher::sampled)
    }

    fn packet(&mut self, packet: &SampledPacket) {
        if let Some(publisher) = &mut self.publisher {
            publisher.packet(packet);
        }
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        if let Some(publisher) = &mut self.publisher {
            publisher.interface(number, name);
        }
        self.census.interface(number, name);
    }

    fn configure(&mut self, settings: &Settings) {
        self.census.configure(settings);
    }

    fn notice(&mut self, notice: &Notice) {
        self.census.notice(notice);
    }

    fn sighting(&mut self, sighting: &Sighting) {
        self.census.sighting(sighting);
    }

    fn happening(&mut self, happening: &Happening) {
        self.census.happening(happening);
    }

    fn advance(&mut self, second: u64) {
        self.census.advance(second);
    }

    fn flow(&mut self, ended: &Ended) {
        let record = self.census.record(ended);
        if let Some(lines) = &mut self.lines
            && lines.what == LivePrint::Flows
        {
            lines.write(&record);
        }
        if let Some(publisher) = &mut self.publisher {
            publisher.flow(ended, record, &self.census);
        }
    }

    fn flush(&mut self) {
        self.tell_losses();
        self.tell_alerts();
        if let Some(lines) = &mut self.lines {
            let result = lines.lines.flush();
            lines.check(result);
        }
        if let Some(publisher) = &mut self.publisher {
            publisher.tick(&self.census);
        }
        let now = wall_clock();
        if self.seen.wanted.load(Ordering::Relaxed) && now.since(self.shown) >= FRESH_NS {
            self.shown = now;
            let latest = self.census.inventory.latest(MOST_SHOWN);
            *self.seen.devices.lock().unwrap_or_else(PoisonError::into_inner) = latest;
        }
        if self.state.is_some() && now.since(self.saved) >= SAVE_NS {
            self.save_state();
        }
    }

    fn finish(&mut self) {
        self.census.finish();
        self.save_state();
        self.tell_alerts();
        if let Some(publisher) = &mut self.publisher {
            publisher.finish(&self.census);
        }
        let (Some(watch), Some(lines)) = (&self.census.watch, &mut self.lines) else { return };
        if lines.what == LivePrint::Alerts {
            watch.book.unspoken().for_each(|alert| lines.write(&alert));
        }
    }
}
