use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// It is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`.
    status: &'static str,
    /// What is wrong with the history, if anything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
}

/// Whether the program runs.
#[utoipa::path(get, path = "/api/v1/health", responses((status = 200, body = Health)))]
pub(super) async fn live(State(app): State<Arc<App>>) -> Json<Health> {
    let trouble = app.status.as_ref().and_then(|status| (status.0)().trouble);
    let store = trouble.map(|trouble| format!("{}; {}", trouble.what, trouble.remedy));
    Json(Health { status: "ok", store })
}

/// Whether it watches: packets are taken in and pictures are put up.
#[utoipa::path(get, path = "/api/v1/health/ready",
    responses((status = 200, body = Health), (status = 503, body = Problem)))]
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    if app.board.stats().time.is_empty() {
        return Err(Problem::unavailable("nothing has been seen yet"));
    }
    Ok(Json(Health { status: "ok", store: None }))
}

/// Which version runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Version {
    /// `netmonsec`.
    name: &'static str,
    /// Semantic version.
    version: &'static str,
}

/// Which version runs.
#[utoipa::path(get, path = "/api/v1/version", responses((status = 200, body = Version)))]
pub(super) async fn version() -> Json<Version> {
    Json(Version { name: "netmonsec", version: env!("CARGO_PKG_VERSION") })
}
