//! Captures that people hand in, each analysed beside what is watched and kept as an instance of its own.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use axum::Router;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wire::Timestamp;

use crate::board::Board;

/// Reads one capture from beginning to end, into a folder that is its own.
pub type Analyst = Arc<dyn Fn(&Job) -> Result<Outcome, String> + Send + Sync>;

/// What is to be read, and how far that is.
#[derive(Debug)]
pub struct Job {
    /// What people call it. Others chose it: it is for showing, not a path.
    pub name: String,
    /// Where the capture is.
    pub capture: PathBuf,
    /// Where its history goes.
    pub history: PathBuf,
    /// How far it is, in thousandths.
    pub progress: AtomicU64,
    /// Packets so far.
    pub packets: AtomicU64,
    /// Nobody wants it any more.
    pub cancelled: AtomicBool,
}

/// What came of reading.
#[derive(Debug)]
pub struct Outcome {
    /// What the capture holds.
    pub board: Arc<Board>,
    /// How many packets.
    pub packets: u64,
    /// How many flows.
    pub flows: u64,
    /// Where the capture is cut or damaged: what is said of it is true up to there.
    pub damage: Option<String>,
}

/// How an analysis is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Queued,
    Running,
    Done,
    Failed,
}

/// A capture that was handed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Analysis {
    /// By which it is found.
    pub(crate) id: String,
    /// What its file was called.
    pub(crate) name: String,
    /// The size of the file.
    pub(crate) bytes: u64,
    /// How it is.
    pub(crate) state: State,
    /// How far it is, from 0 to 1.
    pub(crate) progress: f64,
    /// Packets that were read.
    pub(crate) packets: u64,
    /// Flows that were found; known at the end.
    pub(crate) flows: u64,
    /// When it began: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started: Option<String>,
    /// When it ended: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished: Option<String>,
    /// Why it failed, or where the capture is damaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// All of them.
#[derive(Debug)]
pub struct Analyses {
    pub(crate) folder: PathBuf,
    /// Bytes of one capture.
    pub(crate) limit: u64,
    /// One capture is received at a time, so that the room on the disk can be known.
    pub(crate) receiving: AtomicBool,
    serial: AtomicU64,
    entries: Arc<Mutex<VecDeque<Entry>>>,
    jobs: Option<Sender<(String, Arc<Job>)>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Entry {
    told: Analysis,
    job: Arc<Job>,
    board: Option<Arc<Board>>,
    /// Its routes, made when somebody asks for the first time.
    router: Option<Router>,
}

/// What is remembered of a capture, in `about.json` beside it.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    name: String,
    bytes: u64,
}

const ABOUT: &str = "about.json";

/// Analyses that are kept.
pub(crate) const MOST: usize = 8;
/// The last to get a processor (nice(2)).
const NICE: i32 = 19;

impl Analyses {
    /// Keeps captures and what is found in them in `folder`, where nothing else may be. Those that an
    /// earlier run was given are analysed anew: what was found is for that run's memory.
    ///
    /// # Errors
    /// A folder that cannot be made or looked through, or no thread.
    pub fn open(folder: PathBuf, limit: u64, analyst: Analyst, clock: fn() -> Timestamp) -> io::Result<Self> {
        make(&folder)?;
        let earlier = earlier(&folder)?;
        let entries = Arc::<Mutex<VecDeque<Entry>>>::default();
        let (jobs, waiting) = channel::<(String, Arc<Job>)>();
        let all = Arc::clone(&entries);
        let thread = thread::Builder::new().name("analysis".into()).spawn(move || {
            // Threads that it starts inherit that.
            let _ = rustix::process::setpriority_process(None, NICE);
            for (id, job) in waiting {
                if job.cancelled.load(Ordering::Relaxed) {
                    continue;
                }
                with(&all, &id, |entry| {
                    entry.told.state = State::Running;
                    entry.told.started = Some(time(clock()));
                });
                let outcome = analyst(&job);
                let failed = outcome.is_err() && !job.cancelled.load(Ordering::Relaxed);
                let wanted = with(&all, &id, |entry| entry.conclude(outcome, time(clock())));
                if !wanted {
                    remove(&job);
                } else if failed {
                    // To read it again would fail again.
                    let _ = fs::remove_file(&job.capture);
                }
            }
        })?;
        let analyses = Self {
            folder,
            limit,
            receiving: AtomicBool::new(false),
            serial: AtomicU64::new(clock().secs() << 8),
            entries,
            jobs: Some(jobs),
            thread: Some(thread),
        };
        for (id, about) in earlier {
            let folder = analyses.folder.join(&id);
            analyses.queue(id, about, &folder);
        }
        Ok(analyses)
    }

