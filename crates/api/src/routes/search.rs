//! One box for everything.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use filter::{Filter, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::flows::Search;
use store::{Kind, Resolution};
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, away};
use crate::extract::Query;
use crate::problem::Problem;
use crate::rows::DeviceRow;
use crate::time;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// An address, a name, a fingerprint, a protocol, or a part of one; at most 200 characters.
    #[param(min_length = 1, max_length = 200)]
    q: String,
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Hit {
    /// `device`, `alert`, `protocol`, `application`, `name` or `flows`.
    kind: &'static str,
    /// What to call it.
    title: String,
    /// What else there is to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    /// The id of the device or alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The filter that takes its flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Hits {
    /// Devices first, then alerts, protocols, applications and names.
    items: Vec<Hit>,
    /// There may be more flows: not all of the last week were looked at.
    is_cut: bool,
}

const MOST_Q: usize = 200;
const MOST_DEVICES: usize = 8;
const MOST_OTHERS: usize = 5;
/// Flows that are looked at for names.
const MOST_FLOWS: usize = 60;
const WEEK_S: i64 = 7 * 86_400;
/// How long flows are looked through.
const PATIENCE: Duration = Duration::from_millis(100);

/// Devices, alerts, protocols, applications, and names of the last week, by any part of what they are called.
#[utoipa::path(get, path = "/api/v1/search", params(SearchQuery),
    responses((status = 200, body = Hits), (status = 400, body = Problem)))]
pub(super) async fn search(
    State(app): State<Arc<App>>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Hits>, Problem> {
    let text = query.q.trim().to_lowercase();
    if text.is_empty() || text.chars().count() > MOST_Q {
        return Err(Problem::bad(format!("q must have 1 to {MOST_Q} characters")));
    }
    let mut items = devices(&app, &text);
    items.extend(alerts(&app, &text));
    items.extend(shares(&app, &text).await.unwrap_or_default());
    let (names, is_cut) = names(&app, &text).await.unwrap_or_default();
    items.extend(names);
    Ok(Json(Hits { items, is_cut }))
}

fn devices(app: &App, text: &str) -> Vec<Hit> {
    let rows = app.rows();
    let found = rows.with(text).take(MOST_DEVICES);
    let hit = |row: &DeviceRow| {
        let address = row.ips.first().or_else(|| row.macs.first()).cloned().unwrap_or_default();
        let vendor = row.vendor.clone().unwrap_or_default();
        Hit {
            kind: "device",
            title: row.name.clone().unwrap_or_else(|| address.clone()),
            detail: [address, vendor].join(" ").trim().to_owned(),
            id: Some(row.id.clone()),
            filter: None,
        }
    };
    found.map(hit).collect()
}

fn alerts(app: &App, text: &str) -> Vec<Hit> {
    let alerts = app.board.alerts();
    let has = |one: &str| one.to_lowercase().contains(text);
    let found = alerts.iter().rev().filter(|alert| {
        let addresses = [alert.src_ip, alert.dst_ip].into_iter().flatten();
        has(&alert.title) || has(alert.detector) || addresses.map(|ip| ip.to_string()).any(|ip| has(&ip))
    });
    let hit = |alert: &model::Alert| Hit {
        kind: "alert",
        title: alert.title.clone(),
        detail: alert.detector.to_owned(),
        id: Some(alert.id.clone()),
        filter: None,
    };
    found.take(MOST_OTHERS).map(hit).collect()
}

/// Protocols and applications that were seen within the week.
async fn shares(app: &App, text: &str) -> Result<Vec<Hit>, Problem> {
    let from = time::of(&app.now()).saturating_sub(WEEK_S);
    let text = text.to_owned();
    let found = app.read(move |reader| {
        let mut hits = Vec::new();
        for (kind, named) in [(Kind::Protocol, "protocol"), (Kind::Application, "application")] {
            let all = reader.top(Resolution::Day, kind, from - from.rem_euclid(86_400), i64::MAX, 1000)?;
            let found = all.into_iter().filter(|top| top.name.to_lowercase().contains(&text));
            hits.extend(found.take(MOST_OTHERS).map(|top| Hit {
                kind: named,
                detail: String::new(),
                id: None,
                filter: Some(format!("{named} = {}", quoted(&top.name))),
                title: top.name,
            }));
        }
        Ok(hits)
    });
    found.await
}

/// Names, fingerprints and addresses in flows of the last week.
async fn names(app: &App, text: &str) -> Result<(Vec<Hit>, bool), Problem> {
    let now = time::of(&app.now());
    let meant = quoted(text);
    let filter = Filter::parse(Subject::Flows, &meant).map_err(|error| Problem::filter(&error))?;
    let folder = app.folder.clone().ok_or_else(Problem::no_history)?.join("flows");
    let search = Search {
        filter,
        from: now.saturating_sub(WEEK_S),
        to: now.saturating_add(1),
        device: None,
        before: None,
        limit: MOST_FLOWS,
        brief: true,
        patience: PATIENCE,
    };
    let texts = Arc::clone(&app.texts);
    let found = away(move || search.run(&folder, &texts)).await?;
    let is_cut = found.next.is_some();
    let mut hits = Vec::new();
    if !found.records.is_empty() {
        let more = if is_cut { "at least " } else { "" };
        hits.push(Hit {
            kind: "flows",
            title: format!("Flows with \u{201c}{text}\u{201d}"),
            detail: format!("{more}{} within a week", found.records.len()),
            id: None,
            filter: Some(meant),
        });
    }
    let names: BTreeSet<_> = found.records.iter().filter_map(|flow| flow.get("hostname")?.as_str()).collect();
    let names = names.into_iter().filter(|name| name.to_lowercase().contains(text));
    hits.extend(names.take(MOST_OTHERS).map(|name| Hit {
        kind: "name",
        title: name.to_owned(),
        detail: String::new(),
        id: None,
        filter: Some(format!("hostname = {}", quoted(name))),
    }));
    Ok((hits, is_cut))
}

/// As a value in a filter.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
