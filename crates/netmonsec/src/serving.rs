//! Serving what is seen and what is kept.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use api::{Analyses, App, Board, Server, Settings};
use model::Stats;
use serde_json::{Value, json};
use store::Item;
use store::sinks::Outlets;
use tracing_appender::non_blocking::WorkerGuard;
use wire::Timestamp;

use crate::config::{self, Config, Loaded};
use crate::entrance;
use crate::history::{self, History};
use crate::logging;
use crate::publish::Publisher;

/// What is put up, kept and served.
pub(crate) struct Serving {
    board: Arc<Board>,
    config: Arc<Mutex<Value>>,
    // Before the history, which its answers come from.
    server: Option<(Server, String)>,
    // Before the history, in whose folder their files are.
    outlets: Arc<Outlets>,
    history: Option<History>,
    /// The folder of users and tokens.
    users: Option<PathBuf>,
    minute: Minute,
    /// Who reads captures that are handed in.
    analyst: api::Analyst,
    /// The log goes to a file until this is dropped.
    log: Option<WorkerGuard>,
}

/// What the interfaces counted in a minute.
#[derive(Debug, Default)]
struct Minute {
    number: u64,
    /// Packets, bytes, packets lost to the kernel: since the start, when the minute began.
    before: [u64; 3],
}

impl Serving {
    /// For a live capture, which goes on whatever happens here.
    pub(crate) fn live(loaded: &Loaded) -> Self {
        let history = History::open(&loaded.config).unwrap_or_else(|error| {
            tracing::warn!("no history is kept: {error:#}");
            None
        });
        let outlets = history::outlets(&loaded.config, history.as_ref().map(History::folder));
        let mut serving = Self::new(loaded, history, outlets);
        // Only in a folder that is ours.
        if let Some(history) = &serving.history {
            serving.log = logging::keep(history.folder(), loaded.config.log.days).unwrap_or_else(|error| {
                tracing::warn!("messages are kept in no file: {error:#}");
                None
            });
        }
        if let Err(error) = serving.listen(&loaded.config.api) {
            tracing::warn!("nothing is served: {error:#}");
        }
        serving
    }

    /// For captures that are read; the history is in `folder`, for as long as this is there.
    pub(crate) fn private(loaded: &Loaded, folder: &Path) -> Self {
        Self::new(loaded, Some(History::private(folder, &loaded.config.store)), Arc::default())
    }

    fn new(loaded: &Loaded, history: Option<History>, outlets: Arc<Outlets>) -> Self {
        let config = Arc::new(Mutex::new(told(loaded)));
        let path = &loaded.config.store.path;
        let users = (!path.is_empty()).then(|| PathBuf::from(path));
        Self {
            board: Arc::default(),
            config,
            server: None,
            outlets,
            history,
            users,
            minute: Minute::default(),
            analyst: crate::read::analyst(loaded),
            log: None,
        }
    }

    /// Starts to serve; where, if anywhere.
    ///
    /// # Errors
    /// Addresses that are taken, or that others can reach.
    pub(crate) fn listen(&mut self, config: &config::Api) -> anyhow::Result<Option<String>> {
        let Some(listen) = address("api.listen", &config.listen)? else { return Ok(None) };
        let feed = address_of_feed(config)?;
        let names = config.names.clone();
        let mut settings = Settings { listen, feed, names, tls: None };
        let door = entrance::door(config, &settings, self.users.as_deref())?;
        settings.tls = entrance::tls(config, &settings, self.users.as_deref())?;
        let clock = door.clock;
        let mut app = App::new(Arc::clone(&self.board), Arc::clone(&self.config), door);
        if let Some(history) = &self.history
            && let Some(queue) = history.queue()
        {
            app = app.with_history(history.folder().to_path_buf(), queue, history.status());
            let folder = history.folder().join("analyses");
            match Analyses::open(folder, config.upload.0, Arc::clone(&self.analyst), clock) {
                Ok(analyses) => app = app.with_analyses(analyses),
                Err(error) => tracing::warn!("captures cannot be handed in: {error}"),
            }
        }
        let server = Server::start(app, &settings)?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", server.address());
        self.server = Some((server, url.clone()));
        Ok(Some(url))
    }

    /// Where the certificate is, if this instance made its own.
    pub(crate) fn own_certificate(&self) -> Option<PathBuf> {
        self.users.as_deref().map(access::tls::own_certificate).filter(|path| path.exists())
    }

    /// Everything that was handed over is on disk, or counted as lost.
    pub(crate) fn is_settled(&self) -> bool {
        self.history.as_ref().is_none_or(History::is_settled)
    }

    /// What is put up.
    pub(crate) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Where it is served, if it is.
    pub(crate) fn url(&self) -> Option<&str> {
        self.server.as_ref().map(|(_, url)| url.as_str())
    }

    /// Somebody looks, or something is kept or told.
    pub(crate) fn is_of_use(&self) -> bool {
        self.server.is_some() || self.history.is_some() || !self.outlets.is_empty()
    }

    /// Whoever puts up and hands over; `patient` if there is time to wait for the disk.
    pub(crate) fn publisher(&self, patient: bool) -> Publisher {
        let queue = self.history.as_ref().and_then(History::queue);
        Publisher::new(Arc::clone(&self.board), queue, Arc::clone(&self.outlets), patient)
    }

    /// The configuration was read again.
    pub(crate) fn reloaded(&self, loaded: &Loaded) {
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = told(loaded);
    }

    /// Another second is over, which was this one.
    pub(crate) fn second(&mut self, stats: &Stats, now: Timestamp) {
        self.board.put_stats(stats.clone());
        let bytes = stats.interfaces.iter().map(|interface| interface.bytes).sum();
        let counts = [stats.drops.received, bytes, stats.drops.kernel];
        let number = now.secs() / 60;
        if number != self.minute.number {
            let before = std::mem::replace(&mut self.minute, Minute { number, before: counts });
            if before.number > 0 {
                let [packets, bytes, dropped] = [0, 1, 2].map(|i: usize| {
                    let at = |counts: &[u64; 3]| counts.get(i).copied().unwrap_or_default();
                    at(&counts).saturating_sub(at(&before.before))
                });
                let minute = Timestamp::new(before.number * 60, 0);
                let items = vec![Item::Traffic { minute, packets, bytes, dropped }];
                self.outlets.offer(&items.clone().into(), false);
                if let Some(queue) = self.history.as_ref().and_then(History::queue) {
                    queue.offer(items);
                }
            }
        }
    }
}

fn address(key: &str, text: &str) -> anyhow::Result<Option<SocketAddr>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).with_context(|| format!("{key} is no address and port"))
}

fn address_of_feed(config: &config::Api) -> anyhow::Result<Option<SocketAddr>> {
    address("api.websocket_listen", &config.websocket_listen)
}

/// The configuration in effect, for those who ask.
fn told(loaded: &Loaded) -> Value {
    let Config { .. } = &loaded.config;
    json!({
        "source": loaded.source.to_string(),
        "values": serde_json::to_value(&loaded.config).unwrap_or_default(),
    })
}
