//! Who has most of the traffic.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{Kind, Resolution, Top};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::Query;
use crate::page::{Page, limit};
use crate::problem::Problem;
use crate::time;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ShareQuery {
    /// RFC 3339, seconds since 1970, or a time ago such as `-24h`, which it is unless given.
    #[param(
        pattern = "^(-[0-9]{1,6}[smhd]|[0-9]{1,10}|20[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))$"
    )]
    from: Option<String>,
    /// As `from`, in either order; now unless given.
    #[param(
        pattern = "^(-[0-9]{1,6}[smhd]|[0-9]{1,10}|20[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))$"
    )]
    to: Option<String>,
    /// At most 1000; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// One name and what it has of the traffic.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShareRow {
    /// Its name.
    name: String,
    /// Bytes from the side that was called.
    in_bytes: i64,
    /// Bytes from the side that called.
    out_bytes: i64,
    /// Packets.
    packets: i64,
    /// Flows that ended.
    flows: i64,
}

/// The coarsest steps of which a range has enough to be cut well.
pub(super) fn resolution(from: i64, to: i64) -> Resolution {
    match to.saturating_sub(from) {
        ..=21_600 => Resolution::Minute,
        21_601..=1_209_600 => Resolution::Hour,
        _ => Resolution::Day,
    }
}

async fn top(app: &App, kind: Kind, query: ShareQuery) -> Result<Json<Page<ShareRow>>, Problem> {
    let limit = limit(query.limit)?;
    let (from, to) = time::range(query.from.as_deref(), query.to.as_deref(), time::of(&app.now()), 86_400)?;
    let resolution = resolution(from, to);
    let step = i64::try_from(resolution.seconds()).unwrap_or(60);
    let from = from.div_euclid(step) * step;
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let rows = app.read(move |reader| reader.top(resolution, kind, from, to, limit)).await?;
    let row = |Top { name, in_bytes, out_bytes, packets, flows }| ShareRow {
        name,
        in_bytes,
        out_bytes,
        packets,
        flows,
    };
    Ok(Json(Page { items: rows.into_iter().map(row).collect(), next: None, total: None }))
}

/// Protocols, most bytes first.
#[utoipa::path(get, path = "/api/v1/protocols", params(ShareQuery),
    responses((status = 200, body = Page<ShareRow>), (status = 400, body = Problem)))]
pub(super) async fn protocols(
    State(app): State<Arc<App>>,
    Query(query): Query<ShareQuery>,
) -> Result<Json<Page<ShareRow>>, Problem> {
    top(&app, Kind::Protocol, query).await
}

/// Applications, most bytes first.
#[utoipa::path(get, path = "/api/v1/applications", params(ShareQuery),
    responses((status = 200, body = Page<ShareRow>), (status = 400, body = Problem)))]
pub(super) async fn applications(
    State(app): State<Arc<App>>,
    Query(query): Query<ShareQuery>,
) -> Result<Json<Page<ShareRow>>, Problem> {
    top(&app, Kind::Application, query).await
}

/// Countries of the remote side, most bytes first.
#[utoipa::path(get, path = "/api/v1/countries", params(ShareQuery),
    responses((status = 200, body = Page<ShareRow>), (status = 400, body = Problem)))]
pub(super) async fn countries(
    State(app): State<Arc<App>>,
    Query(query): Query<ShareQuery>,
) -> Result<Json<Page<ShareRow>>, Problem> {
    top(&app, Kind::Country, query).await
}
