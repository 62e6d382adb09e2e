use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::{Drops, InterfaceStats, Share};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// How well the network is seen.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaptureHealth {
    /// Packet time of these numbers.
    time: String,
    /// What each interface saw and lost.
    #[schema(value_type = Vec<Object>)]
    interfaces: Vec<InterfaceStats>,
    /// Where the packets went.
    #[schema(value_type = Object)]
    drops: Drops,
    /// Packets whose headers made no sense, by cause.
    #[schema(value_type = Vec<Object>)]
    undecodable: Vec<Share>,
    /// Flows that are open.
    open_flows: u64,
    /// Flows that had to go because there was no room.
    evicted: u64,
    /// Records of flows that nobody could take in time.
    records_shed: u64,
    /// Observations that devices and detectors have not seen for the same reason.
    events_shed: u64,
}

/// How well the network is seen.
#[utoipa::path(get, path = "/api/v1/capture", responses((status = 200, body = CaptureHealth)))]
pub(super) async fn get(State(app): State<Arc<App>>) -> Json<CaptureHealth> {
    let stats = app.board.stats();
    Json(CaptureHealth {
        time: stats.time.clone(),
        interfaces: stats.interfaces.clone(),
        drops: stats.drops,
        undecodable: stats.undecodable.clone(),
        open_flows: stats.open_flows,
        evicted: stats.evicted,
        records_shed: stats.records_shed,
        events_shed: stats.events_shed,
    })
}
