//! Who may log in.

use std::sync::Arc;

use access::{Actor, Identity, Role};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wire::Timestamp;

use crate::app::{App, aside};
use crate::extract::{Body, Path};
use crate::listen::Peer;
use crate::problem::Problem;

/// Who may log in.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    /// What they are called; upper and lower case do not matter.
    name: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
    /// When they were added: RFC 3339.
    created: String,
    /// When their password was set last: RFC 3339.
    password_set: String,
    /// How many sessions are open.
    sessions: u32,
}

/// All users.
#[derive(Serialize, ToSchema)]
pub(super) struct Users {
    /// By name.
    items: Vec<User>,
}

/// Somebody who may log in from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    /// 1 to 64 characters out of a-z, A-Z, 0-9 and . _ @ -
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
    name: String,
    /// At least 10 characters.
    #[schema(min_length = 10, max_length = 1024)]
    password: String,
    /// `viewer`, `operator` or `admin`.
    #[schema(pattern = "^(viewer|operator|admin)$")]
    role: String,
}

/// What is to be different about a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserChange {
    /// `viewer`, `operator` or `admin`.
    #[schema(pattern = "^(viewer|operator|admin)$")]
    role: Option<String>,
    /// At least 10 characters; all sessions of the user end.
    password: Option<String>,
}

/// Users by name.
#[utoipa::path(get, path = "/api/v1/users", responses((status = 200, body = Users), (status = 503, body = Problem)))]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Users>, Problem> {
    let access = Arc::clone(app.door.access()?);
    let users = aside(move || access.users()).await??;
    let told = |user: access::User| User {
        name: user.name,
        role: user.role.as_str(),
        created: time(user.created),
        password_set: time(user.password_set),
        sessions: user.sessions,
    };
    Ok(Json(Users { items: users.into_iter().map(told).collect() }))
}

/// Adds a user.
#[utoipa::path(post, path = "/api/v1/users", request_body = NewUser,
    responses((status = 201), (status = 400, body = Problem), (status = 409, body = Problem),
        (status = 503, body = Problem)))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Body(NewUser { name, password, role }): Body<NewUser>,
) -> Result<StatusCode, Problem> {
    let (access, now, role) = (Arc::clone(app.door.access()?), app.door.now(), role_of(&role)?);
    let audit = aside(move || {
        let actor = Actor { name: &who.name, from: Some(peer.ip()) };
        access.add_user(&name, &password, role, &actor, now)
    });
    app.door.note(&audit.await??);
    Ok(StatusCode::CREATED)
}

/// Sets a user's role or password.
#[utoipa::path(put, path = "/api/v1/users/{name}", params(("name" = String, Path)), request_body = UserChange,
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Path(name): Path<String>,
    Body(UserChange { role, password }): Body<UserChange>,
) -> Result<StatusCode, Problem> {
    let (access, now) = (Arc::clone(app.door.access()?), app.door.now());
    let role = role.map(|role| role_of(&role)).transpose()?;
    let audits = aside(move || {
        let actor = Actor { name: &who.name, from: Some(peer.ip()) };
        let password =
            password.map(|password| access.set_password(&name, &password, &actor, now)).transpose()?;
        let role = role.map(|role| access.set_role(&name, role, &actor, now)).transpose()?;
        Ok::<_, access::AccessError>([password, role])
    });
    for audit in audits.await??.iter().flatten() {
        app.door.note(audit);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a user, whose sessions end at once.
#[utoipa::path(delete, path = "/api/v1/users/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 503, body = Problem)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let (access, now) = (Arc::clone(app.door.access()?), app.door.now());
    let audit = aside(move || {
        let actor = Actor { name: &who.name, from: Some(peer.ip()) };
        access.remove_user(&name, &actor, now)
    });
    app.door.note(&audit.await??);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn role_of(text: &str) -> Result<Role, Problem> {
    text.parse().map_err(|_| Problem::bad("role must be one of viewer, operator, admin"))
}

pub(super) fn time(time: Timestamp) -> String {
    model::rfc3339_seconds(i64::try_from(time.secs()).unwrap_or(i64::MAX))
}