    /// A new id, and a folder for it.
    pub(crate) fn prepare(&self) -> io::Result<(String, PathBuf)> {
        let id = format!("{:x}", self.serial.fetch_add(1, Ordering::Relaxed));
        let folder = self.folder.join(&id);
        make(&folder)?;
        Ok((id, folder))
    }

    /// There is room for another, if need be in the place of the oldest that is over.
    pub(crate) fn has_room(&self) -> bool {
        let entries = self.lock();
        entries.len() < MOST || entries.iter().any(Entry::is_over)
    }

    /// Analyses the capture that was received, when its turn comes.
    pub(crate) fn add(&self, id: String, name: String, folder: &Path, bytes: u64) -> Analysis {
        let about = About { name, bytes };
        let text = serde_json::to_string(&about).unwrap_or_default();
        if let Err(error) = fs::write(folder.join(ABOUT), text) {
            tracing::warn!("{} will not be here when the program starts again: {error}", about.name);
        }
        self.queue(id, about, folder)
    }

    fn queue(&self, id: String, About { name, bytes }: About, folder: &Path) -> Analysis {
        let told = Analysis {
            id: id.clone(),
            name: name.clone(),
            bytes,
            state: State::Queued,
            progress: 0.0,
            packets: 0,
            flows: 0,
            started: None,
            finished: None,
            error: None,
        };
        let job = Arc::new(Job {
            name,
            capture: folder.join("capture"),
            history: folder.join("history"),
            progress: AtomicU64::new(0),
            packets: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
        });
        let mut entries = self.lock();
        while entries.len() >= MOST {
            let Some(oldest) = entries.iter().position(Entry::is_over) else { break };
            if let Some(entry) = entries.remove(oldest) {
                remove(&entry.job);
            }
        }
        entries.push_back(Entry { told: told.clone(), job: Arc::clone(&job), board: None, router: None });
        drop(entries);
        if let Some(jobs) = &self.jobs {
            // It fails if the thread ended by a defect, which the log tells.
            let _ = jobs.send((id, job));
        }
        told
    }

