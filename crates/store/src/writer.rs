//! The thread that writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use rusqlite::Connection;

use crate::clock::now;
use crate::database::{self, beside};
use crate::day::Day;
use crate::error::StoreError;
use crate::flows::DayFile;
use crate::item::{Item, SeenFlow};
use crate::main_file::{self, MainReader};
use crate::queue::{Queue, count};
use crate::retention::{self, Retention};
use crate::rollup::Sums;
use crate::status::{Shared, Status, Trouble};

/// Where things are kept, and for how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The folder; made if it is not there.
    pub folder: PathBuf,
    /// What is kept.
    pub retention: Retention,
}

/// The history of a place: a writer at work, until it is dropped.
#[derive(Debug)]
pub struct Store {
    queue: Option<Queue>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Messages that may wait for the writer.
const WAITING: usize = 1024;
/// What is taken in is written after this at the latest. What comes while a slow disk writes waits that
/// much longer, and no more than a second may be lost in all.
const AT_LATEST: Duration = Duration::from_millis(500);
/// Items of a transaction: beyond, memory would grow without making it faster.
const MOST_ITEMS: usize = 16_384;
/// How long to wait before trying again what failed.
const AGAIN: Duration = Duration::from_secs(2);
/// How often old days are looked for.
const TIDY: Duration = Duration::from_secs(60);
/// Files of days that are open: late flows belong to yesterday.
const OPEN_DAYS: usize = 2;

impl Store {
    /// Starts the writer. It opens files by itself, so that this cannot fail: if the disk does not
    /// let it, it says so and tries again.
    pub fn start(settings: Settings) -> Self {
        let shared = Arc::new(Shared::default());
        let (items, incoming) = bounded(WAITING);
        let queue = Queue { items, shared: Arc::clone(&shared) };
        let writer = Writer {
            flows: settings.folder.join("flows"),
            settings,
            shared: Arc::clone(&shared),
            main: None,
            days: Vec::new(),
            sums: Sums::default(),
            today: Day(0),
            tidied: None,
            failed: None,
        };
        let thread = thread::spawn(move || writer.run(&incoming));
        Self { queue: Some(queue), shared, thread: Some(thread) }
    }

    /// The way to the writer.
    pub fn queue(&self) -> Option<Queue> {
        self.queue.clone()
    }

    /// How it is.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Tells how it is, even when the store is gone.
    pub fn watch(&self) -> StatusWatch {
        StatusWatch(Arc::clone(&self.shared))
    }

