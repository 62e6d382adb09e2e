//! Watching live: rings to a table in the terminal, or to JSON Lines.

mod keys;
mod notices;

use std::io::{self, BufWriter, Stdout, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use capture::live;
use engine::live::{Ending, Live, LiveConfig};
use engine::{FlowSink, Recorder, Settings, wall_clock};
use flow::{Ended, Notice};
use inventory::Sighting;
use keys::Keys;
use model::{Device, Stats};
use notices::Notices;
use wire::Timestamp;

use crate::census::Census;
use crate::cli::Arguments;
use crate::config::{Cidr, Config, Loaded};
use crate::logging;
use crate::print::{self, JsonLines, LivePage, LiveScreen, Terminal};
use crate::settings::engine_settings;
use crate::signals::Signals;

/// How often signals are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Looks between two pictures.
const LOOKS_A_SECOND: u32 = 10;

pub(crate) fn run(arguments: &Arguments, loaded: &Loaded) -> anyhow::Result<ExitCode> {
    let config = &loaded.config;
    let interfaces = interfaces(arguments, config)?;
    let known = live::interfaces().unwrap_or_default();
    let settings = engine_settings(config, &own_networks(&interfaces));
    let ring = |(id, name): (u16, &String)| live::RingConfig {
        // The loopback shows every packet twice, going out and coming in.
        ignore_outgoing: known.iter().any(|i| i.name == *name && i.loopback),
        ..config.capture.ring(name, id)
    };
    let live_config = LiveConfig {
        interfaces: (0u16..).zip(&interfaces).map(ring).collect(),
        workers: config.capture.ring_count(),
        fanout: config.capture.fanout.into(),
        pin_threads: config.capture.pin_threads,
        seed: seed(),
    };
    let signals = Signals::listen_for_stop()?;
    signals.listen_for_reload()?;
    let terminal = Terminal::of(&io::stdout());
    let on_terminal = terminal.size.is_some() && !arguments.json;
    let lines = Lines::new(&settings, &signals);
    let failed = Arc::clone(&lines.failed);
    let seen = Arc::new(Seen::default());
    let mut live = if on_terminal {
        let devices =
            Devices { census: Census::new(&settings), seen: Arc::clone(&seen), shown: Timestamp(0) };
        Live::start(&live_config, &settings, devices)
    } else {
        Live::start(&live_config, &settings, lines)
    }?;
    let rings = live_config.workers;
    tracing::info!("watching {} with {rings} ring(s) each, {}", interfaces.join(", "), loaded.source);
    let mut view = View::new(on_terminal, terminal, seen)?;
    let mut looks = 0;
    let mut stats = Stats::default();
    let mut last = wall_clock();
    while !signals.stop_asked() {
        if live.is_broken() {
            // Nobody asked for this: the exit status must say so.
            drop(view);
            live.stop()?;
            anyhow::bail!("a capture thread ended unexpectedly; please report this with the lines above");
        }
        thread::sleep(LOOK);
        if signals.take_reload() {
            reload(arguments, &interfaces, &live);
        }
        let asked = view.keys();
        if asked == Asked::ToStop {
            break;
        }
        looks += 1;
        if looks % LOOKS_A_SECOND == 0 || asked == Asked::ToDraw {
            let now = wall_clock();
            // A key asks for the same numbers on another page; rates are those of whole seconds.
            if asked != Asked::ToDraw {
                stats = live.stats(now.since(last) as f64 / 1e9);
                last = now;
            }
            view.show(&stats, live.records_shed())?;
        }
    }
    drop(view);
    farewell(&live.stop()?)?;
    Ok(if failed.load(Ordering::Relaxed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// `-i` stands over the configuration, which stands over the default route.
fn interfaces(arguments: &Arguments, config: &Config) -> anyhow::Result<Vec<String>> {
    for named in [&arguments.interface, &config.capture.interfaces] {
        if !named.is_empty() {
            // Each is watched once, however often it is named.
            let mut once: Vec<String> = Vec::new();
            for name in named {
                if !once.contains(name) {
                    once.push(name.clone());
                }
            }
            return Ok(once);
        }
    }
    let default = live::default_interface()
        .context("no interface has a default route; name one with -i (`netmonsec --list` shows them)")?;
    Ok(vec![default])
}

/// The networks that the watched interfaces are part of.
fn own_networks(interfaces: &[String]) -> Vec<Cidr> {
    let known = live::interfaces().unwrap_or_default();
    let watched = known.iter().filter(|known| interfaces.contains(&known.name));
    watched
        .flat_map(|i| i.addresses.iter().map(|(address, prefix)| Cidr::around(*address, *prefix)))
        .collect()
}

/// A seed nobody outside can know.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(wall_clock().nanos())
}

/// Reads the configuration again; one that is invalid changes nothing.
fn reload(arguments: &Arguments, interfaces: &[String], live: &Live) {
    match Config::load(arguments.config.as_deref(), &arguments.set) {
        Ok(loaded) => {
            logging::change(&loaded.config, arguments.verbose);
            live.reload(&engine_settings(&loaded.config, &own_networks(interfaces)));
            tracing::info!(
                "configuration read again, {}; interfaces, rings and flow.vlan_in_key stay as they are until a restart",
                loaded.source
            );
        }
        Err(error) => tracing::error!("configuration not changed: {error}"),
    }
}

fn farewell(ending: &Ending) -> io::Result<()> {
    let Ending { stats, records_shed, .. } = ending;
    let d = &stats.drops;
    let mut late = String::new();
    for (number, what) in [(stats.evicted, "evicted"), (*records_shed, "not recorded")] {
        if number > 0 {
            late += &format!(", {number} {what}");
        }
    }
    let mut err = io::stderr().lock();
    writeln!(
        err,
        "{} packets received = {} processed + {} undecodable + {} filtered + {} shed; {} on the wire, \
         {} dropped by the kernel; {} flows{late}",
        d.received,
        d.processed,
        d.undecodable,
        d.filtered,
        d.shed,
        d.received + d.kernel,
        d.kernel,
        stats.flows
    )
}

/// What is shown while the capture runs.
enum View {
    Screen {
        screen: LiveScreen<Stdout>,
        keys: Keys,
        page: Page,
        seen: Arc<Seen>,
    },
    /// The flows themselves go to standard output; what else there is to say, to standard error.
    Lines(Notices),
}

/// What the screen shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Flows,
    Devices,
}

/// What a key asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    ToDraw,
    ToStop,
}

impl View {
    fn new(on_terminal: bool, terminal: Terminal, seen: Arc<Seen>) -> io::Result<Self> {
        if !on_terminal {
            return Ok(Self::Lines(Notices::default()));
        }
        print::restore_terminal_on_panic();
        let screen = LiveScreen::open(io::stdout(), terminal)?;
        Ok(Self::Screen { screen, keys: Keys::open(), page: Page::Flows, seen })
    }

    /// Does what the keyboard says.
    fn keys(&mut self) -> Asked {
        let Self::Screen { keys, page, seen, .. } = self else { return Asked::Nothing };
        match keys.pressed() {
            Some(b'q') => return Asked::ToStop,
            Some(b'f' | b'1') => *page = Page::Flows,
            Some(b'd' | b'2') => *page = Page::Devices,
            Some(b'\t') => *page = if *page == Page::Flows { Page::Devices } else { Page::Flows },
            _ => return Asked::Nothing,
        }
        seen.wanted.store(*page == Page::Devices, Ordering::Relaxed);
        Asked::ToDraw
    }

    fn show(&mut self, stats: &Stats, records_shed: u64) -> io::Result<()> {
        match self {
            Self::Screen { screen, keys, page, seen } => {
                screen.resize(Terminal::of(&io::stdout()));
                let devices = seen.devices.lock().unwrap_or_else(PoisonError::into_inner);
                let page = match page {
                    Page::Flows => LivePage::Flows,
                    Page::Devices => LivePage::Devices(&devices),
                };
                screen.draw(stats, page, keys.are_there())
            }
            Self::Lines(notices) => {
                notices.tell(stats, records_shed);
                Ok(())
            }
        }
    }
}

/// The devices as they were a moment ago, for whoever draws them.
#[derive(Default)]
struct Seen {
    wanted: AtomicBool,
    devices: Mutex<Vec<Device>>,
}

/// Keeps the inventory while the screen shows flows or devices.
struct Devices {
    census: Census,
    seen: Arc<Seen>,
    shown: Timestamp,
}

/// More devices than a screen has lines.
const MOST_SHOWN: usize = 250;
/// How old the devices on the screen can be.
const FRESH_NS: u64 = 1_000_000_000;

impl FlowSink for Devices {
    fn wants_flows(&self) -> bool {
        true
    }

    fn wants_sightings(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
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

    fn flow(&mut self, ended: &Ended) {
        self.census.flow(ended);
    }

    fn flush(&mut self) {
        let now = wall_clock();
        if self.seen.wanted.load(Ordering::Relaxed) && now.since(self.shown) >= FRESH_NS {
            self.shown = now;
            let latest = self.census.inventory.latest(MOST_SHOWN);
            *self.seen.devices.lock().unwrap_or_else(PoisonError::into_inner) = latest;
        }
    }
}

/// Flows that are over, as JSON Lines on standard output.
struct Lines {
    recorder: Recorder,
    lines: JsonLines<BufWriter<Stdout>>,
    signals: Signals,
    /// Records were lost because they could not be written.
    failed: Arc<AtomicBool>,
}

impl Lines {
    fn new(settings: &Settings, signals: &Signals) -> Self {
        let lines = JsonLines::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        Self { recorder: Recorder::new(settings), lines, signals: signals.clone(), failed: Arc::default() }
    }

    /// Without a reader there is no use in going on.
    fn check(&self, result: io::Result<()>) {
        if let Err(error) = result {
            if !print::reader_gone(&error) && !self.failed.swap(true, Ordering::Relaxed) {
                tracing::error!("cannot write flows: {error}");
            }
            self.signals.ask_to_stop();
        }
    }
}

impl FlowSink for Lines {
    fn wants_flows(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.recorder.name_interface(number, name);
    }

    fn configure(&mut self, settings: &Settings) {
        self.recorder.configure(settings);
    }

    fn notice(&mut self, notice: &Notice) {
        self.recorder.notice(notice);
    }

    fn flow(&mut self, ended: &Ended) {
        let record = self.recorder.flow(ended);
        let result = self.lines.write(&record);
        self.check(result);
    }

    fn flush(&mut self) {
        let result = self.lines.flush();
        self.check(result);
    }
}
