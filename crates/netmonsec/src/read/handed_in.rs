//! A capture that somebody handed in, read beside what is watched.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use api::{AnalysisOutcome, Analyst, Job};
use capture::file::Reader;
use engine::read::{Source, Watch};

use super::serve::Served;
use crate::config::Loaded;
use crate::serving::Serving;
use crate::settings::engine_settings;

/// How often is looked whether all is on disk.
const LOOK: Duration = Duration::from_millis(20);

/// Whoever reads captures that are handed in, by this configuration.
pub(crate) fn analyst(loaded: &Loaded) -> Analyst {
    let loaded = loaded.clone();
    Arc::new(move |job| read(&loaded, job))
}

fn read(loaded: &Loaded, job: &Job) -> Result<AnalysisOutcome, String> {
    let settings = engine_settings(&loaded.config, &[]).map_err(|error| format!("{error:#}"))?;
    let reader = Reader::open(&job.capture).map_err(|error| format!("it {error}"))?;
    make(&job.history)?;
    let mut serving = Serving::private(loaded, &job.history);
    let mut served = Served::new(&settings, &serving);
    let mut sources = [Source::new(job.name.clone(), reader)];
    // One thread: packets that are watched need the others.
    let outcome = engine::read::run(&mut sources, &settings, 1, &mut served, &mut Following(job));
    if outcome.stopped {
        return Err("it was deleted".into());
    }
    let damage = outcome.damaged.first().map(|(_, error)| error.to_string());
    let packets = outcome.totals.counters.received;
    if packets == 0 {
        return Err(damage.unwrap_or_else(|| "it holds no packet".into()));
    }
    served.conclude(&mut serving, &outcome, std::slice::from_ref(&job.name));
    drop(served);
    while !serving.is_settled() && !job.cancelled.load(Ordering::Relaxed) {
        thread::sleep(LOOK);
    }
    Ok(AnalysisOutcome { board: serving.board(), packets, flows: outcome.totals.flows.opened, damage })
}

fn make(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("its history cannot be kept: {error}"))
}

/// Tells how far it is, and ends when nobody wants it any more.
struct Following<'a>(&'a Job);

impl Watch for Following<'_> {
    fn progress(&mut self, source: &Source, packets: u64) -> bool {
        let all = source.reader.len().unwrap_or_default().max(1);
        let thousandths = source.reader.position().saturating_mul(1000) / all;
        self.0.progress.store(thousandths.min(1000), Ordering::Relaxed);
        self.0.packets.store(packets, Ordering::Relaxed);
        !self.0.cancelled.load(Ordering::Relaxed)
    }
}
