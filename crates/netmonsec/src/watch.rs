//! Watching live: rings to a table in the terminal, or to JSON Lines.

mod keys;
mod losses;
mod notices;
mod observer;

use std::io::{self, Stdout, Write};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use capture::live;
use engine::live::{Ending, Live, LiveConfig};
use engine::wall_clock;
use keys::Keys;
use losses::Losses;
use model::Stats;
use notices::Notices;
use observer::{Observer, Seen};

use crate::cli::{Arguments, LivePrint};
use crate::config::{Cidr, Config, Loaded};
use crate::dashboard::Dashboard;
use crate::logging;
use crate::print::{self, LivePage, LiveScreen, Terminal};
use crate::serving::Serving;
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
    let settings = engine_settings(config, &own_networks(&interfaces))?;
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
    let on_terminal =
        arguments.tui || terminal.size.is_some() && !arguments.json && arguments.print.is_none();
    let failed = Arc::default();
    let seen = Arc::new(Seen::default());
    let observer = if on_terminal {
        Observer::for_screen(&settings, &seen)
    } else {
        let what = arguments.print.unwrap_or(LivePrint::Flows);
        Observer::for_lines(&settings, &seen, what, &signals, &failed)
    };
    let observer = observer
        .keep_state(&config.detect.state)
        .with_context(|| format!("detect.state: {} cannot be read", print::safe(&config.detect.state)))?;
    let mut serving = Serving::live(loaded);
    let samples = config.store.packets;
    let publisher = || serving.publisher(false).sample(samples);
    let observer = if serving.is_of_use() { observer.publish(publisher()) } else { observer };
    let mut live = Live::start(&live_config, &settings, observer)?;
    let mut losses = Losses::default();
    let rings = live_config.workers;
    tracing::info!("watching {} with {rings} ring(s) each, {}", interfaces.join(", "), loaded.source);
    if let Some(url) = serving.url() {
        tracing::info!("serving at {url}");
    }
    let seen_by_all = Arc::clone(&seen);
    let mut view = match (arguments.tui, serving.url()) {
        (true, Some(url)) => View::Dashboard(Dashboard::start(url, serving.own_certificate().as_deref())),
        (true, None) => anyhow::bail!("--tui asks the API of this instance, which is not served; see above"),
        _ => View::new(on_terminal, terminal, seen)?,
    };
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
            reload(arguments, &interfaces, &live, &serving);
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
                seen_by_all
                    .losses
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(losses.since(&stats));
                last = now;
                serving.second(&stats, now);
            }
            view.show(&stats)?;
        }
    }
    view.close()?;
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
fn reload(arguments: &Arguments, interfaces: &[String], live: &Live, serving: &Serving) {
    let again = || -> anyhow::Result<_> {
        let loaded = Config::load(arguments.config.as_deref(), &arguments.set)?;
        let settings = engine_settings(&loaded.config, &own_networks(interfaces))?;
        Ok((loaded, settings))
    };
    match again() {
        Ok((loaded, settings)) => {
            logging::change(&loaded.config, arguments.verbose);
            live.reload(&settings);
            serving.reloaded(&loaded);
            tracing::info!(
                "configuration read again, {}; interfaces, rings, flow.vlan_in_key and outputs stay as they are until a restart",
                loaded.source
            );
        }
        Err(error) => tracing::error!("configuration not changed: {error}"),
    }
}

fn farewell(ending: &Ending) -> io::Result<()> {
    let Ending { stats, .. } = ending;
    let d = &stats.drops;
    let mut late = String::new();
    let counts = [
        (stats.evicted, "evicted"),
        (stats.records_shed, "not recorded"),
        (stats.events_shed, "observations shed"),
    ];
    for (number, what) in counts {
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
    /// Draws by itself, and asks the API.
    Dashboard(Dashboard),
    /// The flows themselves go to standard output; what else there is to say, to standard error.
    Lines(Notices),
}

/// What the screen shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Flows,
    Devices,
    Alerts,
}

/// What a key asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    ToDraw,
    ToStop,
}

impl Page {
    fn next(self) -> Self {
        match self {
            Self::Flows => Self::Devices,
            Self::Devices => Self::Alerts,
            Self::Alerts => Self::Flows,
        }
    }
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
        let (keys, page, seen) = match self {
            Self::Screen { keys, page, seen, .. } => (keys, page, seen),
            Self::Dashboard(dashboard) if dashboard.is_over() => return Asked::ToStop,
            _ => return Asked::Nothing,
        };
        match keys.pressed() {
            Some(b'q') => return Asked::ToStop,
            Some(b'f' | b'1') => *page = Page::Flows,
            Some(b'd' | b'2') => *page = Page::Devices,
            Some(b'a' | b'3') => *page = Page::Alerts,
            Some(b'\t') => *page = page.next(),
            _ => return Asked::Nothing,
        }
        seen.wanted.store(*page == Page::Devices, Ordering::Relaxed);
        Asked::ToDraw
    }

    fn show(&mut self, stats: &Stats) -> io::Result<()> {
        match self {
            Self::Screen { screen, keys, page, seen } => {
                screen.resize(Terminal::of(&io::stdout()));
                let devices = seen.devices.lock().unwrap_or_else(PoisonError::into_inner);
                let alerts = seen.alerts.lock().unwrap_or_else(PoisonError::into_inner);
                let page = match page {
                    Page::Flows => LivePage::Flows,
                    Page::Devices => LivePage::Devices(&devices),
                    Page::Alerts => LivePage::Alerts(&alerts),
                };
                screen.draw(stats, page, keys.are_there())
            }
            Self::Dashboard(_) => Ok(()),
            Self::Lines(notices) => {
                notices.tell(stats);
                Ok(())
            }
        }
    }

    /// Gives the terminal back; why there was nothing to see, if there was not.
    fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Dashboard(dashboard) => dashboard.close(),
            Self::Screen { .. } | Self::Lines(_) => Ok(()),
        }
    }
}
