use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use access::{Action, Identity};
use axum::extract::{ConnectInfo, State};
use axum::{Extension, Json};
use filter::{Filter, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Item;
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, Verdict, aside};
use crate::extract::{Body, Path, Query};
use crate::listen::Peer;
use crate::page::{Page, cut, limit};
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AlertQuery {
    /// Which alerts: `severity >= medium and detector != beaconing` (docs/filters.md).
    filter: Option<String>,
    /// `open`, `acknowledged` or `muted`; all unless given.
    #[param(pattern = "^(open|acknowledged|muted)$")]
    state: Option<String>,
    /// Only of this detector.
    detector: Option<String>,
    /// Only of this severity or above.
    #[param(pattern = "^(info|low|medium|high|critical)$")]
    severity: Option<String>,
    /// Only about this device (id).
    device: Option<String>,
    /// At most 1000; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// From the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
}

const STATES: [&str; 3] = ["open", "acknowledged", "muted"];
const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];
/// Characters of a comment.
const MOST_COMMENT: usize = 2000;

/// Alerts, newest first, those of earlier runs too.
#[utoipa::path(get, path = "/api/v1/alerts", params(AlertQuery),
    responses((status = 200, body = Page<Object>), (status = 400, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<AlertQuery>,
) -> Result<Json<Page<Value>>, Problem> {
    let limit = limit(query.limit)?;
    one_of("state", query.state.as_deref(), &STATES)?;
    one_of("severity", query.severity.as_deref(), &SEVERITIES)?;
    let rank = |name: &str| SEVERITIES.iter().position(|one| *one == name);
    let least = query.severity.as_deref().and_then(rank);
    let filter = Filter::parse(Subject::Alerts, query.filter.as_deref().unwrap_or_default());
    let filter = filter.map_err(|error| Problem::filter(&error))?;
    let all = all(&app, |alert| {
        let field = |name: &str| text(alert, name);
        let is = |name: &str, wanted: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| field(name) == wanted)
        };
        is("state", &query.state)
            && is("detector", &query.detector)
            && is("device", &query.device)
            && (least.is_none() || rank(field("severity")) >= least)
            && filter.matches(alert)
    })
    .await;
    cut(all, limit, query.cursor.as_deref()).map(Json)
}

fn one_of(name: &str, value: Option<&str>, allowed: &[&str]) -> Result<(), Problem> {
    match value {
        Some(value) if !allowed.contains(&value) => {
            Err(Problem::bad(format!("{name} must be one of {}", allowed.join(", "))))
        }
        _ => Ok(()),
    }
}

/// Alerts of this run and of those before that are wanted, newest first.
async fn all(app: &App, is_wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    let (earlier, now) = (app.earlier().await, app.board.alerts());
    let mut all = Vec::new();
    let mut add = |alert: Value| {
        if is_wanted(&alert) {
            all.push(alert);
        }
    };
    let kept: HashMap<&str, &Verdict> =
        earlier.alerts.iter().map(|(id, _, verdict)| (&**id, verdict)).collect();
    for alert in now.iter() {
        let verdict = app.verdict(&alert.id, kept.get(&*alert.id).copied());
        add(with(serde_json::to_value(alert).unwrap_or_default(), verdict));
    }
    let known: HashSet<&str> = now.iter().map(|alert| &*alert.id).collect();
    for (id, record, verdict) in earlier.alerts.iter().filter(|(id, ..)| !known.contains(&**id)) {
        add(with(record.clone(), app.verdict(id, Some(verdict))));
    }
    let key = |alert: &Value, name: &str| text(alert, name).to_owned();
    all.sort_by_cached_key(|alert| std::cmp::Reverse((key(alert, "time"), key(alert, "id"))));
    all
}

fn with(mut alert: Value, verdict: Option<Verdict>) -> Value {
    if let (Some(fields), Some(verdict)) = (alert.as_object_mut(), verdict) {
        fields.insert("state".into(), verdict.state.into());
        if !verdict.comment.is_empty() {
            fields.insert("comment".into(), verdict.comment.into());
        }
    }
    alert
}

