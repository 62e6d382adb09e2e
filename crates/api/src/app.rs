use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use access::{AccessError, Identity};
use serde_json::Value;
use store::flows::Texts;
use store::{Item, MainReader, Queue, Status, StoreError};

use crate::analyses::Analyses;
use crate::board::Board;
use crate::door::{Door, Shown};
use crate::kept::Kept;
use crate::past::{self, Past};
use crate::problem::Problem;
use crate::routes::{Graph, Series, SeriesOf};
use crate::rows::{AllRows, Rows};

/// What all requests share.
#[derive(Clone, Debug)]
pub struct App {
    /// What is known now.
    pub board: Arc<Board>,
    /// Where the history is; absent if none is kept.
    pub folder: Option<PathBuf>,
    /// What earlier runs left.
    pub(crate) past: Arc<Past>,
    /// Texts of the history, for who looks for a part of one.
    pub texts: Arc<Texts>,
    /// The way to whoever writes the history.
    pub queue: Option<Queue>,
    /// How the history is.
    pub status: Option<StatusOf>,
    /// The configuration in effect, secrets masked.
    pub config: Arc<Mutex<Value>>,
    /// What people said of alerts, until it is on disk.
    pub verdicts: Arc<Verdicts>,
    /// Captures that were handed in; absent if there is no folder for them.
    pub analyses: Option<Arc<Analyses>>,
    /// Who may ask.
    pub door: Door,
    /// What several may ask for at once.
    pub(crate) kept: Arc<Answers>,
}

/// What is found once for all who ask.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) rows: Arc<Rows>,
    pub(crate) earlier: Arc<Kept<(), past::Alerts>>,
    pub(crate) graphs: Arc<Kept<usize, Graph>>,
    pub(crate) series: Arc<Kept<SeriesOf, Vec<Series>>>,
}

/// Tells how the history is.
#[derive(Clone)]
pub struct StatusOf(pub Arc<dyn Fn() -> Status + Send + Sync>);

impl std::fmt::Debug for StatusOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatusOf")
    }
}

/// What people said of alerts.
#[derive(Debug, Default)]
pub struct Verdicts(Mutex<HashMap<String, Verdict>>);

/// What somebody said of an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Verdict {
    pub(crate) state: String,
    pub(crate) comment: String,
}

/// Verdicts that are remembered beside the history.
const MOST_VERDICTS: usize = 16_384;

impl Verdicts {
    pub(crate) fn get(&self, id: &str) -> Option<Verdict> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(crate) fn put(&self, id: String, verdict: Verdict) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST_VERDICTS || all.contains_key(&id) {
            all.insert(id, verdict);
        }
    }
}

impl App {
    /// Nothing but what is known now.
    pub fn new(board: Arc<Board>, config: Arc<Mutex<Value>>, door: Door) -> Self {
        Self {
            board,
            folder: None,
            past: Arc::default(),
            texts: Arc::default(),
            queue: None,
            status: None,
            config,
            verdicts: Arc::default(),
            analyses: None,
            door,
            kept: Arc::default(),
        }
    }

    /// The same with a history.
    #[must_use]
    pub fn with_history(
        self,
        folder: PathBuf,
        queue: Queue,
        status: impl Fn() -> Status + Send + Sync + 'static,
    ) -> Self {
        let past = Arc::new(Past::of(&folder));
        let status = Some(StatusOf(Arc::new(status)));
        let (texts, days) = (Arc::clone(&self.texts), folder.join("flows"));
        // Nobody waits for it; without the thread, the first who searches does.
        let _ = thread::Builder::new().name("texts".into()).spawn(move || texts.read_ahead(&days));
        Self { folder: Some(folder), past, queue: Some(queue), status, ..self }
    }

    /// The same, which takes captures in.
    #[must_use]
    pub fn with_analyses(self, analyses: Analyses) -> Self {
        Self { analyses: Some(Arc::new(analyses)), ..self }
    }

    /// Devices as lists show them.
    pub(crate) fn rows(&self) -> Arc<AllRows> {
        self.kept.rows.of(&self.board, &self.past)
    }

    /// Alerts that are written, those of earlier runs among them; they may be some seconds old.
    pub(crate) async fn earlier(&self) -> Arc<past::Alerts> {
        let Some(folder) = self.folder.clone() else { return Arc::default() };
        self.kept.earlier.get((), move || Ok(past::Alerts::of(&folder))).await.unwrap_or_default()
    }

    /// Now, in packet time: RFC 3339.
    pub(crate) fn now(&self) -> String {
        self.board.stats().time.clone()
    }

    /// Who shows that.
    pub(crate) async fn who(&self, shown: Shown) -> Result<Option<Identity>, AccessError> {
        if !self.door.closed {
            return Ok(Some(Identity::machine()));
        }
        let door = self.door.clone();
        aside(move || door.who(&shown)).await.unwrap_or(Ok(None))
    }

    /// Reads the history, away from the threads that serve others.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&MainReader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let folder = self.folder.clone().ok_or_else(Problem::no_history)?;
        away(move || {
            let reader = MainReader::open(&folder)?;
            read(&reader)
        })
        .await
    }

    /// Hands something to the history; false if there is none.
    pub(crate) fn keep(&self, item: Item) -> bool {
        let Some(queue) = &self.queue else { return false };
        queue.offer(vec![item]);
        true
    }

    /// What people said of an alert: now, or what the history has.
    pub(crate) fn verdict(&self, id: &str, kept: Option<&Verdict>) -> Option<Verdict> {
        self.verdicts.get(id).or_else(|| kept.cloned())
    }
}

/// Reads the history on a thread made for that.
pub(crate) async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    aside(work).await?.map_err(|error| Problem::unavailable(&error.to_string()))
}

/// Runs what may wait for a disk, or computes for long, on a thread made for that.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::defect())
}
