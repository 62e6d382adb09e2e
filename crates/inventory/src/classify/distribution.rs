//! Linux distributions and others by what they add to the versions and banners of their packages.

use super::product::find;

/// What a banner says about the system that it was built for: `1:10.11.6+maria~deb12`,
/// `8.0.36-0ubuntu0.22.04.1`, `Apache/2.4.57 (Debian)`.
pub(crate) fn of(text: &str) -> Option<String> {
    ubuntu(text).or_else(|| debian(text)).or_else(|| enterprise(text)).or_else(|| named(text))
}

/// `ubuntu0.22.04.1`, or just the name.
fn ubuntu(text: &str) -> Option<String> {
    let rest = text.get(find(text, "ubuntu")?..)?.get(6..)?;
    let rest = rest.trim_start_matches(['~', '0', '.', '-', '/', ' ']);
    let release: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let mut parts = release.split('.');
    let (year, month) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_release = year.len() == 2 && (month == "04" || month == "10");
    Some(if is_release { format!("Ubuntu {year}.{month}") } else { "Ubuntu".to_owned() })
}

/// `+deb12u3`, `~deb12`, or just the name.
fn debian(text: &str) -> Option<String> {
    let system = if find(text, "raspbian").is_some() { "Raspbian" } else { "Debian" };
    for mark in ["+deb", "~deb", "~bpo", "+rpt", "-deb"] {
        let Some(at) = find(text, mark) else { continue };
        let digits: String =
            text.get(at + mark.len()..)?.chars().take_while(char::is_ascii_digit).take(2).collect();
        if let Some(release) = digits.parse::<u8>().ok().filter(|release| (6..30).contains(release)) {
            return Some(format!("{system} {release}"));
        }
    }
    (system == "Raspbian" || find(text, "debian").is_some()).then(|| system.to_owned())
}

/// `.el8`, `.el9_2`: Red Hat Enterprise Linux and what is built from it.
fn enterprise(text: &str) -> Option<String> {
    for (name, shown) in [
        ("Rocky Linux", "Rocky Linux"),
        ("AlmaLinux", "AlmaLinux"),
        ("CentOS", "CentOS"),
        ("Red Hat", "Red Hat Enterprise Linux"),
        ("Oracle Linux", "Linux (Oracle Linux)"),
    ] {
        if find(text, name).is_some() {
            return Some(shown.to_owned());
        }
    }
    let rest = text.get(find(text, ".el")?.checked_add(3)?..)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).take(2).collect();
    let release = digits.parse::<u8>().ok().filter(|release| (5..20).contains(release))?;
    Some(format!("Red Hat Enterprise Linux {release} or built from it"))
}

fn named(text: &str) -> Option<String> {
    const NAMES: &[(&str, &str)] = &[
        ("Fedora", "Fedora"),
        ("openSUSE", "openSUSE"),
        ("SUSE", "SUSE"),
        ("Amazon Linux", "Amazon Linux"),
        ("Arch Linux", "Arch Linux"),
        ("Alpine", "Alpine Linux"),
        ("Gentoo", "Gentoo"),
        ("FreeBSD", "FreeBSD"),
        ("OpenBSD", "OpenBSD"),
        ("NetBSD", "NetBSD"),
        ("DragonFly", "DragonFly BSD"),
        ("Win64", "Windows"),
        ("Win32", "Windows"),
        ("Darwin", "macOS"),
        ("Mac OS X", "macOS"),
        ("SunOS", "Solaris"),
        ("Solaris", "Solaris"),
        ("AIX", "AIX"),
    ];
    NAMES.iter().find(|(name, _)| find(text, name).is_some()).map(|(_, system)| (*system).to_owned())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn releases_where_they_are_said() {
        let is = |text: &str, system: &str| assert_eq!(of(text).as_deref(), Some(system), "{text}");
        is("5.5.5-10.11.6-MariaDB-0+deb12u1", "Debian 12");
        is("8.0.36-0ubuntu0.22.04.1", "Ubuntu 22.04");
        is("15.5 (Debian 15.5-1.pgdg120+1)", "Debian");
        is("Apache/2.4.57 (Debian)", "Debian");
        is("nginx/1.18.0 (Ubuntu)", "Ubuntu");
        is("Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips", "CentOS");
        is("Apache/2.4.58 (Win64) PHP/8.2", "Windows");
        is("10.3.39.el8", "Red Hat Enterprise Linux 8 or built from it");
        is("OpenSSH_7.4p1 Raspbian-10+deb9u7", "Raspbian 9");
        assert_eq!((of("nginx/1.22.1"), of("8.0.36"), of("")), (None, None, None));
    }
}