    /// All, the newest first.
    pub(crate) fn all(&self) -> Vec<Analysis> {
        self.lock().iter().rev().map(Entry::now).collect()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Analysis> {
        self.lock().iter().find(|entry| entry.told.id == id).map(Entry::now)
    }

    /// Forgets one, and ends it if it runs. False if there is none.
    pub(crate) fn remove(&self, id: &str) -> Option<Analysis> {
        let mut entries = self.lock();
        let place = entries.iter().position(|entry| entry.told.id == id)?;
        let entry = entries.remove(place)?;
        drop(entries);
        entry.job.cancelled.store(true, Ordering::Relaxed);
        if entry.told.state != State::Running {
            remove(&entry.job);
        }
        Some(entry.now())
    }

    /// The routes of one that is done; `make` makes them from what was found and where it is kept.
    pub(crate) fn router(
        &self,
        id: &str,
        make: impl FnOnce(Arc<Board>, PathBuf) -> Router,
    ) -> Option<Router> {
        let mut entries = self.lock();
        let entry = entries.iter_mut().find(|entry| entry.told.id == id)?;
        let board = entry.board.clone()?;
        let history = entry.job.history.clone();
        Some(entry.router.get_or_insert_with(|| make(board, history)).clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Analyses {
    fn drop(&mut self) {
        self.lock().iter().for_each(|entry| entry.job.cancelled.store(true, Ordering::Relaxed));
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Entry {
    fn is_over(&self) -> bool {
        matches!(self.told.state, State::Done | State::Failed)
    }

    fn now(&self) -> Analysis {
        let mut told = self.told.clone();
        if told.state == State::Running {
            let thousandths = u32::try_from(self.job.progress.load(Ordering::Relaxed)).unwrap_or(0);
            told.progress = f64::from(thousandths.min(1000)) / 1000.0;
            told.packets = self.job.packets.load(Ordering::Relaxed);
        }
        told
    }

    fn conclude(&mut self, outcome: Result<Outcome, String>, now: String) {
        self.told.finished = Some(now);
        match outcome {
            Ok(outcome) => {
                self.told.state = State::Done;
                self.told.progress = 1.0;
                (self.told.packets, self.told.flows) = (outcome.packets, outcome.flows);
                self.told.error = outcome.damage;
                self.board = Some(outcome.board);
            }
            Err(why) => {
                self.told.state = State::Failed;
                self.told.error = Some(why);
            }
        }
    }
}

/// What somebody called a file, fit to be shown: its last part, short, without what moves a cursor
/// or turns the direction of writing (Unicode s23.2, UAX #9 s2).
pub(crate) fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let strange = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let name: String = last.chars().take(120).map(|c| if strange(c) { '\u{fffd}' } else { c }).collect();
    if name.trim().is_empty() { "capture".into() } else { name }
}

/// False if there is none any more.
fn with(entries: &Mutex<VecDeque<Entry>>, id: &str, change: impl FnOnce(&mut Entry)) -> bool {
    let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
    entries.iter_mut().find(|entry| entry.told.id == id).map(change).is_some()
}

/// Captures that an earlier run was given, the oldest first; what is left of others goes.
fn earlier(folder: &Path) -> io::Result<Vec<(String, About)>> {
    let mut earlier = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let about = || {
            let id = path.file_name()?.to_str()?.to_owned();
            let serial = u64::from_str_radix(&id, 16).ok()?;
            let about: About = serde_json::from_slice(&fs::read(path.join(ABOUT)).ok()?).ok()?;
            path.join("capture").is_file().then_some((serial, id, about))
        };
        // A history of half a capture would be taken for one of the whole.
        let gone = match about() {
            Some(about) => {
                earlier.push(about);
                fs::remove_dir_all(path.join("history"))
            }
            None => fs::remove_dir_all(&path),
        };
        if let Err(error) = gone
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("{}: {error}; it may be removed", path.display());
        }
    }
    earlier.sort_by_key(|(serial, ..)| *serial);
    Ok(earlier.into_iter().map(|(_, id, about)| (id, about)).collect())
}

fn remove(job: &Job) {
    if let Some(folder) = job.capture.parent()
        && let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!("{}: {error}; it goes when the program starts again", folder.display());
    }
}

/// Who talked to whom is nobody else's business.
fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn time(time: Timestamp) -> String {
    model::rfc3339_seconds(i64::try_from(time.secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analyses(folder: &Path) -> Analyses {
        let analyst: Analyst = Arc::new(|job| match fs::read(&job.capture) {
            Ok(bytes) if bytes.starts_with(b"good") && !job.history.exists() => {
                fs::create_dir(&job.history).unwrap();
                let board = Arc::new(Board::default());
                Ok(Outcome { board, packets: bytes.len() as u64, flows: 1, damage: None })
            }
            _ => Err("it is no capture".into()),
        });
        Analyses::open(folder.to_path_buf(), 1 << 20, analyst, || Timestamp::new(1_700_000_000, 0)).unwrap()
    }

    fn hand_in(analyses: &Analyses, name: &str, bytes: &[u8]) -> String {
        let (id, folder) = analyses.prepare().unwrap();
        fs::write(folder.join("capture"), bytes).unwrap();
        analyses.add(id, name.into(), &folder, bytes.len() as u64).id
    }

    fn over(analyses: &Analyses, id: &str) -> Analysis {
        for _ in 0..1000 {
            let told = analyses.get(id).unwrap();
            if matches!(told.state, State::Done | State::Failed) {
                return told;
            }
            thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("{id} does not end");
    }

    #[test]
    fn captures_are_there_after_a_restart_and_what_was_none_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = analyses(folder.path());
        let good = hand_in(&first, "monday.pcap", b"good one");
        let bad = hand_in(&first, "notes.txt", b"words");
        let gone = hand_in(&first, "tuesday.pcap", b"good two");
        assert_eq!(over(&first, &good).state, State::Done);
        assert_eq!(over(&first, &bad).state, State::Failed);
        over(&first, &gone);
        first.remove(&gone).unwrap();
        drop(first);
        // Received in part when the power went, and nothing of ours.
        fs::create_dir(folder.path().join("ff")).unwrap();
        fs::write(folder.path().join("ff/capture"), b"go").unwrap();
        let second = analyses(folder.path());
        let told = over(&second, &good);
        assert_eq!((told.name.as_str(), told.bytes, told.packets), ("monday.pcap", 8, 8));
        assert_eq!(second.all().len(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_are_for_showing() {
        assert_eq!(shown_name("monday.pcap"), "monday.pcap");
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
        assert_eq!(shown_name("C:\\a\\b.pcap"), "b.pcap");
        assert_eq!(shown_name("\u{1b}[2J\u{202e}x"), "\u{fffd}[2J\u{fffd}x");
        assert_eq!(shown_name("a/"), "capture");
        assert_eq!(shown_name(&"x".repeat(500)).len(), 120);
    }
}
