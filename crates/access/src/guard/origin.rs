use super::need::is_safe;
use super::site::Origin;
use super::{Refused, RequestParts, Site, authority};

/// Refuses what a page of another site made, if it would change something or open a WebSocket.
///
/// Against forged requests (CSRF): browsers let any page send a form or open a WebSocket anywhere, with
/// the user's cookies. They tell where it came from in `Sec-Fetch-Site`, and in `Origin` for every
/// method that is not safe and every WebSocket (Fetch Standard s3.2; RFC 6455 s10.2). A request that has
/// neither was made by a program, which has no cookies that are not its own. Reading needs no refusal:
/// no page of another origin is allowed to see the answer.
///
/// # Errors
/// Requests of other sites, also of sites that share the domain, and of pages without an origin.
pub fn check_origin(parts: &RequestParts<'_>, site: &Site) -> Result<(), Refused> {
    if is_safe(parts.method) && !parts.upgrades {
        return Ok(());
    }
    // `none` is the user, by a bookmark or the address bar.
    if parts.sec_fetch_site.is_some_and(|from| !matches!(from, "same-origin" | "none")) {
        return Err(Refused::OtherSite);
    }
    let Some(origin) = parts.origin else { return Ok(()) };
    let origin = Origin::parse(origin).ok_or(Refused::OtherSite)?;
    let (host, port) = parts.host.and_then(authority::parse).ok_or(Refused::NoHost)?;
    if origin == Origin::new(parts.scheme, host, port) || site.is_origin(&origin) {
        return Ok(());
    }
    Err(Refused::OtherSite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Scheme, get};

    fn site(names: &[&str]) -> Site {
        Site::new("127.0.0.1:8080".parse().unwrap(), names).unwrap()
    }

    fn post(origin: Option<&'static str>) -> RequestParts<'static> {
        RequestParts { method: "POST", origin, ..get("localhost:8080") }
    }

    fn socket(origin: Option<&'static str>) -> RequestParts<'static> {
        RequestParts { upgrades: true, origin, ..get("localhost:8080") }
    }

    fn is_refused(parts: &RequestParts<'_>) -> bool {
        check_origin(parts, &site(&[])) == Err(Refused::OtherSite)
    }

    #[test]
    fn own_pages_and_programs_may() {
        for make in [post, socket] {
            for origin in [None, Some("http://localhost:8080"), Some("HTTP://LocalHost:8080")] {
                assert!(!is_refused(&make(origin)), "{origin:?}");
            }
            let own = make(Some("http://localhost:8080"));
            for from in ["same-origin", "none"] {
                assert!(!is_refused(&RequestParts { sec_fetch_site: Some(from), ..own }), "{from}");
            }
        }
        let origin = Some("http://localhost");
        let default_port = RequestParts { origin, method: "POST", ..get("localhost:80") };
        assert!(!is_refused(&default_port));
    }

    #[test]
    fn forged_forms() {
        for origin in [
            "http://evil.example",
            "http://evil.example:8080",
            "http://localhost:8080.evil.example",
            "http://localhost:8080@evil.example",
            // Another program on the same machine, or the same name by other means.
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "https://localhost:8080",
            "http://localhost",
            // Sandboxed frames, files, and what is cut or put together.
            "null",
            "file://",
            "",
            "localhost:8080",
            "http://localhost:8080/",
            "http://localhost:8080 http://evil.example",
            "http://evil.example, http://localhost:8080",
        ] {
            assert!(is_refused(&post(Some(origin))), "{origin}");
            for method in ["PUT", "PATCH", "DELETE", "get", "FOO"] {
                assert!(is_refused(&RequestParts { method, ..post(Some(origin)) }), "{method} {origin}");
            }
        }
    }

    #[test]
    fn websockets_of_other_pages() {
        for origin in ["http://evil.example", "null", "https://localhost:8080", "ws://localhost:8080"] {
            assert!(is_refused(&socket(Some(origin))), "{origin}");
        }
    }

    /// Also without an origin, or with one that was taken away on the way.
    #[test]
    fn what_the_browser_says_of_the_site_counts() {
        for from in ["cross-site", "same-site", "", "Same-Origin", "same-origin, cross-site"] {
            for parts in [post(None), post(Some("http://localhost:8080")), socket(None)] {
                assert!(is_refused(&RequestParts { sec_fetch_site: Some(from), ..parts }), "{from}");
            }
        }
    }

    #[test]
    fn reading_is_left_to_the_same_origin_policy() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let parts = RequestParts {
                method,
                origin: Some("http://evil.example"),
                sec_fetch_site: Some("cross-site"),
                ..get("localhost:8080")
            };
            assert!(!is_refused(&parts));
        }
    }

    #[test]
    fn behind_a_proxy_that_speaks_tls_the_configured_origin_is_ours() {
        let site = site(&["https://net.example.org"]);
        let parts = RequestParts {
            method: "POST",
            origin: Some("https://net.example.org"),
            sec_fetch_site: Some("same-origin"),
            ..get("net.example.org")
        };
        assert_eq!(check_origin(&parts, &site), Ok(()));
        for origin in ["https://net.example.org:8443", "https://evil.example.org", "https://example.org"] {
            let parts = RequestParts { origin: Some(origin), ..parts };
            assert_eq!(check_origin(&parts, &site), Err(Refused::OtherSite), "{origin}");
        }
        let by_tls = RequestParts { scheme: Scheme::Https, host: Some("localhost:8443"), ..parts };
        let own = RequestParts { origin: Some("https://localhost:8443"), ..by_tls };
        assert_eq!(check_origin(&own, &site), Ok(()));
    }
}
