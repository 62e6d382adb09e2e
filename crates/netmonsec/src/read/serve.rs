//! `read --serve`: the results stay to be looked at.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use detect::Happening;
use engine::read::Outcome;
use engine::{FlowSink, Settings};
use flow::{Ended, Notice};
use inventory::Sighting;
use model::{InterfaceStats, Stats, rfc3339};
use wire::Timestamp;

use crate::census::Census;
use crate::config::Loaded;
use crate::publish::Publisher;
use crate::read::replay::Replay;
use crate::serving::Serving;
use crate::signals::Signals;

/// Takes what a capture holds and puts it up.
pub(super) struct Served {
    census: Census,
    publisher: Publisher,
    /// The latest packet of a flow that is over.
    last: Timestamp,
    /// Absent if nobody waits for packet time.
    replay: Option<Replay>,
}

/// How often signals are looked at.
const LOOK: Duration = Duration::from_millis(100);

impl Served {
    pub(super) fn new(settings: &Settings, serving: &Serving) -> Self {
        let census = Census::with_detectors(settings);
        Self { census, publisher: serving.publisher(true), last: Timestamp(0), replay: None }
    }

    /// The same as if it happened now.
    pub(super) fn replayed(&mut self, replay: Replay) -> &mut Self {
        self.replay = Some(replay);
        self
    }

    /// Another second of packet time is over: puts up what is known, and waits for the next.
    fn keep_pace(&mut self, second: u64) {
        let Some(replay) = &mut self.replay else { return };
        if let Some(watch) = &mut self.census.watch {
            watch.book.take_spoken().for_each(|voice| self.publisher.alert(voice.alert));
        }
        self.publisher.stats(replay.stats(second));
        self.publisher.tick(&self.census);
        replay.wait(second);
    }

    /// Nothing more comes: what is left to be said is said.
    pub(super) fn conclude(&mut self, serving: &mut Serving, outcome: &Outcome, names: &[String]) {
        self.census.finish();
        if let Some(watch) = &mut self.census.watch {
            watch.book.take_spoken().for_each(|voice| self.publisher.alert(voice.alert));
        }
        self.publisher.finish(&self.census);
        let counters = &outcome.totals.counters;
        let interface = InterfaceStats {
            name: names.join(", "),
            link: None,
            packets: counters.received,
            bytes: counters.bytes,
            kernel_drops: 0,
            freezes: 0,
        };
        let stats = Stats {
            time: rfc3339(self.last),
            flows: outcome.totals.flows.opened,
            evicted: outcome.totals.flows.evicted,
            drops: counters.drops(0),
            undecodable: counters.causes(),
            interfaces: vec![interface],
            ..Stats::default()
        };
        serving.second(&stats, self.last);
    }
}

/// Begins to serve, if it does not yet, and says where.
pub(super) fn listen(serving: &mut Serving, loaded: &Loaded) -> anyhow::Result<()> {
    if serving.url().is_some() {
        return Ok(());
    }
    let url = serving.listen(&loaded.config.api)?;
    let Some(url) = url else { anyhow::bail!("--serve: api.listen is empty") };
    writeln!(io::stderr(), "netmonsec: serving at {url}; Ctrl-C ends it")?;
    Ok(())
}

/// Serves until somebody says stop.
pub(super) fn serve(serving: &mut Serving, loaded: &Loaded, signals: &Signals) -> anyhow::Result<()> {
    while !serving.is_settled() && !signals.stop_asked() {
        thread::sleep(LOOK);
    }
    listen(serving, loaded)?;
    while !signals.stop_asked() {
        thread::sleep(LOOK);
    }
    Ok(())
}

impl FlowSink for Served {
    fn wants_flows(&self) -> bool {
        true
    }

    fn wants_sightings(&self) -> bool {
        true
    }

    fn wants_happenings(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.census.interface(number, name);
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
        self.keep_pace(second);
    }

    fn flow(&mut self, ended: &Ended) {
        let record = self.census.record(ended);
        self.last = self.last.max(ended.entry.last());
        self.publisher.flow(ended, record, &self.census);
    }
}
