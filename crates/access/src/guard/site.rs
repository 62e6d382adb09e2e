use std::net::{IpAddr, SocketAddr};

use super::authority::{self, Host};

/// How a request came, or a page was loaded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    /// In clear.
    Http,
    /// By TLS.
    Https,
}

impl Scheme {
    /// The port where none is named.
    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// What is served: where it listens, and what else it is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    listen: SocketAddr,
    hosts: Vec<Host>,
    origins: Vec<Origin>,
}

/// This is no name that something could be served at.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error(
    "`{0}` is neither a host (netmonsec.example.org, 192.0.2.7, [2001:db8::7]) nor an origin (https://netmonsec.example.org)"
)]
pub struct BadName(String);

impl Site {
    /// Listens at `listen` and is asked for by `names` too: hosts, or, behind a proxy that speaks TLS,
    /// the origin that browsers see (`https://netmonsec.example.org`).
    ///
    /// # Errors
    /// A name that is neither.
    pub fn new<N: AsRef<str>>(listen: SocketAddr, names: &[N]) -> Result<Self, BadName> {
        let mut site = Self { listen, hosts: Vec::new(), origins: Vec::new() };
        for name in names.iter().map(AsRef::as_ref) {
            let bad = || BadName(name.to_owned());
            let host = if name.contains("://") {
                let origin = Origin::parse(name).ok_or_else(bad)?;
                site.origins.push(origin.clone());
                origin.host
            } else if let Ok(address) = name.parse::<IpAddr>() {
                Host::Address(address.to_canonical())
            } else {
                Host::parse(name).ok_or_else(bad)?
            };
            site.hosts.push(host);
        }
        Ok(site)
    }

    /// Requests for this host are meant for us.
    pub(super) fn is_host(&self, host: &Host) -> bool {
        self.hosts.contains(host)
            || match host {
                Host::Name(name) => name == "localhost",
                // An address is no name that somebody else's DNS could answer with ours. But nobody who
                // listens on loopback is reached by another address, and "any address" is no address:
                // browsers have taken it for loopback and let pages reach it.
                Host::Address(address) if address.is_unspecified() => false,
                Host::Address(address) => {
                    address.is_loopback() || !self.listen.ip().to_canonical().is_loopback()
                }
            }
    }

    /// A page of this origin is one of ours, whatever the request says it came by.
    pub(super) fn is_origin(&self, origin: &Origin) -> bool {
        self.origins.contains(origin)
    }
}

/// What a browser keeps apart: scheme, host and port (RFC 6454 s4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Origin {
    scheme: Scheme,
    host: Host,
    port: u16,
}

impl Origin {
    pub(super) fn new(scheme: Scheme, host: Host, port: Option<u16>) -> Self {
        Self { scheme, host, port: port.unwrap_or_else(|| scheme.default_port()) }
    }

    /// `https://host:port`; nothing may follow. `null` is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let (host, port) = authority::parse(rest)?;
        Some(Self::new(scheme, host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hosts_or_origins() {
        let listen = "0.0.0.0:8443".parse().unwrap();
        let names = ["nas.lan", "192.0.2.7", "2001:db8::7", "[2001:db8::8]", "https://net.example.org"];
        let site = Site::new(listen, &names).unwrap();
        assert_eq!((site.hosts.len(), site.origins.len()), (5, 1));
        for bad in ["", "a b", "https://", "ftp://a", "https://a/b", "*.lan", "nas.lan:80", "a/b"] {
            assert_eq!(Site::new(listen, &[bad]), Err(BadName(bad.to_owned())), "{bad}");
        }
    }

    #[test]
    fn origins_are_compared_with_their_ports() {
        let parse = |text| Origin::parse(text).unwrap();
        assert_eq!(parse("HTTP://LOCALHOST"), parse("http://localhost:80"));
        assert_eq!(parse("https://localhost:443"), parse("https://localhost"));
        assert_ne!(parse("https://localhost"), parse("http://localhost:443"));
        for text in ["null", "", "localhost", "file://", "http://a/", "http://a@b", "chrome-extension://abc"]
        {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }
}
