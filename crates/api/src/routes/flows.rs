use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use filter::{Filter, Subject};
use serde::Deserialize;
use serde_json::Value;
use store::SeenFlow;
use store::flows::{DayReader, Place, Search};
use utoipa::IntoParams;

use crate::app::{App, away};
use crate::extract::{Path, Query};
use crate::page::{Page, limit};
use crate::problem::Problem;
use crate::time;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FlowQuery {
    /// Which flows: `protocol = tls and src_bytes > 10M` (docs/filters.md).
    filter: Option<String>,
    /// RFC 3339, seconds since 1970, or a time ago such as `-24h`; a month ago unless given.
    #[param(
        pattern = "^(-[0-9]{1,6}[smhd]|[0-9]{1,10}|20[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))$"
    )]
    from: Option<String>,
    /// As `from`, in either order; now unless given.
    #[param(
        pattern = "^(-[0-9]{1,6}[smhd]|[0-9]{1,10}|20[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))$"
    )]
    to: Option<String>,
    /// The latest that are over, as they are in memory.
    #[serde(default)]
    live: bool,
    /// Of the history only what a list shows of each: ends, names, protocol, times, volume, risks. The rest is
    /// behind its `ref`. Many times as fast.
    #[serde(default)]
    brief: bool,
    /// At most 1000; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// From the page before.
    #[param(
        pattern = "^20[0-9]{2}((0[1-9]|1[0-2])(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])30|(0[13578]|1[02])31)-[0-9]{1,18}$"
    )]
    cursor: Option<String>,
}

const USUAL_S: i64 = 31 * 86_400;
/// After this time what was found is returned; `next` goes on.
const PATIENCE: Duration = Duration::from_secs(5);
/// Flows in memory that `live` looks at.
const LIVE: usize = 10_000;

/// Flows, newest first.
#[utoipa::path(get, path = "/api/v1/flows", params(FlowQuery),
    responses((status = 200, body = Page<Object>), (status = 400, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<FlowQuery>,
) -> Result<Json<Page<Value>>, Problem> {
    if query.live {
        let limit = limit(query.limit)?;
        let filter = filter(query.filter.as_deref())?;
        let latest = app.board.latest_flows(if filter.takes_all() { limit } else { LIVE });
        let records = latest.iter().map(|flow| record(flow));
        let items: Vec<Value> = records.filter(|record| filter.matches(record)).take(limit).collect();
        return Ok(Json(Page { items, next: None, total: None }));
    }
    history(&app, query, None).await.map(Json)
}

/// A flow as the API shows it.
pub(crate) fn record(flow: &SeenFlow) -> Value {
    let mut value = serde_json::to_value(&flow.record).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for (name, device) in [("src_device", &flow.src_device), ("dst_device", &flow.dst_device)] {
            if let Some(device) = device {
                fields.insert(name.into(), device.clone().into());
            }
        }
    }
    value
}

/// Flows of the history, newest first, of one device or all.
pub(super) async fn history(
    app: &App,
    query: FlowQuery,
    device: Option<String>,
) -> Result<Page<Value>, Problem> {
    let limit = limit(query.limit)?;
    let (from, to) = time::range(query.from.as_deref(), query.to.as_deref(), time::of(&app.now()), USUAL_S)?;
    let before = query.cursor.as_deref().map(parse).transpose()?;
    let filter = filter(query.filter.as_deref())?;
    let folder = app.folder.clone().ok_or_else(Problem::no_history)?.join("flows");
    let search = Search { filter, from, to, device, before, limit, brief: query.brief, patience: PATIENCE };
    let texts = Arc::clone(&app.texts);
    let found = away(move || search.run(&folder, &texts)).await?;
    Ok(Page { items: found.records, next: found.next.map(|place| place.to_string()), total: None })
}

fn filter(text: Option<&str>) -> Result<Filter, Problem> {
    Filter::parse(Subject::Flows, text.unwrap_or_default()).map_err(|error| Problem::filter(&error))
}

fn parse(text: &str) -> Result<Place, Problem> {
    Place::parse(text)
        .ok_or_else(|| Problem::bad("that is no reference to a flow; they look like 20261122-1234"))
}

/// A flow by its `ref`.
#[utoipa::path(get, path = "/api/v1/flows/{ref}", params(("ref" = String, Path, description = "as in lists: 20261122-1234")),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let Place { day, id } = Place::parse(&name).ok_or_else(|| Problem::missing("flow"))?;
    let folder = app.folder.clone().ok_or_else(Problem::no_history)?.join("flows");
    let record = away(move || match DayReader::open(&folder, day)? {
        Some(reader) => reader.record(id),
        None => Ok(None),
    });
    let text = record.await?.ok_or_else(|| Problem::missing("flow"))?;
    serde_json::from_str(&text).map(Json).map_err(|_| Problem::defect())
}
