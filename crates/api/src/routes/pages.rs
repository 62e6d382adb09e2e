//! The dashboard, on the same port.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::nothing_here;

/// What is asked for that is no route: a file of the dashboard, or the page itself for whatever may be a
/// place in it.
pub(super) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let is_place =
        !path.rsplit('/').next().unwrap_or_default().contains('.') || path.starts_with("/devices/");
    let asked = matches!(method, Method::GET | Method::HEAD) && !path.starts_with("/api");
    let file = if !asked {
        None
    } else {
        dashboard::file(path).or_else(|| if is_place { dashboard::index() } else { None })
    };
    let Some(file) = file else {
        if asked && path == "/" && !dashboard::is_built() {
            return (StatusCode::OK, NOT_BUILT).into_response();
        }
        return nothing_here(uri).await.into_response();
    };
    let kept = if file.is_immutable() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [(header::CONTENT_TYPE, file.media_type()), (header::CACHE_CONTROL, kept)];
    let gzip = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    if gzip.is_some_and(|value| value.contains("gzip")) {
        let encoding = [(header::CONTENT_ENCODING, "gzip"), (header::VARY, "accept-encoding")];
        return (common, encoding, file.packed()).into_response();
    }
    (common, file.plain()).into_response()
}

const NOT_BUILT: &str = "netmonsec is at work; this binary was built without the dashboard.\n\
    `make build` puts it in. Until then: /api/v1/reference lists what can be asked.\n";
