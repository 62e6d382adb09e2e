use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::Stats;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::rows::{is_online, online_since};
use crate::time;

/// The last second, and what is known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatsNow {
    /// Packets, bits, flows, losses, interfaces and the busiest flows, as in docs/records.md.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    stats: Arc<Stats>,
    /// Devices that are known, also from earlier runs.
    devices: usize,
    /// Devices that were seen within five minutes.
    devices_online: usize,
    /// Alerts that nobody has dealt with, also of earlier runs.
    alerts_open: usize,
    /// Incidents with such alerts.
    incidents_open: usize,
    /// The history; absent if none is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    store: Option<store::Status>,
}

/// The last second, and what is known.
#[utoipa::path(get, path = "/api/v1/stats", responses((status = 200, body = StatsNow)))]
pub(super) async fn get(State(app): State<Arc<App>>) -> Json<StatsNow> {
    Json(now(&app))
}

pub(crate) fn now(app: &App) -> StatsNow {
    let stats = app.board.stats();
    let devices = app.board.devices();
    let since = online_since(time::of(&stats.time));
    let alerts = app.board.alerts();
    let open =
        |alert: &&model::Alert| app.verdicts.get(&alert.id).is_none_or(|verdict| verdict.state == "open");
    let open: Vec<_> = alerts.iter().filter(open).collect();
    let known: HashSet<&str> = alerts.iter().map(|alert| &*alert.id).collect();
    let is_open =
        |id: &str| !known.contains(id) && app.verdicts.get(id).is_none_or(|verdict| verdict.state == "open");
    let before: Vec<_> = app.past.open.iter().filter(|(id, _)| is_open(id)).collect();
    let incidents: HashSet<_> =
        open.iter().map(|alert| &alert.incident).chain(before.iter().map(|(_, incident)| incident)).collect();
    let gone = app.past.devices.iter().filter(|row| devices.find(&row.id).is_none()).count();
    StatsNow {
        devices: devices.all.len() + gone,
        devices_online: devices.all.iter().filter(|device| is_online(device, &since)).count(),
        alerts_open: open.len() + before.len(),
        incidents_open: incidents.len(),
        store: app.status.as_ref().map(|status| (status.0)()),
        stats,
    }
}
