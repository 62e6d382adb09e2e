//! A resource a file; each is registered here.

mod alerts;
mod analyses;
mod audit;
mod capture;
mod config;
mod devices;
mod flows;
mod health;
mod metrics;
#[cfg(feature = "dashboard")]
mod pages;
mod problems;
mod reference;
mod search;
mod session;
mod shares;
mod stats;
mod timeseries;
mod tokens;
mod topology;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::routing::{MethodRouter, any, get};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::connection;
use crate::problem::Problem;

#[derive(OpenApi)]
#[openapi(info(
    title = "netmonsec",
    description = "Who is on the network, what they talk to, how well, and what is wrong.",
    license(name = "MIT OR Apache-2.0")
))]
struct About;

/// All routes, and the document that describes them.
pub(crate) fn router() -> (Router<Arc<App>>, Document) {
    let (router, mut document) = OpenApiRouter::with_openapi(About::openapi())
        .routes(routes!(stats::get))
        .routes(routes!(devices::list))
        .routes(routes!(devices::get))
        .routes(routes!(devices::flows))
        .routes(routes!(flows::list))
        .routes(routes!(flows::get))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::get, alerts::change))
        .routes(routes!(alerts::incidents))
        .routes(routes!(topology::get))
        .routes(routes!(shares::protocols))
        .routes(routes!(shares::applications))
        .routes(routes!(shares::countries))
        .routes(routes!(timeseries::get))
        .routes(routes!(search::search))
        .routes(routes!(config::get))
        .routes(routes!(session::login))
        .routes(routes!(session::logout))
        .routes(routes!(session::get))
        .routes(routes!(session::password))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::change, users::remove))
        .routes(routes!(tokens::list, tokens::add))
        .routes(routes!(tokens::remove))
        .routes(routes!(audit::list))
        .routes(routes!(capture::get))
        .routes(routes!(analyses::list))
        .routes(routes!(analyses::get, analyses::remove))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::version))
        .split_for_parts();
    document.merge(uploads().1);
    document.merge(OpenApiRouter::<Arc<App>>::new().routes(routes!(analyses::below)).into_openapi());
    problems::complete(&mut document);
    let text = document.to_json().unwrap_or_default();
    let page = reference::page(&serde_json::to_value(&document).unwrap_or_default());
    let router = router
        .route("/api/v1/events", get(connection::events))
        .route("/api/v1/analyses/{id}/{*route}", get(analyses::below))
        .route("/metrics", get(metrics::get))
        .route(
            "/api/v1/openapi.json",
            get(move || async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], text) }),
        )
        .route("/api/v1/reference", get(move || async move { axum::response::Html(page) }))
        .route("/api/v1/reference.css", get(reference::style))
        .fallback(fallback());
    (router, document)
}

/// What takes more than others: its layers are not theirs.
pub(crate) fn uploads() -> (Router<Arc<App>>, Document) {
    OpenApiRouter::new().routes(routes!(analyses::add)).split_for_parts()
}

/// What there is to see of a capture that is over. Nothing here changes anything.
fn views() -> Router<Arc<App>> {
    let (router, _) = OpenApiRouter::<Arc<App>>::new()
        .routes(routes!(stats::get))
        .routes(routes!(devices::list))
        .routes(routes!(devices::get))
        .routes(routes!(devices::flows))
        .routes(routes!(flows::list))
        .routes(routes!(flows::get))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::get))
        .routes(routes!(alerts::incidents))
        .routes(routes!(topology::get))
        .routes(routes!(shares::protocols))
        .routes(routes!(shares::applications))
        .routes(routes!(shares::countries))
        .routes(routes!(timeseries::get))
        .routes(routes!(search::search))
        .routes(routes!(capture::get))
        .routes(routes!(config::get))
        .split_for_parts();
    router.fallback(nothing_here)
}

#[cfg(feature = "dashboard")]
fn fallback() -> MethodRouter<Arc<App>> {
    any(pages::page)
}

#[cfg(not(feature = "dashboard"))]
fn fallback() -> MethodRouter<Arc<App>> {
    any(nothing_here)
}

pub(crate) use self::flows::record as flow_record;
pub(crate) use self::stats::now as stats_now;
pub(crate) use self::timeseries::{Series, SeriesOf};
pub(crate) use self::topology::Graph;

async fn nothing_here(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(80).collect();
    Problem::missing(&format!("page as {}; /api/v1/openapi.json lists what there is", path.escape_debug()))
}
