use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::Value;
use store::SeenFlow;
use store::day::Day;
use store::flows::DayReader;
use utoipa::IntoParams;
use wire::Timestamp;

use crate::app::{App, away};
use crate::page::{Page, limit};
use crate::problem::Problem;
use crate::time;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FlowQuery {
    /// RFC 3339, seconds since 1970, or a time ago such as `-24h`; a month ago unless given.
    from: Option<String>,
    /// As `from`; now unless given.
    to: Option<String>,
    /// The latest that are over, as they are in memory.
    #[serde(default)]
    live: bool,
    /// At most 1000; 100 unless given.
    limit: Option<usize>,
    /// From the page before.
    cursor: Option<String>,
}

const USUAL_S: i64 = 31 * 86_400;
/// Days that one request opens.
const MOST_DAYS: i64 = 400;

/// Flows, newest first.
#[utoipa::path(get, path = "/api/v1/flows", params(FlowQuery),
    responses((status = 200, body = Page<Object>), (status = 400, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<FlowQuery>,
) -> Result<Json<Page<Value>>, Problem> {
    if query.live {
        let limit = limit(query.limit)?;
        let items: Vec<Value> = app.board.latest_flows(limit).iter().map(|flow| record(flow)).collect();
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
    let start = query.cursor.as_deref().map(parse).transpose()?;
    let folder = app.folder.clone().ok_or_else(Problem::no_history)?.join("flows");
    away(move || {
        let mut page = Page { items: Vec::new(), next: None, total: None };
        let last = start.map_or_else(|| day_of(to - 1), |(day, _)| day);
        let first = day_of(from).0.max(last.0.saturating_sub(u32::try_from(MOST_DAYS).unwrap_or(u32::MAX)));
        for number in (first..=last.0).rev() {
            let day = Day(number);
            let Some(reader) = DayReader::open(&folder, day)? else { continue };
            let before = start.filter(|(at, _)| *at == day).map(|(_, id)| id);
            let begin_ms = day.begin().nanos() / 1_000_000;
            let begin_ms = i64::try_from(begin_ms).unwrap_or(i64::MAX);
            let within = format!(
                "f.start_ms >= {} AND f.start_ms < {}",
                from.saturating_mul(1000).saturating_sub(begin_ms),
                to.saturating_mul(1000).saturating_sub(begin_ms)
            );
            let rest = limit - page.items.len();
            let rows = match &device {
                Some(device) => {
                    let of = "f.id IN (SELECT flow FROM by_party WHERE party IN (SELECT id FROM party WHERE device = ?1))";
                    reader.flows(&format!("{within} AND {of}"), &[device], before, rest)?
                }
                None => reader.flows(&within, &[], before, rest)?,
            };
            for row in rows.rows {
                let id = row.id.split('-').nth(1).and_then(|id| id.parse().ok()).unwrap_or(i64::MAX);
                let record = reader.record(id)?.and_then(|text| serde_json::from_str(&text).ok());
                let Some(Value::Object(mut fields)) = record else { continue };
                fields.insert("ref".into(), row.id.into());
                for (name, device) in [("src_device", row.src_device), ("dst_device", row.dst_device)] {
                    if let Some(device) = device {
                        fields.insert(name.into(), device.into());
                    }
                }
                page.items.push(Value::Object(fields));
            }
            if let Some(before) = rows.before {
                page.next = Some(format!("{day}-{before}"));
                break;
            }
        }
        Ok(page)
    })
    .await
}

fn day_of(seconds: i64) -> Day {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    Day::of(Timestamp(seconds.saturating_mul(1_000_000_000)))
}

/// Day and number of a flow's `ref`, or of a cursor.
fn parse(text: &str) -> Result<(Day, i64), Problem> {
    let parts = text.split_once('-').and_then(|(day, id)| Some((Day::parse(day)?, id.parse().ok()?)));
    parts.ok_or_else(|| Problem::bad("that is no reference to a flow; they look like 20261122-1234"))
}

/// A flow by its `ref`.
#[utoipa::path(get, path = "/api/v1/flows/{ref}", params(("ref" = String, Path, description = "as in lists: 20261122-1234")),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (day, id) = parse(&name)?;
    let folder = app.folder.clone().ok_or_else(Problem::no_history)?.join("flows");
    let record = away(move || match DayReader::open(&folder, day)? {
        Some(reader) => reader.record(id),
        None => Ok(None),
    });
    let text = record.await?.ok_or_else(|| Problem::missing("flow"))?;
    serde_json::from_str(&text).map(Json).map_err(|_| Problem::defect())
}
