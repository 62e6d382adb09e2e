//! A running instance over HTTP: REST under `/api/v1`, live events over WebSocket, metrics.
//!
//! What is served is a [`Board`]: pictures that the analysis puts up about once a second, and the
//! history on disk. No request can make a packet wait.

#![forbid(unsafe_code)]

mod analyses;
mod app;
mod board;
mod connection;
mod door;
mod etag;
mod extract;
mod guard;
mod kept;
mod listen;
mod page;
mod past;
mod problem;
mod rate;
mod routes;
mod rows;
mod server;
mod time;

pub use analyses::{Analyses, Analyst, Job, Outcome as AnalysisOutcome};
pub use app::{App, Verdicts};
pub use board::{Board, Devices, Event, FlowBatch};
pub use door::Door;
pub use server::{Server, ServerError, Settings};

/// Seconds since 1970 from RFC 3339, a number of seconds, or a time before `now` such as `-24h`.
///
/// # Errors
/// What would be right.
pub fn seconds(text: &str, now: i64) -> Result<i64, String> {
    time::seconds(text, now).map_err(|problem| problem.detail)
}

/// The OpenAPI document of all routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes::router().1
}
