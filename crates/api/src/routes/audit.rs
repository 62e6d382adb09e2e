//! Who changed what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, aside};
use crate::extract::Query;
use crate::page::limit;
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// At most 1000; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Who changed what.
#[derive(Serialize, ToSchema)]
pub(super) struct Entry {
    /// When: RFC 3339.
    time: String,
    /// What was done, `login` say.
    action: String,
    /// Who did it.
    actor: String,
    /// Where from, if over the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// To which user, token or alert.
    subject: String,
    /// What else there is to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

/// The latest changes.
#[derive(Serialize, ToSchema)]
pub(super) struct Entries {
    /// The last one first.
    items: Vec<Entry>,
}

/// Logins, and changes of users, tokens and alerts, the last one first.
#[utoipa::path(get, path = "/api/v1/audit", params(AuditQuery),
    responses((status = 200, body = Entries), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Entries>, Problem> {
    let most = limit(query.limit)?;
    app.door.access()?;
    let Some((_, log)) = app.door.access.clone() else { return Err(Problem::defect()) };
    let entries = aside(move || log.latest(most)).await?;
    let entries = entries.map_err(|error| Problem::unavailable(&error.to_string()))?;
    let told = |entry: access::AuditEntry| Entry {
        time: entry.time,
        action: entry.action,
        actor: entry.actor,
        from: entry.from,
        subject: entry.subject,
        detail: entry.detail,
    };
    Ok(Json(Entries { items: entries.into_iter().map(told).collect() }))
}
