//! `netmonsec read`: captures in, records out.

mod alerts;
mod handed_in;
mod input;
mod packets;
mod replay;
mod serve;
mod sinks;
mod tally;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use engine::read::{Outcome, Source};
use engine::{FlowSink, Recorder, Settings};
use inventory::Inventory;

use crate::census::Census;
use crate::cli::{Print, ReadArguments};
use crate::config::Loaded;
use crate::print::{JsonLines, Terminal, device_table, safe, summary, topology};
use crate::serving::Serving;
use crate::settings::engine_settings;
use crate::signals::Signals;

pub(crate) use handed_in::analyst;

pub(crate) fn run(arguments: &ReadArguments, loaded: &Loaded) -> anyhow::Result<ExitCode> {
    let config = &loaded.config;
    let print = arguments.print.unwrap_or(if arguments.json { Print::Flows } else { Print::Summary });
    let settings = engine_settings(config, &[])?;
    let mut run = Run {
        arguments,
        settings,
        signals: Signals::listen_for_stop()?,
        cut: Arc::default(),
        unread: Vec::new(),
    };
    let terminal = Terminal::of(&io::stdout());
    if arguments.serve {
        return run.serve(loaded);
    }
    let outcome = match print {
        Print::Devices | Print::Topology => {
            let mut census = Census::new(&run.settings);
            let outcome = run.read(&mut census)?;
            if print == Print::Topology {
                print_topology(&census.inventory, arguments.json)?;
            } else {
                print_devices(&census.inventory, arguments.json, terminal)?;
            }
            outcome
        }
        Print::Alerts | Print::Incidents => {
            let mut census = Census::with_detectors(&run.settings);
            let outcome = run.read(&mut census)?;
            census.finish();
            alerts::print(&census, print, arguments.json, terminal)?;
            outcome
        }
        Print::Flows if arguments.json => {
            let mut sink = sinks::Json::new(Recorder::new(&run.settings), &run.signals);
            let outcome = run.read(&mut sink)?;
            sink.finish()?;
            outcome
        }
        Print::Flows => {
            let mut sink = sinks::Lines::new(Recorder::new(&run.settings), terminal, &run.signals);
            let outcome = run.read(&mut sink)?;
            sink.finish()?;
            outcome
        }
        Print::Packets => {
            let mut packets = packets::Packets::new(&run.signals);
            let outcome = run.read_packets(&mut packets)?;
            packets.finish()?;
            outcome
        }
        Print::Summary => {
            let mut sink = tally::Tally::default();
            let outcome = run.read(&mut sink)?;
            let record = sink.summary(&outcome.totals);
            let mut out = io::stdout().lock();
            if arguments.json {
                let mut lines = JsonLines::new(&mut out);
                lines.write(&record)?;
                lines.flush()?;
            } else {
                summary(&mut out, &record, terminal)?;
            }
            outcome
        }
        Print::None => {
            let outcome = run.read(&mut sinks::Nothing)?;
            let totals = &outcome.totals;
            let (packets, bytes) = (totals.counters.received, totals.counters.bytes);
            writeln!(io::stderr(), "{packets} packets, {bytes} bytes, {} flows", totals.flows.opened)?;
            outcome
        }
    };
    run.conclude(&outcome)
}

fn print_devices(inventory: &Inventory, json: bool, terminal: Terminal) -> anyhow::Result<()> {
    let devices = inventory.devices();
    let mut out = io::stdout().lock();
    if json {
        let mut lines = JsonLines::new(&mut out);
        devices.iter().try_for_each(|device| lines.write(device))?;
        lines.flush()?;
    } else {
        device_table(&mut out, &devices, terminal)?;
    }
    let counts = inventory.counts();
    if counts.evicted > 0 || counts.floods > 0 {
        writeln!(
            io::stderr(),
            "netmonsec: {} hardware addresses appeared within 10 s, {}; {} devices had to go because there was no room",
            counts.new_macs_peak,
            if counts.floods > 0 { "which is a flood of made-up addresses" } else { "at most" },
            counts.evicted
        )?;
    }
    Ok(())
}

