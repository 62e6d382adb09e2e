//! A running instance over HTTP: REST under `/api/v1`, live events over WebSocket, metrics.
//!
//! What is served is a [`Board`]: pictures that the analysis puts up about once a second, and the
//! history on disk. No request can make a packet wait.

#![forbid(unsafe_code)]

mod app;
mod board;
mod connection;
mod guard;
mod page;
mod problem;
mod routes;
mod rows;
mod server;
mod time;

pub use app::{App, Verdicts};
pub use board::{Board, Devices, Event, FlowBatch};
pub use server::{Server, ServerError};

/// The OpenAPI document of all routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes::router().1
}
