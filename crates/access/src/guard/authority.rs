use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host as requests name it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Host {
    /// In lower case, without a dot at the end.
    Name(String),
    /// An address; an IPv4 one that was written as IPv6 is IPv4.
    Address(IpAddr),
}

/// Longest name in DNS (RFC 1035 s2.3.4).
const MOST_NAME: usize = 253;

impl Host {
    /// A name, an IPv4 address, or an IPv6 address in brackets (RFC 3986 s3.2.2).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let address: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(IpAddr::V4(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let well_formed = !name.is_empty()
            && name.len() <= MOST_NAME
            && name.bytes().all(allowed)
            && name.split('.').all(|label| !label.is_empty());
        well_formed.then(|| Self::Name(name.to_ascii_lowercase()))
    }
}

/// Host and port of an authority: `host`, `host:80`, `[::1]:80`. Names of users in it are refused.
pub(crate) fn parse(text: &str) -> Option<(Host, Option<u16>)> {
    let host_end = match text.strip_prefix('[') {
        Some(_) => text.find(']')?.checked_add(1)?,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at_checked(host_end)?;
    let port = match rest.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        Some(_) => return None,
        None if rest.is_empty() => None,
        None => return None,
    };
    Some((Host::parse(host)?, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Host {
        Host::Name(text.to_owned())
    }

    fn address(text: &str) -> Host {
        Host::Address(text.parse().unwrap())
    }

    #[test]
    fn what_is_a_host() {
        for (text, host, port) in [
            ("localhost", name("localhost"), None),
            ("LocalHost.:8080", name("localhost"), Some(8080)),
            ("nas_1.lan:80", name("nas_1.lan"), Some(80)),
            ("192.0.2.7:65535", address("192.0.2.7"), Some(65535)),
            ("[::1]", address("::1"), None),
            ("[2001:DB8::1]:443", address("2001:db8::1"), Some(443)),
            ("[::ffff:127.0.0.1]:1", address("127.0.0.1"), Some(1)),
            // Other ways to write an address are names here, which nobody configures.
            ("127.1", name("127.1"), None),
            ("2130706433", name("2130706433"), None),
            ("0x7f000001", name("0x7f000001"), None),
        ] {
            assert_eq!(parse(text), Some((host, port)), "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        let long = "a.".repeat(127);
        for text in [
            "",
            ".",
            ":80",
            "a:",
            "a:x",
            "a:65536",
            "a:-1",
            "a:+1",
            "a:80:80",
            "a b",
            "a,b",
            "a/b",
            "a..b",
            ".a",
            "me@localhost",
            "a\0",
            "localhost\n",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]80",
            "[fe80::1%eth0]",
            "[]",
            "[127.0.0.1]",
            "[localhost]",
            "ｌocalhost",
            &format!("{long}a"),
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_not(text in "\\PC*", near in "[\\[\\]:.0-9a-fx@%]{0,40}") {
            for text in [text, near] {
                if let Some((Host::Name(name), _)) = parse(&text) {
                    prop_assert!(text.to_ascii_lowercase().starts_with(&name));
                }
            }
        }
    }
}