/// An alert by its id.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub(super) async fn get(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    one(&app, &id).await.map(Json)
}

async fn one(app: &App, id: &str) -> Result<Value, Problem> {
    let name = id.to_owned();
    let row = match &app.folder {
        Some(_) => app.read(move |reader| reader.alert(&name)).await.unwrap_or_default(),
        None => None,
    };
    let kept = row.as_ref().map(|row| Verdict { state: row.state.clone(), comment: row.comment.clone() });
    let verdict = app.verdict(id, kept.as_ref());
    if let Some(alert) = app.board.alerts().iter().find(|alert| alert.id == id) {
        return Ok(with(serde_json::to_value(alert).unwrap_or_default(), verdict));
    }
    let row = row.ok_or_else(|| Problem::missing("alert"))?;
    Ok(with(serde_json::from_str(&row.record).unwrap_or_default(), verdict))
}

/// What somebody does with an alert.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(super) struct Change {
    /// `open`, `acknowledged` or `muted`.
    #[schema(pattern = "^(open|acknowledged|muted)$")]
    state: Option<String>,
    /// What to remember about it.
    #[schema(max_length = 2000)]
    comment: Option<String>,
}

/// Acknowledges, mutes, reopens or comments on an alert.
#[utoipa::path(post, path = "/api/v1/alerts/{id}", params(("id" = String, Path)), request_body = Change,
    responses((status = 200, body = Object), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<Value>, Problem> {
    one_of("state", change.state.as_deref(), &STATES)?;
    if change.comment.as_ref().is_some_and(|comment| comment.chars().count() > MOST_COMMENT) {
        return Err(Problem::bad(format!("comment is longer than {MOST_COMMENT} characters")));
    }
    let alert = one(&app, &id).await?;
    let text = |name: &str| alert.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let verdict = Verdict {
        state: change.state.unwrap_or_else(|| text("state")),
        comment: change.comment.unwrap_or_else(|| text("comment")),
    };
    app.verdicts.put(id.clone(), verdict.clone());
    let Verdict { state, comment } = verdict.clone();
    let detail = if comment.is_empty() { state.clone() } else { format!("{state}: {comment}") };
    let door = app.door.clone();
    let (by, of) = (who.clone(), id.clone());
    aside(move || door.note_change(&by, peer.ip(), Action::AlertJudged, &of, &detail)).await?;
    app.keep(Item::Verdict { alert: id, state, comment, who: who.name, time: app.now() });
    Ok(Json(with(alert, Some(verdict))))
}

/// Incidents: alerts about one actor that belong together; the latest first, those of earlier runs too.
#[utoipa::path(get, path = "/api/v1/incidents", params(IncidentQuery),
    responses((status = 200, body = Page<Object>), (status = 400, body = Problem)))]
pub(super) async fn incidents(
    State(app): State<Arc<App>>,
    Query(query): Query<IncidentQuery>,
) -> Result<Json<Page<Value>>, Problem> {
    let limit = limit(query.limit)?;
    let (earlier, now) = (app.earlier().await, app.board.incidents());
    let known: HashSet<&str> = now.iter().map(|incident| &*incident.id).collect();
    let before = earlier.incidents.iter().filter(|incident| !known.contains(text(incident, "id")));
    let here = now.iter().filter_map(|incident| serde_json::to_value(incident).ok());
    let mut all: Vec<_> = here.chain(before.cloned()).collect();
    if let Some(device) = &query.device {
        all.retain(|incident| text(incident, "device") == device);
    }
    all.sort_by(|a, b| (text(b, "last_seen"), text(b, "id")).cmp(&(text(a, "last_seen"), text(a, "id"))));
    cut(all, limit, query.cursor.as_deref()).map(Json)
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct IncidentQuery {
    /// Only about this device (id).
    device: Option<String>,
    /// At most 1000; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// From the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
}
