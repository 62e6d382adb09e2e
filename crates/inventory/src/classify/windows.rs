//! Windows by version and build number, as NTLM and SMB say them.

/// The release that a build belongs to, and `server` if it can only be one. Where a client and a
/// server release share a build, both are named.
///
/// Builds are Microsoft's, as its release information pages list them.
const BUILDS: &[(u16, &str)] = &[
    (2600, "Windows XP"),
    (3790, "Windows Server 2003"),
    (6000, "Windows Vista"),
    (6001, "Windows Vista/Server 2008"),
    (6002, "Windows Vista/Server 2008"),
    (6003, "Windows Server 2008"),
    (7600, "Windows 7/Server 2008 R2"),
    (7601, "Windows 7/Server 2008 R2"),
    (9200, "Windows 8/Server 2012"),
    (9600, "Windows 8.1/Server 2012 R2"),
    (10240, "Windows 10 1507"),
    (10586, "Windows 10 1511"),
    (14393, "Windows 10 1607/Server 2016"),
    (15063, "Windows 10 1703"),
    (16299, "Windows 10 1709"),
    (17134, "Windows 10 1803"),
    (17763, "Windows 10 1809/Server 2019"),
    (18362, "Windows 10 1903"),
    (18363, "Windows 10 1909"),
    (19041, "Windows 10 2004"),
    (19042, "Windows 10 20H2"),
    (19043, "Windows 10 21H1"),
    (19044, "Windows 10 21H2"),
    (19045, "Windows 10 22H2"),
    (20348, "Windows Server 2022"),
    (22000, "Windows 11 21H2"),
    (22621, "Windows 11 22H2"),
    (22631, "Windows 11 23H2"),
    (25398, "Windows Server 23H2"),
    (26100, "Windows 11 24H2/Server 2025"),
    (26200, "Windows 11 25H2"),
];

/// The release of a version like `10.0.19045`; nothing for build 0, which Samba and others send.
pub(crate) fn release(version: &str) -> Option<&'static str> {
    let mut parts = version.split('.');
    let (major, _minor, build) = (parts.next()?, parts.next()?, parts.next()?.parse::<u16>().ok()?);
    let known = BUILDS.iter().find(|(known, _)| *known == build).map(|(_, name)| *name);
    known.or(match (major, build) {
        ("10", 22_000..) => Some("Windows 11"),
        ("10", 10_000..) => Some("Windows 10"),
        _ => None,
    })
}

/// By the number that browsers and services give (`Windows NT 6.1`).
pub(crate) fn of_nt(version: &str) -> Option<&'static str> {
    Some(match version {
        // Windows 11 says 10.0, too.
        "10.0" => "Windows 10/11",
        "6.4" => "Windows 10",
        "6.3" => "Windows 8.1",
        "6.2" => "Windows 8",
        "6.1" => "Windows 7",
        "6.0" => "Windows Vista",
        "5.2" => "Windows XP/Server 2003",
        "5.1" => "Windows XP",
        "5.0" => "Windows 2000",
        _ => return None,
    })
}

/// The release that brought this version of Internet Information Services.
pub(crate) fn of_iis(version: &str) -> Option<&'static str> {
    Some(match version {
        "10.0" => "Windows Server 2016 or newer",
        "8.5" => "Windows Server 2012 R2",
        "8.0" => "Windows Server 2012",
        "7.5" => "Windows Server 2008 R2",
        "7.0" => "Windows Server 2008",
        "6.0" => "Windows Server 2003",
        "5.1" => "Windows XP",
        "5.0" => "Windows 2000",
        _ => return None,
    })
}

/// The release is one for servers only.
pub(crate) fn is_server(release: &str) -> bool {
    release.starts_with("Windows Server")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_are_ascending_and_known_ones_have_names() {
        assert!(BUILDS.is_sorted_by_key(|(build, _)| *build));
        assert_eq!(release("10.0.19045"), Some("Windows 10 22H2"));
        assert_eq!(release("6.1.7601"), Some("Windows 7/Server 2008 R2"));
        assert_eq!(release("10.0.27900"), Some("Windows 11"));
        assert_eq!((release("6.1.0"), release("x"), release("10.0.99999")), (None, None, None));
    }
}