fn print_topology(inventory: &Inventory, json: bool) -> anyhow::Result<()> {
    let record = inventory.topology();
    let mut out = io::stdout().lock();
    if json {
        let mut lines = JsonLines::new(&mut out);
        lines.write(&record)?;
        lines.flush()?;
    } else {
        topology(&mut out, &record, &inventory.devices())?;
    }
    Ok(())
}

struct Run<'a> {
    arguments: &'a ReadArguments,
    settings: Settings,
    signals: Signals,
    cut: input::Cut,
    /// Captures that could not be opened, and why.
    unread: Vec<String>,
}

impl Run<'_> {
    fn serve(&mut self, loaded: &Loaded) -> anyhow::Result<ExitCode> {
        let folder = tempfile::Builder::new().prefix("netmonsec-").tempdir()?;
        let mut serving = Serving::private(loaded, folder.path());
        let mut served = serve::Served::new(&self.settings, &serving);
        let outcome = match self.arguments.speed {
            None => self.read(&mut served)?,
            Some(speed) => {
                let counts = replay::Counts::default();
                let replay = replay::Replay::new(speed, counts.clone(), self.signals.clone());
                serve::listen(&mut serving, loaded)?;
                let mut sources = self.open()?;
                let mut watch = replay::Counting::new(watch::Watching::new(&self.signals), counts);
                engine::read::run(&mut sources, &self.settings, 1, served.replayed(replay), &mut watch)
            }
        };
        let names: Vec<_> = self.arguments.files.iter().map(|file| input::name(file)).collect();
        served.conclude(&mut serving, &outcome, &names);
        drop(served);
        let code = self.conclude(&outcome)?;
        if !outcome.stopped {
            serve::serve(&mut serving, loaded, &self.signals)?;
        }
        Ok(code)
    }

    fn read<S: FlowSink + Send>(&mut self, sink: &mut S) -> anyhow::Result<Outcome> {
        let mut sources = self.open()?;
        let mut watch = watch::Watching::new(&self.signals);
        let workers = usize::from(self.arguments.workers);
        Ok(engine::read::run(&mut sources, &self.settings, workers, sink, &mut watch))
    }

    fn read_packets(&mut self, packets: &mut packets::Packets) -> anyhow::Result<Outcome> {
        let mut sources = self.open()?;
        Ok(engine::read::run(&mut sources, &self.settings, 1, &mut sinks::Nothing, packets))
    }

    /// Opens every capture; one that cannot be opened does not keep the others from being read.
    fn open(&mut self) -> anyhow::Result<Vec<Source>> {
        let mut sources = Vec::new();
        for file in &self.arguments.files {
            match input::open(file, &self.signals, &self.cut) {
                Ok(reader) => sources.push(Source::new(input::name(file), reader)),
                Err(error) => self.unread.push(format!("{}: {error}", safe(&input::name(file)))),
            }
            if let Some(name) = self.cut.get() {
                anyhow::bail!("stopped by a signal while waiting for {}", safe(name));
            }
        }
        if sources.is_empty() {
            anyhow::bail!("{}", self.unread.join("\nnetmonsec: "));
        }
        Ok(sources)
    }

    fn conclude(&self, outcome: &Outcome) -> anyhow::Result<ExitCode> {
        let mut err = io::stderr().lock();
        // A stream that was left in the middle of a packet is not damaged.
        let cut = self.cut.get();
        let mut damaged = outcome.damaged.iter().filter(|(name, _)| Some(name) != cut).peekable();
        let mut whole = damaged.peek().is_none();
        for (name, error) in damaged {
            writeln!(err, "netmonsec: {}: {error}", safe(name))?;
        }
        if cut.is_some() || outcome.stopped {
            whole = false;
            let packets = outcome.totals.counters.received;
            writeln!(
                err,
                "netmonsec: stopped by a signal; these are the results of the first {packets} packets"
            )?;
        }
        for error in &self.unread {
            writeln!(err, "netmonsec: {error}")?;
        }
        Ok(match (self.unread.is_empty(), whole) {
            (false, _) => ExitCode::FAILURE,
            (true, false) => ExitCode::from(2),
            (true, true) => ExitCode::SUCCESS,
        })
    }
}