    /// Writes what waits and ends, once all queues are gone.
    pub fn finish(mut self) -> Status {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.shared.status()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Tells how a store is.
#[derive(Clone, Debug)]
pub struct StatusWatch(Arc<Shared>);

impl StatusWatch {
    /// How it is.
    pub fn status(&self) -> Status {
        self.0.status()
    }

    /// Everything that was handed over is on disk, or counted as lost.
    pub fn is_settled(&self) -> bool {
        self.0.is_settled()
    }
}

struct Writer {
    settings: Settings,
    /// Where the files of days are.
    flows: PathBuf,
    shared: Arc<Shared>,
    main: Option<Connection>,
    days: Vec<(Day, DayFile)>,
    sums: Sums,
    today: Day,
    tidied: Option<Instant>,
    /// When writing failed last.
    failed: Option<Instant>,
}

impl Writer {
    fn run(mut self, incoming: &Receiver<Vec<Item>>) {
        let mut batch: Vec<Item> = Vec::new();
        let mut since = now();
        loop {
            let patience = AT_LATEST.saturating_sub(since.elapsed());
            let gone = match incoming.recv_timeout(patience) {
                Ok(items) => {
                    if batch.is_empty() {
                        since = now();
                    }
                    batch.extend(items);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            if gone || batch.len() >= MOST_ITEMS || since.elapsed() >= AT_LATEST {
                self.write(&batch, gone);
                batch.clear();
                since = now();
                self.tidy();
            }
            if gone {
                return;
            }
        }
    }

    /// Writes a batch, or counts it as lost.
    fn write(&mut self, batch: &[Item], last: bool) {
        if self.failed.is_some_and(|at| at.elapsed() < AGAIN) && !last {
            count(&self.shared.lost, batch.len());
            return;
        }
        if batch.is_empty() && self.failed.is_none() {
            return;
        }
        let mut kept = 0;
        let result = self.try_write(batch, &mut kept);
        count(&self.shared.written, kept);
        match result {
            Ok(()) => {
                if self.failed.take().is_some() {
                    tracing::info!("history is written again");
                    self.shared.say(|status| status.trouble = None);
                }
            }
            Err(error) => {
                count(&self.shared.lost, batch.len().saturating_sub(kept));
                self.trouble(&error);
            }
        }
    }

    /// `kept` counts what is kept whatever happens to the rest: sums that could not be written stay in
    /// memory until they can.
    fn try_write(&mut self, batch: &[Item], kept: &mut usize) -> Result<(), StoreError> {
        let mut by_day: Vec<(Day, Vec<&SeenFlow>)> = Vec::new();
        for item in batch {
            if let Item::Flow(flow) = item {
                let day = Day::of(flow.end);
                match by_day.iter_mut().find(|(known, _)| *known == day) {
                    Some((_, flows)) => flows.push(flow),
                    None => by_day.push((day, vec![flow])),
                }
            }
        }
        for (day, flows) in &by_day {
            self.today = self.today.max(*day);
            self.day(*day)?.write(flows)?;
            // Added up only now: what was not written is not to be in the sums either.
            flows.iter().for_each(|flow| self.sums.flow(flow));
            *kept += flows.len();
        }
        for item in batch {
            if let Item::Traffic { minute, packets, bytes, dropped } = item {
                self.sums.traffic(*minute, *packets, *bytes, *dropped);
                *kept += 1;
            }
        }
        self.write_main(batch)?;
        *kept = batch.len();
        Ok(())
    }

    fn write_main(&mut self, batch: &[Item]) -> Result<(), StoreError> {
        let path = MainReader::path(&self.settings.folder);
        if self.main.is_none() {
            make_folder(&self.settings.folder)?;
            self.main = Some(database::open(&path, main_file::SCHEMA)?);
        }
        let Some(connection) = &mut self.main else { return Ok(()) };
        let sums = &self.sums;
        let mut write = || {
            let transaction = connection.transaction()?;
            for item in batch {
                match item {
                    Item::Device(device) => main_file::put_device(&transaction, device)?,
                    Item::Alert(alert) => main_file::put_alert(&transaction, alert)?,
                    Item::Verdict { alert, state, comment, who, time } => {
                        main_file::put_verdict(&transaction, [alert, state, comment, who, time])?;
                    }
                    Item::Flow(_) | Item::Packet(_) | Item::Traffic { .. } => {}
                }
            }
            if !sums.is_empty() {
                sums.write(&transaction)?;
            }
            transaction.commit()
        };
        write().map_err(|source| StoreError::Sqlite { path, source })?;
        self.sums.clear();
        Ok(())
    }

    /// The file of a day, opened if it is not.
    fn day(&mut self, day: Day) -> Result<&mut DayFile, StoreError> {
        if let Some(at) = self.days.iter().position(|(known, _)| *known == day) {
            self.days.swap(0, at);
        } else {
            make_folder(&self.flows)?;
            let file = DayFile::open(&self.flows, day)?;
            self.days.insert(0, (day, file));
            self.days.truncate(OPEN_DAYS);
        }
        match self.days.first_mut() {
            Some((_, file)) => Ok(file),
            None => Err(StoreError::Damaged { path: self.flows.clone(), what: "no day is open".into() }),
        }
    }

    fn trouble(&mut self, error: &StoreError) {
        let first = self.failed.is_none();
        self.failed = Some(now());
        let remedy = if error.is_full() {
            "make room on the disk, or lower store.flow_bytes; writing goes on by itself"
        } else if error.is_corrupt() {
            "the damaged file is put aside with .damaged behind its name, and a new one begun"
        } else {
            "check that the folder is there and may be written to; writing goes on by itself"
        };
        if first {
            tracing::error!("history cannot be written: {error}; {remedy}");
        }
        let since = model::rfc3339(self.today.begin());
        let trouble = Trouble { what: error.to_string(), remedy: remedy.into(), since };
        self.shared.say(|status| status.trouble = Some(trouble));
        // Whatever is open may be gone; it is opened anew.
        self.main = None;
        self.days.clear();
        if error.is_corrupt()
            && let StoreError::Sqlite { path, .. } = error
        {
            set_aside(path);
        }
    }

    /// Removes what is older or more than is to be kept, and says how large the rest is.
    fn tidy(&mut self) {
        if self.tidied.is_some_and(|at| at.elapsed() < TIDY) || self.today == Day(0) {
            return;
        }
        self.tidied = Some(now());
        let days = retention::days(&self.flows);
        for day in retention::surplus(&days, self.today, &self.settings.retention) {
            self.days.retain(|(open, _)| *open != day);
            if let Err(error) = retention::remove(&self.flows, day) {
                tracing::warn!("the flows of {day} cannot be removed: {error}");
            }
        }
        self.forget_sums();
        let days = retention::days(&self.flows);
        let flows: u64 = days.iter().map(|(_, bytes)| bytes).sum();
        let whole = days.iter().rev().skip(1).take(7);
        let per_day = whole.clone().map(|(_, bytes)| bytes).sum::<u64>() / (whole.count().max(1) as u64);
        let main = fs::metadata(MainReader::path(&self.settings.folder)).map(|m| m.len()).unwrap_or_default();
        let free = rustix::fs::statvfs(&self.settings.folder).map(|s| s.f_bavail * s.f_frsize);
        self.shared.say(|status| {
            status.bytes = flows + main;
            status.bytes_per_day = per_day;
            status.free_bytes = free.unwrap_or_default();
            status.oldest_day = days.first().map(|(day, _)| day.to_string());
        });
    }

    /// A little at a time: a statement that deletes much would hold up what is to be written.
    fn forget_sums(&self) {
        let Some(connection) = &self.main else { return };
        let retention = &self.settings.retention;
        let before = |days: u32| i64::from(self.today.0.saturating_sub(days)) * 86_400;
        for (table, days) in [("by_minute", retention.minute_days), ("by_hour", retention.hour_days)] {
            let sql = format!(
                "DELETE FROM {table} WHERE (kind, second, key) IN (SELECT kind, second, key FROM {table} \
                 WHERE kind BETWEEN 0 AND 9 AND second < ?1 LIMIT 20000)"
            );
            let _ = connection.execute(&sql, [before(days)]);
        }
        let oldest = Day(self.today.0.saturating_sub(retention.alert_days));
        let _ =
            connection.execute("DELETE FROM alert WHERE last_seen < ?1", [model::rfc3339(oldest.begin())]);
    }
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_path_buf(), source })
}

/// Puts a damaged file aside; an earlier damaged one makes room.
fn set_aside(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let _ = fs::rename(&name, beside(Path::new(&name), "damaged"));
    }
}
