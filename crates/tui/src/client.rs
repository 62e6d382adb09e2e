use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::text::safe;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read: a thousand flows with everything are a few megabytes.
const LONGEST_ANSWER: u64 = 32 << 20;

/// Asks one instance. Redirects are not followed: they would take the token elsewhere.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    /// Without a slash at its end.
    base: String,
    token: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// The instance says what is wrong with the question.
    Refused {
        /// Of HTTP.
        status: u16,
        /// What is wrong.
        detail: String,
        /// Where in the filter, from 1.
        column: Option<usize>,
    },
    /// It cannot be reached, or it is no netmonsec.
    Unreachable(String),
}

impl Client {
    /// `certificate` (PEM) is believed, and no other; without one, whatever the system believes.
    ///
    /// # Errors
    /// An address or certificate that cannot be used, told for people.
    pub(crate) fn new(url: &str, token: Option<&str>, certificate: Option<&[u8]>) -> Result<Self, String> {
        let base = url.trim_end_matches('/').to_owned();
        let shown = safe(&base);
        let uri: Uri = base.parse().map_err(|_| format!("{shown} is no address such as http://host:8080"))?;
        let authority = uri.authority().filter(|a| !a.host().is_empty());
        let Some(authority) = authority.filter(|_| matches!(uri.scheme_str(), Some("http" | "https"))) else {
            return Err(format!("{shown} is no address such as http://127.0.0.1:8080 or https://host:8443"));
        };
        if authority.as_str().contains('@') {
            return Err("an address must not have a name or password in it; use --token".to_owned());
        }
        if token.is_some() && uri.scheme_str() == Some("http") && !is_loopback(authority.host()) {
            return Err(format!(
                "{shown} is not encrypted, and whoever listens could take the token; use https"
            ));
        }
        if token.is_some_and(|token| token.chars().any(|c| c.is_control() || !c.is_ascii())) {
            return Err("the token has characters that no token has".to_owned());
        }
        let roots = match certificate.map(Certificate::from_pem) {
            None => RootCerts::PlatformVerifier,
            Some(Ok(certificate)) => RootCerts::new_with_certs(&[certificate]),
            Some(Err(_)) => return Err("what is given as a certificate is none in PEM form".to_owned()),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("netmonsec-top/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self { agent: config.new_agent(), base, token: token.map(str::to_owned) })
    }

    /// What is below `/api/v1/`.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Trouble> {
        let unreachable = |what: String| Trouble::Unreachable(safe(&what));
        let mut request = self.agent.get(format!("{}/api/v1/{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| unreachable(error.to_string()))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let body = body.map_err(|error| unreachable(error.to_string()))?;
        let value: Option<Value> = serde_json::from_slice(&body).ok();
        match (status, value) {
            (200, Some(value)) => Ok(value),
            (200..300, _) => Err(unreachable("it answers, but not as netmonsec does".to_owned())),
            (_, problem) => Err(refused(status, problem.as_ref())),
        }
    }
}

/// A problem document (RFC 9457), or whatever a proxy sent instead.
fn refused(status: u16, problem: Option<&Value>) -> Trouble {
    let detail = problem.and_then(|p| p.get("detail")).and_then(Value::as_str);
    let detail = match detail {
        Some(detail) => safe(detail),
        None => format!("it answers with status {status}"),
    };
    let column = problem.and_then(|p| p.get("column")).and_then(Value::as_u64);
    Trouble::Refused { status, detail, column: column.and_then(|column| usize::try_from(column).ok()) }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A text as part of a query or a path (RFC 3986 s2.3).
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(byte.into());
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses() {
        for good in ["http://127.0.0.1:8080", "https://[::1]:8443/", "http://host:1"] {
            assert!(Client::new(good, None, None).is_ok(), "{good}");
        }
        for bad in ["", "host", "ftp://a", "http://u:p@a", "http://a b"] {
            assert!(Client::new(bad, None, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_is_not_sent_in_clear() {
        assert!(Client::new("http://192.0.2.1:8080", Some("t"), None).is_err());
        assert!(Client::new("https://192.0.2.1", None, Some(b"no certificate")).is_err());
        assert!(Client::new("http://127.0.0.1:8080", Some("a\r\nb"), None).is_err());
        for good in ["https://192.0.2.1", "http://localhost:1", "http://[::1]:1"] {
            assert!(Client::new(good, Some("t"), None).is_ok(), "{good}");
        }
    }

    #[test]
    fn nobody_there_is_told() {
        // Port 1 of this machine: nothing listens there.
        let client = Client::new("http://127.0.0.1:1", None, None).expect("an address");
        assert!(matches!(client.get("stats"), Err(Trouble::Unreachable(why)) if !why.is_empty()));
    }

    #[test]
    fn problems() {
        let problem = json!({"detail": "no field \u{202e}x", "column": 3});
        let expected =
            Trouble::Refused { status: 400, detail: "no field \\u{202e}x".into(), column: Some(3) };
        assert_eq!(refused(400, Some(&problem)), expected);
        assert!(matches!(refused(502, None), Trouble::Refused { status: 502, .. }));
    }
}
