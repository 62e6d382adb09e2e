use super::Scheme;
use crate::secret::Secret;

/// `__Host-` makes browsers insist that the cookie came by TLS and from this very host, so that nobody
/// in between or beside can plant one (RFC 6265bis s4.1.3.2). Over HTTP they would not take it.
const fn name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Https => "__Host-netmonsec",
        Scheme::Http => "netmonsec",
    }
}

/// Longest a browser keeps it, in seconds: as long as a session can last.
const MAX_AGE_S: u32 = 7 * 86_400;

/// The `Set-Cookie` that gives a browser its session: scripts do not see it, and no other site's page
/// makes the browser send it.
pub fn set_cookie(session: &Secret, scheme: Scheme) -> String {
    cookie(session.expose(), MAX_AGE_S, scheme)
}

/// The `Set-Cookie` that takes it away.
pub fn clear_cookie(scheme: Scheme) -> String {
    cookie("", 0, scheme)
}

fn cookie(value: &str, max_age_s: u32, scheme: Scheme) -> String {
    let secure = if scheme == Scheme::Https { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}", name(scheme))
}

/// The session in a `Cookie` header. None if there are two: one of them was planted.
pub fn cookie_of(header: &str, scheme: Scheme) -> Option<&str> {
    let mut found = header.split(';').filter_map(|pair| {
        let (key, value) = pair.trim_matches([' ', '\t']).split_once('=')?;
        (key == name(scheme)).then_some(value)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_comes_back_as_it_went() {
        let secret = Secret::random("").unwrap();
        for scheme in [Scheme::Http, Scheme::Https] {
            let set = set_cookie(&secret, scheme);
            let pair = set.split("; ").next().unwrap();
            assert_eq!(cookie_of(pair, scheme), Some(secret.expose()));
            assert_eq!(cookie_of(&format!("a=b; {pair}; c=d"), scheme), Some(secret.expose()));
            for attribute in ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=604800"] {
                assert!(set.split("; ").any(|part| part == attribute), "{set}");
            }
            assert_eq!(set.ends_with("; Secure"), scheme == Scheme::Https);
            assert!(!set.contains("Domain"));
            assert!(clear_cookie(scheme).contains("=; Path=/; Max-Age=0; "));
        }
    }

    #[test]
    fn planted_cookies() {
        // Over TLS, one that was set over HTTP is not looked at; two of a name are none.
        assert_eq!(cookie_of("netmonsec=evil", Scheme::Https), None);
        assert_eq!(cookie_of("netmonsec=evil; __Host-netmonsec=good", Scheme::Https), Some("good"));
        assert_eq!(cookie_of("netmonsec=evil; netmonsec=good", Scheme::Http), None);
        for header in ["", ";", "netmonsec", "xnetmonsec=a", "Netmonsec=a", "a=netmonsec=b"] {
            assert_eq!(cookie_of(header, Scheme::Http), None, "{header}");
        }
    }
}
