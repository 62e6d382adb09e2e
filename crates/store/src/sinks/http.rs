use std::io;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use super::text::plain;

/// Posts to one server. Redirects are not followed: they would take secrets elsewhere.
pub(super) struct Client {
    agent: Agent,
    /// Whose answers these are, without what is secret in the address.
    server: String,
}

/// What a server made of a request.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// It has it.
    Taken,
    /// It will never have it, and why.
    Never(String),
}

/// How long a request may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const LONGEST_ANSWER: u64 = 64 << 10;

impl Client {
    pub(super) fn new(url: &str) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // The machine's certificates: servers at home have authorities of their own.
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("netmonsec/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self { agent: config.new_agent(), server: server_of(url) }
    }

    /// # Errors
    /// What may be otherwise the next time.
    pub(super) fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        within: Duration,
    ) -> io::Result<Answer> {
        let told = |what: String| io::Error::other(format!("{}: {what}", self.server));
        let mut request = self.agent.post(url).config().timeout_global(Some(within)).build();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send(body).map_err(|error| match error {
            // These would repeat the address.
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => told("the address cannot be used".into()),
            other => told(plain(&other.to_string(), 200)),
        })?;
        let status = response.status().as_u16();
        // Read in any case, so that the connection can be used again.
        let said = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec().unwrap_or_default();
        if (200..300).contains(&status) {
            return Ok(Answer::Taken);
        }
        let said = plain(&String::from_utf8_lossy(&said), 200);
        let what = format!("answers {status} {said}").trim_end().to_owned();
        // A wrong password or a database that is not there yet are put right at the server, and then
        // the same request succeeds; 408, 425 and 429 are about the moment (RFC 9110 s15.5.9, RFC 8470
        // s5.2, RFC 6585 s4).
        match status {
            401 | 403 | 404 | 407 | 408 | 425 | 429 => Err(told(what)),
            400..500 => Ok(Answer::Never(format!("{}: {what}", self.server))),
            _ => Err(told(what)),
        }
    }
}

/// `https://host:port` of an address: what follows may let in whoever knows it.
pub(super) fn server_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// Why `url` is no address that can be posted to; the address itself is not repeated.
///
/// # Errors
/// See above.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    let what = "is no address such as http://host:8086 or https://host/path";
    let uri: Uri = url.parse().map_err(|_| what)?;
    let authority = uri.authority().ok_or(what)?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || authority.host().is_empty() {
        return Err(what);
    }
    if authority.as_str().contains('@') {
        return Err("has a name or password in it; there are keys of their own for those");
    }
    Ok(())
}

/// A text as part of a query (RFC 3986 s2.3).
pub(super) fn percent(text: &str) -> String {
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
    use super::*;

    #[test]
    fn addresses() {
        for good in ["http://a:1", "https://[::1]:8086/x?y=z", "https://hooks.example.org/T0/B0/secret"] {
            assert_eq!(check_url(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "/x", "ftp://a", "http://", "http://a b", "http://u:p@a/", "http://a\r\nX: y"] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
        assert_eq!(server_of("https://hooks.example.org:1/T0/secret"), "https://hooks.example.org:1");
        assert_eq!(server_of("https://h?token=secret"), "https://h");
        assert_eq!(server_of("https://user:password@h/x"), "https://h");
        assert_eq!(percent("a b&c=ä/1"), "a%20b%26c%3D%C3%A4%2F1");
    }
}
