/// Nothing is loaded from elsewhere, nothing in a page's text is run, nobody frames it. What came off
/// the wire is shown in pages: should it get into one as markup, it still does nothing.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What every answer has, names in lower case.
pub const HEADERS: [(&str, &str); 8] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    // Answers say who is in the network: they stay in no cache unless a route says otherwise.
    ("cache-control", "no-store"),
];

/// Besides, over TLS with a certificate that browsers believe: they ask by TLS only from then on. With
/// a certificate of our own they ignore it (RFC 6797 s8.1).
pub const STRICT_TRANSPORT_SECURITY: (&str, &str) = ("strict-transport-security", "max-age=31536000");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_runs_and_loads_nothing_of_others() {
        let directives: Vec<(&str, &str)> =
            CONTENT_SECURITY_POLICY.split("; ").map(|one| one.split_once(' ').unwrap()).collect();
        let of = |name| directives.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        assert_eq!(of("default-src"), Some("'none'"));
        assert_eq!(of("script-src"), Some("'self'"));
        assert_eq!(of("base-uri"), Some("'none'"));
        assert_eq!(of("frame-ancestors"), Some("'none'"));
        assert_eq!(of("form-action"), Some("'self'"));
        for (name, value) in &directives {
            for source in value.split(' ') {
                let harmless =
                    matches!(source, "'none'" | "'self'") || (*name == "img-src" && source == "data:");
                assert!(harmless, "{name} {source}");
            }
        }
    }

    #[test]
    fn headers_are_well_formed_and_there_once() {
        let mut names: Vec<_> = HEADERS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), HEADERS.len());
        for (name, value) in HEADERS.iter().chain([&STRICT_TRANSPORT_SECURITY]) {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
            assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)) && !value.contains("  "), "{value}");
        }
    }
}
