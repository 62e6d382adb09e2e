use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use access::guard::{BadName, Scheme, Site};
use axum::Router;
use axum::http::StatusCode;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::guard::Gate;
use crate::listen::{Listener, Peer, Slots};
use crate::{connection, etag, guard, routes};

/// A server at work, until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Why nothing is served.
#[derive(thiserror::Error, Debug)]
pub enum ServerError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}; another instance may be running, choose another address")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Others can reach it, and nobody could log in.
    #[error(
        "{0} can be reached by others, who must log in, and there is nowhere to keep users: store.path is empty"
    )]
    NoUsers(SocketAddr),
    /// Names that are none.
    #[error("api.names: {0}")]
    Name(#[from] BadName),
    /// No threads.
    #[error("cannot start threads: {0}")]
    Threads(io::Error),
}

/// Answers may wait for packets, not packets for answers.
const NICE: i32 = 10;

/// Lets others go first from now on, in the calling thread.
fn give_way() {
    // On Linux that is the thread's own (setpriority(2), "C library/kernel differences").
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Threads that serve.
const THREADS: usize = 2;
/// Bytes of a request's body.
const MOST_BODY: usize = 64 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where to serve, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where REST is served.
    pub listen: SocketAddr,
    /// Where all events are sent to whoever connects.
    pub feed: Option<SocketAddr>,
    /// What else it is called: hosts, or origins that a proxy serves it at.
    pub names: Vec<String>,
    /// TLS is spoken, and nothing else.
    pub tls: Option<Arc<ServerConfig>>,
}

impl Settings {
    /// Others than this machine can connect.
    pub fn is_exposed(&self) -> bool {
        [Some(self.listen), self.feed].into_iter().flatten().any(|address| !address.ip().is_loopback())
    }
}

impl Server {
    /// Begins to serve.
    ///
    /// # Errors
    /// Addresses that are taken, or that others can reach while nobody could log in.
    pub fn start(app: App, settings: &Settings) -> Result<Self, ServerError> {
        if settings.is_exposed() && !(app.door.closed && app.door.access.is_some()) {
            return Err(ServerError::NoUsers(settings.listen));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(8)
            .thread_name("api")
            .on_thread_start(give_way)
            .enable_all()
            .build()
            .map_err(ServerError::Threads)?;
        let listen = |address| {
            runtime
                .block_on(TcpListener::bind(address))
                .map_err(|source| ServerError::Listen { address, source })
        };
        let listener = listen(settings.listen)?;
        let feed = settings.feed.map(listen).transpose()?;
        let address = listener.local_addr().unwrap_or(settings.listen);
        let (stop, stopped) = watch::channel(false);
        let app = Arc::new(app);
        let gate = |listen| {
            let scheme = if settings.tls.is_some() { Scheme::Https } else { Scheme::Http };
            let site = Arc::new(Site::new(listen, &settings.names)?);
            Ok::<_, BadName>(Gate { app: Arc::clone(&app), site, scheme, rate: Arc::default() })
        };
        let gates = [gate(settings.listen)?, gate(settings.feed.unwrap_or(settings.listen))?];
        let tls = settings.tls.clone().map(TlsAcceptor::from);
        let thread = thread::spawn(move || {
            give_way();
            runtime.block_on(serve(gates, tls, listener, feed, stopped));
        });
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(
    [gate, feed_gate]: [Gate; 2],
    tls: Option<TlsAcceptor>,
    listener: TcpListener,
    feed: Option<TcpListener>,
    mut stopped: watch::Receiver<bool>,
) {
    let app = Arc::clone(&gate.app);
    let plain = Router::new()
        .route("/", axum::routing::get(connection::feed))
        .layer(axum::middleware::from_fn_with_state(feed_gate, guard::check))
        .with_state(Arc::clone(&app))
        .into_make_service_with_connect_info::<Peer>();
    let router = routes::router()
        .0
        .layer(axum::middleware::from_fn(etag::tag))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(RequestBodyLimitLayer::new(MOST_BODY))
        // A capture is large and takes its time: its route has bounds of its own.
        .merge(routes::uploads().0)
        .layer(axum::middleware::from_fn_with_state(gate, guard::check))
        .with_state(app)
        .into_make_service_with_connect_info::<Peer>();
    let slots = Arc::<Slots>::default();
    let listener = Listener::new(listener, tls.clone(), Arc::clone(&slots));
    let feed = feed.map(|feed| Listener::new(feed, tls, slots)).transpose();
    let served = async {
        let rest = axum::serve(listener?, router).into_future();
        let Some(feed) = feed? else { return rest.await };
        let feed = axum::serve(feed, plain).into_future();
        tokio::select! { end = rest => end, end = feed => end }
    };
    tokio::select! {
        end = served => if let Err(error) = end { tracing::error!("serving ended: {error}") },
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}
