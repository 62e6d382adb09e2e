//! What is looked at before any route: who is asked, by whom, and what a browser may do with the answer.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Nothing is loaded from elsewhere, nothing in the page's text is run, nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets through what a program or a page of ours asks.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let mut response = match refuse(request.method(), request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refuse(method: &Method, headers: &HeaderMap) -> Option<Problem> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("\0"));
    let host = text(header::HOST).unwrap_or_default();
    // A name that somebody else's DNS answers with our address is not one of ours (DNS rebinding).
    if !is_own(host) {
        return Some(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "the Host header names another host; ask by address, or as localhost",
        ));
    }
    let upgrades = headers.contains_key(header::UPGRADE);
    let harmless = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && !upgrades;
    let foreign = || {
        let site = text(HeaderName::from_static("sec-fetch-site"));
        let origin = text(header::ORIGIN);
        let by_origin =
            origin.is_some_and(|origin| origin.split_once("://").is_none_or(|(_, from)| from != host));
        by_origin || site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
    };
    if !harmless && foreign() {
        return Some(Problem::new(StatusCode::FORBIDDEN, "a page of another site asked for this"));
    }
    None
}

/// An address, or this machine's name for itself.
fn is_own(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(method: &Method, headers: &[(&'static str, &'static str)]) -> Option<u16> {
        let headers: HeaderMap =
            headers.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect();
        refuse(method, &headers).map(|problem| problem.status)
    }

    #[test]
    fn names_of_others_are_refused() {
        for host in ["127.0.0.1:8080", "[::1]:8080", "localhost:8080", "LOCALHOST", "192.0.2.7"] {
            assert_eq!(status(&Method::GET, &[("host", host)]), None, "{host}");
        }
        for host in
            ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", ""]
        {
            assert_eq!(status(&Method::GET, &[("host", host)]), Some(421), "{host}");
        }
    }

    #[test]
    fn pages_of_others_change_nothing_and_hear_nothing() {
        let host = ("host", "localhost:8080");
        let own = ("origin", "http://localhost:8080");
        let other = ("origin", "http://evil.example");
        assert_eq!(status(&Method::POST, &[host]), None);
        assert_eq!(status(&Method::POST, &[host, own]), None);
        assert_eq!(status(&Method::POST, &[host, other]), Some(403));
        assert_eq!(status(&Method::POST, &[host, ("origin", "null")]), Some(403));
        assert_eq!(status(&Method::POST, &[host, ("sec-fetch-site", "cross-site")]), Some(403));
        assert_eq!(status(&Method::GET, &[host, other]), None);
        assert_eq!(status(&Method::GET, &[host, other, ("upgrade", "websocket")]), Some(403));
        assert_eq!(status(&Method::GET, &[host, own, ("upgrade", "websocket")]), None);
    }
}
