use super::{Refused, RequestParts, Site, authority};

/// Refuses requests that are not meant for us, by their `Host`.
///
/// Against DNS rebinding: a page of `evil.example` has its name answered with our address, and reads
/// what it likes as its own origin. Its requests still name `evil.example`. Addresses, `localhost` and
/// configured names are nobody else's.
///
/// # Errors
/// Requests for other hosts, and those that name none, which HTTP/1.1 demands (RFC 9112 s3.2).
pub fn check_host(parts: &RequestParts<'_>, site: &Site) -> Result<(), Refused> {
    let (host, _) = parts.host.and_then(authority::parse).ok_or(Refused::NoHost)?;
    if site.is_host(&host) { Ok(()) } else { Err(Refused::OtherHost) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::get;

    fn checked(listen: &str, names: &[&str], host: &str) -> Result<(), Refused> {
        check_host(&get(host), &Site::new(listen.parse().unwrap(), names).unwrap())
    }

    #[test]
    fn loopback_is_asked_by_its_own_names() {
        for listen in ["127.0.0.1:8080", "[::1]:8080"] {
            for host in
                ["127.0.0.1:8080", "127.8.8.8", "[::1]:8080", "localhost:8080", "LOCALHOST", "localhost."]
            {
                assert_eq!(checked(listen, &[], host), Ok(()), "{host}");
            }
            assert_eq!(checked(listen, &[], "192.0.2.7"), Err(Refused::OtherHost));
            // Behind a proxy.
            assert_eq!(checked(listen, &["192.0.2.7"], "192.0.2.7"), Ok(()));
        }
    }

    #[test]
    fn others_ask_by_address_or_configured_name() {
        for listen in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:8080"] {
            for host in
                ["192.0.2.7:8080", "198.51.100.1", "[2001:db8::7]", "nas.lan", "NAS.lan.:99", "localhost"]
            {
                assert_eq!(checked(listen, &["nas.lan"], host), Ok(()), "{host}");
            }
            assert_eq!(checked(listen, &[], "nas.lan"), Err(Refused::OtherHost));
            assert_eq!(checked(listen, &["https://net.example.org"], "net.example.org"), Ok(()));
        }
    }

    #[test]
    fn dns_rebinding() {
        for listen in ["127.0.0.1:8080", "0.0.0.0:8080"] {
            for host in [
                "evil.example",
                "evil.example:8080",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "7f000001.c0a80001.rbndr.example",
                "evil-localhost",
                "nas.lan.evil.example",
                "evilnas.lan",
                "127.1",
                "2130706433",
                "0x7f.1",
            ] {
                assert_eq!(checked(listen, &["nas.lan"], host), Err(Refused::OtherHost), "{host}");
            }
        }
    }

    /// Browsers let pages of the web connect to 0.0.0.0, which reached what listens on loopback.
    #[test]
    fn any_address_is_no_address() {
        for host in ["0.0.0.0:8080", "[::]:8080", "[::ffff:0.0.0.0]"] {
            assert_eq!(checked("127.0.0.1:8080", &[], host), Err(Refused::OtherHost), "{host}");
            assert_eq!(checked("0.0.0.0:8080", &[], host), Err(Refused::OtherHost), "{host}");
        }
    }

    #[test]
    fn no_host_and_what_is_none() {
        let site = Site::new::<&str>("127.0.0.1:8080".parse().unwrap(), &[]).unwrap();
        assert_eq!(check_host(&RequestParts { host: None, ..get("") }, &site), Err(Refused::NoHost));
        for host in [
            "",
            "me@localhost",
            "localhost, evil.example",
            "localhost evil.example",
            "evil.example#@localhost",
        ] {
            assert_eq!(check_host(&get(host), &site), Err(Refused::NoHost), "{host}");
        }
    }
}
