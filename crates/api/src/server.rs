use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::{connection, guard, routes};

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
    /// Others could look.
    #[error("{0} can be reached by others, and there is no login yet; use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// No threads.
    #[error("cannot start threads: {0}")]
    Threads(io::Error),
}

/// Threads that serve.
const THREADS: usize = 2;
/// Bytes of a request's body.
const MOST_BODY: usize = 64 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl Server {
    /// Listens at `address`, and for the plain feed of events at `feed`.
    ///
    /// # Errors
    /// Addresses that are taken, or that others can reach.
    pub fn start(app: App, address: SocketAddr, feed: Option<SocketAddr>) -> Result<Self, ServerError> {
        for address in [Some(address), feed].into_iter().flatten() {
            if !address.ip().is_loopback() {
                return Err(ServerError::NotLoopback(address));
            }
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(8)
            .thread_name("api")
            .enable_all()
            .build()
            .map_err(ServerError::Threads)?;
        let listen = |address| {
            runtime
                .block_on(TcpListener::bind(address))
                .map_err(|source| ServerError::Listen { address, source })
        };
        let listener = listen(address)?;
        let feed = feed.map(listen).transpose()?;
        let address = listener.local_addr().unwrap_or(address);
        let (stop, stopped) = watch::channel(false);
        let app = Arc::new(app);
        let thread = thread::spawn(move || runtime.block_on(serve(app, listener, feed, stopped)));
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
    app: Arc<App>,
    listener: TcpListener,
    feed: Option<TcpListener>,
    stopped: watch::Receiver<bool>,
) {
    let plain = {
        let router = Router::new().route("/", axum::routing::get(connection::feed));
        router.layer(axum::middleware::from_fn(guard::check)).with_state(Arc::clone(&app))
    };
    let router = routes::router()
        .0
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(RequestBodyLimitLayer::new(MOST_BODY))
        .layer(axum::middleware::from_fn(guard::check))
        .with_state(app);
    let served = async {
        let rest = axum::serve(listener, router).into_future();
        let Some(feed) = feed else { return rest.await };
        let feed = axum::serve(feed, plain).into_future();
        tokio::select! { end = rest => end, end = feed => end }
    };
    let mut stopped = stopped;
    tokio::select! {
        end = served => if let Err(error) = end { tracing::error!("serving ended: {error}") },
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}
