use std::cmp::Ordering;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use filter::{Filter, Subject};
use model::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::flows::{FlowQuery, history};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::page::{Page, cut, limit};
use crate::problem::Problem;
use crate::rows::{DeviceRow, is_online, online_since, risk};
use crate::time;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeviceQuery {
    /// Which devices: `os ~ windows and internet_bytes > 1G` (docs/filters.md).
    filter: Option<String>,
    /// Text in a name, address, vendor, type or system.
    q: Option<String>,
    /// `name`, `vendor`, `type`, `os`, `first_seen`, `last_seen`, `internet`, `local`, `risk`; `-` in front
    /// turns it round.
    #[param(pattern = "^-?(name|vendor|type|os|first_seen|last_seen|internet|local|risk)$")]
    sort: Option<String>,
    /// Only those seen within five minutes, or only the others.
    online: Option<bool>,
    /// At most 1000; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// From the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
}

/// Devices, last seen first.
#[utoipa::path(get, path = "/api/v1/devices", params(DeviceQuery),
    responses((status = 200, body = Page<DeviceRow>), (status = 400, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<DeviceQuery>,
) -> Result<Json<Page<DeviceRow>>, Problem> {
    let limit = limit(query.limit)?;
    let all = app.rows();
    let text = query.q.unwrap_or_default().to_lowercase();
    let mut rows: Vec<&DeviceRow> = all.with(&text).collect();
    if let Some(online) = query.online {
        rows.retain(|row| row.online == online);
    }
    if let Some(text) = query.filter.filter(|text| !text.trim().is_empty()) {
        let filter = Filter::parse(Subject::Devices, &text).map_err(|error| Problem::filter(&error))?;
        rows.retain(|row| serde_json::to_value(row).is_ok_and(|row| filter.matches(&row)));
    }
    sort(&mut rows, query.sort.as_deref().unwrap_or("-last_seen"))?;
    let Page { items, next, total } = cut(rows, limit, query.cursor.as_deref())?;
    Ok(Json(Page { items: items.into_iter().cloned().collect(), next, total }))
}

fn sort(rows: &mut [&DeviceRow], by: &str) -> Result<(), Problem> {
    let (by, turned) = by.strip_prefix('-').map_or((by, false), |by| (by, true));
    let volume = |volume: &model::Volume| volume.in_bytes.saturating_add(volume.out_bytes);
    // What is not known comes last.
    let text = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    let os = |row: &DeviceRow| row.os.as_ref().map(|os| os.name.clone());
    let order: &dyn Fn(&DeviceRow, &DeviceRow) -> Ordering = match by {
        "name" => &|a, b| text(&a.name, &b.name),
        "vendor" => &|a, b| text(&a.vendor, &b.vendor),
        "type" => &|a, b| text(&a.kind, &b.kind),
        "os" => &|a, b| text(&os(a), &os(b)),
        "first_seen" => &|a, b| a.first_seen.cmp(&b.first_seen),
        "last_seen" => &|a, b| a.last_seen.cmp(&b.last_seen),
        "internet" => &|a, b| volume(&a.internet).cmp(&volume(&b.internet)),
        "local" => &|a, b| volume(&a.local).cmp(&volume(&b.local)),
        "risk" => &|a, b| a.risk_score.cmp(&b.risk_score),
        _ => {
            return Err(Problem::bad(
                "sort must be name, vendor, type, os, first_seen, last_seen, internet, local or risk",
            ));
        }
    };
    rows.sort_by(|a, b| {
        let order = order(a, b);
        (if turned { order.reverse() } else { order }).then_with(|| a.id.cmp(&b.id))
    });
    Ok(())
}

/// A device with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WholeDevice {
    /// As in docs/records.md.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    device: Arc<Device>,
    /// It was seen within the last five minutes.
    online: bool,
    /// What speaks against it.
    risk: Risk,
}

/// What speaks against a device.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Risk {
    /// At most 100.
    score: u32,
    /// Titles of its incidents, the worst first.
    reasons: Vec<String>,
}

/// A device by its id, hardware address or address, as the history has it if it is not here now.
#[utoipa::path(get, path = "/api/v1/devices/{device}", params(("device" = String, Path, description = "id, MAC or IP address")),
    responses((status = 200, body = WholeDevice), (status = 404, body = Problem)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let now = time::of(&app.now());
    if let Some(device) = app.board.devices().find(&name) {
        let (score, reasons) = risk(device, app.past.with(&app.board.incidents()), now);
        let online = is_online(device, &online_since(now));
        let whole = WholeDevice { device: Arc::clone(device), online, risk: Risk { score, reasons } };
        return serde_json::to_value(whole).map(Json).map_err(|_| Problem::defect());
    }
    if app.folder.is_none() {
        return Err(Problem::missing("device"));
    }
    let row =
        app.read(move |reader| reader.device(&name)).await?.ok_or_else(|| Problem::missing("device"))?;
    let mut record: Value = serde_json::from_str(&row.record).map_err(|_| Problem::defect())?;
    if let Some(fields) = record.as_object_mut() {
        fields.insert("online".into(), false.into());
    }
    Ok(Json(record))
}

/// Flows of a device, newest first.
#[utoipa::path(get, path = "/api/v1/devices/{device}/flows",
    params(("device" = String, Path, description = "id, MAC or IP address"), FlowQuery),
    responses((status = 200, body = Page<Object>), (status = 404, body = Problem)))]
pub(super) async fn flows(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(query): Query<FlowQuery>,
) -> Result<Json<Page<Value>>, Problem> {
    let here = app.board.devices().find(&name).map(|device| device.id.clone());
    let (id, is_known) = match here {
        Some(id) => (id, true),
        None => {
            let asked = name.clone();
            let row = app.read(move |reader| reader.device(&asked)).await?;
            row.map_or((name, false), |row| (row.id, true))
        }
    };
    let page = history(&app, query, Some(id)).await?;
    // Flows may be kept for longer than what their devices were.
    if !is_known && page.items.is_empty() {
        return Err(Problem::missing("device"));
    }
    Ok(Json(page))
}
