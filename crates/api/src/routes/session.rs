//! Logging in and out.

use std::sync::Arc;

use access::guard::{clear_cookie, set_cookie};
use access::{Actor, Identity, LoginError, Refusal, Via};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{App, aside};
use crate::door::Shown;
use crate::extract::Body;
use crate::guard::By;
use crate::listen::Peer;
use crate::problem::Problem;

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// What the user is called.
    name: String,
    /// The user's password.
    password: String,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(super) struct Who {
    /// The user's or token's name; `local` on a machine that asks nobody.
    name: String,
    /// `viewer` looks, `operator` judges alerts, `admin` manages users and tokens.
    role: &'static str,
    /// `session`, `token`, or `machine`: nobody is asked.
    via: &'static str,
}

/// A password that replaces another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The one until now.
    old: String,
    /// The one from now on: at least 10 characters.
    new: String,
}

impl From<Identity> for Who {
    fn from(identity: Identity) -> Self {
        Self { name: identity.name, role: identity.role.as_str(), via: identity.via.as_str() }
    }
}

/// Begins a session, whose cookie comes with the answer.
#[utoipa::path(post, path = "/api/v1/login", request_body = Credentials,
    responses((status = 200, body = Who), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn login(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(By(scheme)): Extension<By>,
    Extension(shown): Extension<Shown>,
    Body(Credentials { name, password }): Body<Credentials>,
) -> Result<Response, Problem> {
    let (access, now) = (Arc::clone(app.door.access()?), app.door.now());
    let before = match shown {
        Shown::Cookie(cookie) => Some(cookie),
        _ => None,
    };
    let tried =
        aside(move || access.login_again(before.as_deref(), &name, &password, peer.ip(), now)).await?;
    match tried {
        Ok(session) => {
            app.door.note(&session.audit);
            let who = Json(Who::from(session.identity));
            Ok(with_cookie(&set_cookie(&session.cookie, scheme), who.into_response()))
        }
        Err(LoginError { refusal, audit }) => {
            app.door.note(&audit);
            Err(refused(&refusal))
        }
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let status = match refusal {
        Refusal::Wrong => StatusCode::UNAUTHORIZED,
        Refusal::Throttled { .. } | Refusal::Busy => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem::new(status, refusal.to_string())
}

/// Ends the session.
#[utoipa::path(post, path = "/api/v1/logout", responses((status = 204), (status = 401, body = Problem)))]
pub(super) async fn logout(
    State(app): State<Arc<App>>,
    Extension(By(scheme)): Extension<By>,
    Extension(shown): Extension<Shown>,
) -> Result<Response, Problem> {
    if let (Shown::Cookie(cookie), Ok(access)) = (shown, app.door.access()) {
        let (access, now) = (Arc::clone(access), app.door.now());
        if let Some(audit) = aside(move || access.logout(&cookie, now)).await?? {
            app.door.note(&audit);
        }
    }
    Ok(with_cookie(&clear_cookie(scheme), StatusCode::NO_CONTENT.into_response()))
}

/// Who asks; nobody before the login.
#[utoipa::path(get, path = "/api/v1/session", responses((status = 200, body = Who), (status = 401, body = Problem)))]
pub(super) async fn get(who: Option<Extension<Identity>>) -> Result<Json<Who>, Problem> {
    who.map(|Extension(who)| Json(who.into())).ok_or_else(Problem::nobody)
}

/// Sets one's own password; all sessions end, this one too.
#[utoipa::path(post, path = "/api/v1/session/password", request_body = NewPassword,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn password(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(By(scheme)): Extension<By>,
    Extension(who): Extension<Identity>,
    Body(NewPassword { old, new }): Body<NewPassword>,
) -> Result<Response, Problem> {
    if who.via != Via::Session {
        return Err(Problem::new(StatusCode::CONFLICT, "nobody is logged in who has a password"));
    }
    let (access, now, name) = (Arc::clone(app.door.access()?), app.door.now(), who.name);
    let changed = aside(move || {
        // The old one is tried as at a login: whoever found an open browser does not guess on.
        if let Err(error) = access.login(&name, &old, peer.ip(), now) {
            return Err(refused(&error.refusal));
        }
        let actor = Actor { name: &name, from: Some(peer.ip()) };
        Ok(access.set_password(&name, &new, &actor, now)?)
    });
    app.door.note(&changed.await??);
    Ok(with_cookie(&clear_cookie(scheme), StatusCode::NO_CONTENT.into_response()))
}

fn with_cookie(cookie: &str, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
