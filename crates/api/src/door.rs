//! Who asks, and whether they may.

use std::net::IpAddr;
use std::sync::Arc;

use access::guard::{Area, Scheme, cookie_of, needed_role};
use access::{Access, AccessError, Action, Actor, Audit, AuditLog, Identity};
use axum::http::{HeaderMap, StatusCode, header};
use wire::Timestamp;

use crate::problem::Problem;

/// Users and tokens, and whether one of them is needed.
#[derive(Clone, Debug)]
pub struct Door {
    /// Users and tokens, and what they did; absent if there is no folder for them.
    pub access: Option<(Arc<Access>, AuditLog)>,
    /// Nobody gets in without a session or a token.
    pub closed: bool,
    /// The time of day.
    pub clock: fn() -> Timestamp,
}

/// What a request shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Shown {
    Cookie(String),
    Token(String),
    Nothing,
}

/// What a request needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// Anybody may: it tells nothing about the network.
    Nothing,
    /// Somebody who may do that.
    May(access::Role),
    /// Nobody may: there is no such method.
    Never,
}

impl Shown {
    pub(crate) fn of(headers: &HeaderMap, scheme: Scheme) -> Self {
        let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
        // RFC 6750 s2.1; the scheme's case does not matter (RFC 9110 s11.1).
        let bearer = text(header::AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        if let Some(token) = bearer {
            return Self::Token(token);
        }
        let cookie = text(header::COOKIE).and_then(|value| cookie_of(value, scheme));
        cookie.map_or(Self::Nothing, |cookie| Self::Cookie(cookie.to_owned()))
    }
}

impl Need {
    pub(crate) fn of(method: &str, path: &str) -> Self {
        let route = path.strip_prefix("/api/v1/");
        let area = match route {
            Some(
                "login" | "session" | "health" | "health/ready" | "version" | "openapi.json" | "reference"
                | "reference.css",
            ) => None,
            Some("session/password" | "logout") => return Self::May(access::Role::Viewer),
            Some(route) if ["users", "tokens", "audit"].contains(&first(route)) => Some(Area::Administration),
            Some(_) => Some(Area::Data),
            // The dashboard's own files; what it shows, it asks for.
            None if path != "/metrics" && !path.starts_with("/api") => None,
            None => Some(Area::Data),
        };
        match (needed_role(method, area.unwrap_or(Area::Data)), area) {
            (None, _) => Self::Never,
            (Some(_), None) => Self::Nothing,
            (Some(role), Some(_)) => Self::May(role),
        }
    }
}

fn first(route: &str) -> &str {
    route.split('/').next().unwrap_or_default()
}

impl Door {
    /// Whoever reaches it may come in; for this machine alone.
    pub fn open(clock: fn() -> Timestamp) -> Self {
        Self { access: None, closed: false, clock }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Who shows that. May wait for a disk.
    pub(crate) fn who(&self, shown: &Shown) -> Result<Option<Identity>, AccessError> {
        if !self.closed {
            return Ok(Some(Identity::machine()));
        }
        let (Some((access, _)), now) = (&self.access, self.now()) else { return Ok(None) };
        match shown {
            Shown::Cookie(cookie) => access.session(cookie, now),
            Shown::Token(token) => access.token(token, now),
            Shown::Nothing => Ok(None),
        }
    }

    /// Users and tokens.
    pub(crate) fn access(&self) -> Result<&Arc<Access>, Problem> {
        let none = "no users are kept: store.path is empty, or its folder is another instance's";
        self.access.as_ref().map(|(access, _)| access).ok_or_else(|| Problem::new(StatusCode::CONFLICT, none))
    }

    /// Notes what was done, in the file and in the log.
    pub(crate) fn note(&self, audit: &Audit) {
        tracing::info!("{audit}");
        if let Some((_, log)) = &self.access
            && let Err(error) = log.note(audit)
        {
            tracing::error!("{}: {error}; the change was made, and is not noted", AuditLog::FILE);
        }
    }

    /// Notes what somebody did to something that is neither user nor token.
    pub(crate) fn note_change(
        &self,
        who: &Identity,
        from: IpAddr,
        action: Action,
        subject: &str,
        detail: &str,
    ) {
        let actor = Actor { name: &who.name, from: Some(from) };
        self.note(&Audit::new(self.now(), &actor, action, subject).with(detail));
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let status = match error {
            AccessError::BadName(_) | AccessError::Password(_) | AccessError::Expired => {
                StatusCode::BAD_REQUEST
            }
            AccessError::Missing { .. } => StatusCode::NOT_FOUND,
            AccessError::Exists { .. } | AccessError::LastAdmin(_) | AccessError::TooMany { .. } => {
                StatusCode::CONFLICT
            }
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use access::Role;

    use super::*;

    #[test]
    fn what_tells_of_the_network_needs_somebody() {
        for path in
            ["/api/v1/stats", "/api/v1/events", "/metrics", "/api/v1/config", "/api", "/api/v2", "/api/v1/"]
        {
            assert_eq!(Need::of("GET", path), Need::May(Role::Viewer), "{path}");
        }
        for path in ["/api/v1/users", "/api/v1/users/bob", "/api/v1/tokens", "/api/v1/audit"] {
            assert_eq!(Need::of("GET", path), Need::May(Role::Admin), "{path}");
        }
        for path in ["/", "/devices", "/assets/a.js", "/api/v1/health", "/api/v1/login"] {
            assert_eq!(Need::of("GET", path), Need::Nothing, "{path}");
        }
        assert_eq!(Need::of("POST", "/api/v1/login"), Need::Nothing);
        assert_eq!(Need::of("POST", "/api/v1/logout"), Need::May(Role::Viewer));
        assert_eq!(Need::of("POST", "/api/v1/alerts/1"), Need::May(Role::Operator));
        assert_eq!(Need::of("DELETE", "/api/v1/users/bob"), Need::May(Role::Admin));
        assert_eq!(Need::of("TRACE", "/"), Need::Never);
    }

    #[test]
    fn what_requests_show() {
        let of = |name, value: &str| {
            let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
            Shown::of(&headers, Scheme::Http)
        };
        assert_eq!(of(header::AUTHORIZATION, "bearer nms_x"), Shown::Token("nms_x".into()));
        assert_eq!(of(header::AUTHORIZATION, "Basic eDp5"), Shown::Nothing);
        assert_eq!(of(header::COOKIE, "a=b; netmonsec=c"), Shown::Cookie("c".into()));
        assert_eq!(of(header::COOKIE, "__Host-netmonsec=c"), Shown::Nothing);
    }
}
