//! What is looked at before anybody asks who asks: pure functions over the parts of a request.
//!
//! A browser sends requests for any page it shows, with the user's cookies and from within the user's
//! network. So what a page of another site made must be refused by what the browser tells of it.

mod authority;
mod cookie;
mod headers;
mod host;
mod need;
mod origin;
mod site;

pub use cookie::{clear_cookie, cookie_of, set_cookie};
pub use headers::{CONTENT_SECURITY_POLICY, HEADERS, STRICT_TRANSPORT_SECURITY};
pub use host::check_host;
pub use need::{Area, needed_role};
pub use origin::check_origin;
pub use site::{BadName, Scheme, Site};

/// The parts of a request that tell who made it. A header that is there twice, or whose bytes are no
/// text, is to be given as `Some("")`, which nothing accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestParts<'a> {
    /// `GET`, `POST`, …; methods are case-sensitive (RFC 9110 s9.1).
    pub method: &'a str,
    /// How the request came.
    pub scheme: Scheme,
    /// `Host`, or the authority of the target.
    pub host: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub sec_fetch_site: Option<&'a str>,
    /// It asks to be upgraded, to a WebSocket say.
    pub upgrades: bool,
}

/// Why a request is refused.
#[derive(thiserror::Error, Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Refused {
    /// There is no `Host`, or it is none.
    #[error("the request names no host")]
    NoHost,
    /// It is meant for somebody else, as far as its `Host` tells.
    #[error("the Host header names another host; ask by address, or add the name to the configuration")]
    OtherHost,
    /// A page of another site made it.
    #[error("a page of another site asked for this")]
    OtherSite,
}

impl Refused {
    /// The HTTP status to answer with: 421 is "not a host that is served here" (RFC 9110 s15.5.20).
    pub const fn status(self) -> u16 {
        match self {
            Self::NoHost => 400,
            Self::OtherHost => 421,
            Self::OtherSite => 403,
        }
    }
}

/// Refuses requests for other hosts and from pages of other sites.
///
/// # Errors
/// What [`check_host`] and [`check_origin`] refuse.
pub fn check(parts: &RequestParts<'_>, site: &Site) -> Result<(), Refused> {
    check_host(parts, site)?;
    check_origin(parts, site)
}

#[cfg(test)]
pub(crate) fn get(host: &str) -> RequestParts<'_> {
    RequestParts {
        method: "GET",
        scheme: Scheme::Http,
        host: Some(host),
        origin: None,
        sec_fetch_site: None,
        upgrades: false,
    }
}
