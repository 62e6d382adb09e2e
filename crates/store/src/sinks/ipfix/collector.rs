use std::fmt;

/// Where flows are sent to: `udp://host:4739` or `tcp://host:4739`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collector {
    pub(super) transport: Transport,
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Transport {
    Udp,
    Tcp,
}

/// RFC 7011 s10.3.4, s10.4.4.
const PORT: u16 = 4739;

impl Collector {
    /// Reads an address; without a port it is 4739.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, place) = text.split_once("://")?;
        let transport = match scheme {
            "udp" => Transport::Udp,
            "tcp" => Transport::Tcp,
            _ => return None,
        };
        let (host, port) = if let Some(rest) = place.strip_prefix('[') {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        } else {
            match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            }
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(is_name) {
            return None;
        }
        let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0))?;
        Some(Self { transport, host: host.to_owned(), port })
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        };
        let [open, close] = if self.host.contains(':') { ["[", "]"] } else { ["", ""] };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, expected) in [
            ("udp://192.0.2.1:2055", Some("udp://192.0.2.1:2055")),
            ("tcp://flows.example.org", Some("tcp://flows.example.org:4739")),
            ("udp://[2001:db8::1]", Some("udp://[2001:db8::1]:4739")),
            ("tcp://[::1]:9995", Some("tcp://[::1]:9995")),
            ("sctp://host", None),
            ("host:4739", None),
            ("udp://", None),
            ("udp://:4739", None),
            ("udp://host:0", None),
            ("udp://host:99999", None),
            ("udp://ho st", None),
            ("udp://2001:db8::1", None),
            ("udp://[::1]x", None),
            ("udp://[host]:1", None),
        ] {
            let parsed = Collector::parse(text).map(|collector| collector.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
    }
}
