//! The releases that distributions brought a version of OpenSSH with.

/// Releases of Debian and Ubuntu by the version of their `openssh-server`. Updates keep it.
const RELEASES: &[(&str, &str)] = &[
    ("Debian 5.5", "Debian 6"),
    ("Debian 6.0", "Debian 7"),
    ("Debian 6.7", "Debian 8"),
    ("Debian 7.4", "Debian 9"),
    ("Debian 7.9", "Debian 10"),
    ("Debian 8.4", "Debian 11"),
    ("Debian 9.2", "Debian 12"),
    ("Debian 10.0", "Debian 13"),
    ("Ubuntu 5.3", "Ubuntu 10.04"),
    ("Ubuntu 5.9", "Ubuntu 12.04"),
    ("Ubuntu 6.6.1", "Ubuntu 14.04"),
    ("Ubuntu 7.2", "Ubuntu 16.04"),
    ("Ubuntu 7.6", "Ubuntu 18.04"),
    ("Ubuntu 8.2", "Ubuntu 20.04"),
    ("Ubuntu 8.9", "Ubuntu 22.04"),
    ("Ubuntu 9.0", "Ubuntu 22.10"),
    ("Ubuntu 9.3", "Ubuntu 23.10"),
    ("Ubuntu 9.6", "Ubuntu 24.04"),
    ("Ubuntu 9.7", "Ubuntu 24.10"),
    ("Ubuntu 9.9", "Ubuntu 25.04"),
    ("Ubuntu 10.0", "Ubuntu 25.10"),
];

/// The release of `distribution` that brought OpenSSH `version` (`9.2p1`).
pub(crate) fn release(distribution: &str, version: &str) -> Option<&'static str> {
    let number = version.split('p').next().unwrap_or_default();
    let of = |known: &str| known.strip_prefix(distribution)?.strip_prefix(' ').map(|n| n == number);
    RELEASES.iter().find(|(known, _)| of(known) == Some(true)).map(|(_, release)| *release)
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn versions_lead_to_releases() {
        assert_eq!(release("Debian", "9.2p1"), Some("Debian 12"));
        assert_eq!(release("Ubuntu", "8.9p1"), Some("Ubuntu 22.04"));
        assert_eq!(release("Ubuntu", "6.6.1p1"), Some("Ubuntu 14.04"));
        assert_eq!((release("Ubuntu", "9.2p1"), release("Arch", "9.2p1")), (None, None));
    }
}
