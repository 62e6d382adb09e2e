//! What programs show instead of logging in.

use std::sync::Arc;

use access::{Actor, Identity};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::users::{role_of, time};
use crate::app::{App, aside};
use crate::extract::{Body, Path};
use crate::listen::Peer;
use crate::problem::Problem;

/// A token; what to show is not known any more.
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    /// What it is called.
    name: String,
    /// What it allows: `viewer`, `operator` or `admin`.
    role: &'static str,
    /// When it was made: RFC 3339.
    created: String,
    /// From when on it is refused: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    /// When it was used last, to the minute: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<String>,
}

/// All tokens.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    /// By name.
    items: Vec<Token>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// 1 to 64 characters out of a-z, A-Z, 0-9 and . _ @ -
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
    name: String,
    /// What it allows: `viewer`, `operator` or `admin`.
    #[schema(pattern = "^(viewer|operator|admin)$")]
    role: String,
    /// Seconds that it is valid; for good unless given.
    #[schema(minimum = 1, maximum = 4294967295_u64)]
    #[serde(default, deserialize_with = "whole")]
    expires_s: Option<u32>,
}

/// JSON has one kind of number: 60.0 is as whole as 60.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(from)? else { return Ok(None) };
    let whole = number.as_u64().or_else(|| {
        let number = number.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    });
    let whole = whole.and_then(|number| u32::try_from(number).ok());
    whole.map(Some).ok_or_else(|| Error::custom("expires_s must be a whole number of seconds below 2^32"))
}

/// A token that was made now.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// What it is called.
    name: String,
    /// What to send as `Authorization: Bearer …`. It is shown this once.
    token: String,
}

/// Tokens by name, also those that have expired.
#[utoipa::path(get, path = "/api/v1/tokens", responses((status = 200, body = Tokens), (status = 503, body = Problem)))]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Tokens>, Problem> {
    let access = Arc::clone(app.door.access()?);
    let tokens = aside(move || access.tokens()).await??;
    let told = |token: access::Token| Token {
        name: token.name,
        role: token.role.as_str(),
        created: time(token.created),
        expires: token.expires.map(time),
        used: token.used.map(time),
    };
    Ok(Json(Tokens { items: tokens.into_iter().map(told).collect() }))
}

/// Makes a token.
#[utoipa::path(post, path = "/api/v1/tokens", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = 400, body = Problem), (status = 409, body = Problem),
        (status = 503, body = Problem)))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Body(NewToken { name, role, expires_s }): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let (access, now, role) = (Arc::clone(app.door.access()?), app.door.now(), role_of(&role)?);
    let end = expires_s.map(|after_s| now + u64::from(after_s) * 1_000_000_000);
    let called = name.clone();
    let made = aside(move || {
        let actor = Actor { name: &who.name, from: Some(peer.ip()) };
        access.create_token(&called, role, end, &actor, now)
    });
    let made = made.await??;
    app.door.note(&made.audit);
    Ok((StatusCode::CREATED, Json(MadeToken { name, token: made.secret.expose().to_owned() })))
}

/// Revokes a token at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let (access, now) = (Arc::clone(app.door.access()?), app.door.now());
    let audit = aside(move || {
        let actor = Actor { name: &who.name, from: Some(peer.ip()) };
        access.revoke_token(&name, &actor, now)
    });
    app.door.note(&audit.await??);
    Ok(StatusCode::NO_CONTENT)
}
