//! What is looked at before any route: who is asked, by whom, and what a browser may do with the answer.

use std::sync::Arc;

use access::guard::{HEADERS, RequestParts, STRICT_TRANSPORT_SECURITY, Scheme, Site, check as check_parts};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::door::{Need, Shown};
use crate::listen::Peer;
use crate::problem::Problem;
use crate::rate::Rate;

/// What one listener needs to know to let requests in.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) app: Arc<App>,
    pub(crate) site: Arc<Site>,
    pub(crate) scheme: Scheme,
    pub(crate) rate: Arc<Rate>,
}

/// How a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By(pub(crate) Scheme);

/// Lets through what a program or a page of ours asks, if they may.
pub(crate) async fn check(
    State(gate): State<Gate>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let scheme = gate.scheme;
    let mut response = match admit(gate, peer, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let https = (scheme == Scheme::Https).then_some(STRICT_TRANSPORT_SECURITY);
    let headers = response.headers_mut();
    for (name, value) in HEADERS.into_iter().chain(https) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn admit(gate: Gate, peer: Peer, mut request: Request) -> Result<Request, Problem> {
    let Gate { app, site, scheme, rate } = gate;
    if !rate.take(peer.0.ip(), app.door.now()) {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "more than 100 requests a second; slow down",
        ));
    }
    let parts = parts(&request, scheme);
    check_parts(&parts, &site).map_err(|refused| {
        let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::FORBIDDEN);
        Problem::new(status, refused.to_string())
    })?;
    let need = Need::of(request.method().as_str(), request.uri().path());
    if need == Need::Never {
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "there is no such method here"));
    }
    let shown = Shown::of(request.headers(), scheme);
    let who = app.who(shown.clone()).await?;
    if let Need::May(role) = need {
        let Some(who) = &who else { return Err(Problem::nobody()) };
        if !who.role.may(role) {
            let detail = format!("this needs the role {role}; {} is {}", who.name, who.role);
            return Err(Problem::new(StatusCode::FORBIDDEN, detail));
        }
    }
    let extensions = request.extensions_mut();
    extensions.insert(By(scheme));
    extensions.insert(shown);
    if let Some(who) = who {
        extensions.insert(who);
    }
    Ok(request)
}

fn parts(request: &Request, scheme: Scheme) -> RequestParts<'_> {
    let headers = request.headers();
    RequestParts {
        method: request.method().as_str(),
        scheme,
        host: text(headers, header::HOST),
        origin: text(headers, header::ORIGIN),
        sec_fetch_site: text(headers, HeaderName::from_static("sec-fetch-site")),
        upgrades: headers.contains_key(header::UPGRADE),
    }
}

/// A header that is there once and is text; else what nothing accepts.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(if values.next().is_some() { "" } else { first.to_str().unwrap_or_default() })
}
