//! Protocols that the configuration defines.

use crate::intern::intern;
use crate::label::{Confidence, Label};
use crate::protocol::{Look, Transport};
use crate::text::holds;

/// A protocol that is not built in: recognised by bytes at its ports, or by host names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserProtocol {
    /// The label's name, lower case with hyphens.
    pub name: String,
    /// The label's category.
    pub category: String,
    /// Over TCP.
    pub tcp: bool,
    /// Over UDP.
    pub udp: bool,
    /// Where it is found; empty for anywhere. Without patterns and hosts it is only a hint.
    pub ports: Vec<u16>,
    /// All of these must be in the same direction's first bytes.
    pub patterns: Vec<Pattern>,
    /// Host name suffixes, whole labels.
    pub hosts: Vec<String>,
}

/// Bytes that must be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// From the first byte of the direction (TCP) or datagram (UDP); absent for anywhere in the
    /// first [`Pattern::WITHIN`] bytes.
    pub offset: Option<usize>,
    /// What stands there.
    pub bytes: Vec<u8>,
}

impl UserProtocol {
    fn may_be(&self, transport: Transport, ports: (u16, u16)) -> bool {
        let carried = match transport {
            Transport::Tcp => self.tcp,
            Transport::Udp => self.udp,
        };
        carried && (self.ports.is_empty() || self.ports.iter().any(|port| [ports.0, ports.1].contains(port)))
    }
}

impl Pattern {
    /// How far a pattern without an offset is looked for, and the end of those with one.
    pub const WITHIN: usize = 1024;

    fn matches(&self, bytes: &[u8]) -> bool {
        match self.offset {
            Some(at) => bytes.get(at..).is_some_and(|rest| rest.starts_with(&self.bytes)),
            None => {
                let head = bytes.get(..Self::WITHIN).unwrap_or(bytes);
                !self.bytes.is_empty() && holds(head, &self.bytes)
            }
        }
    }
}

/// The user's protocols, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct UserProtocols(Vec<(UserProtocol, &'static str, &'static str)>);

impl UserProtocols {
    pub(crate) fn new(protocols: Vec<UserProtocol>) -> Self {
        let ready = |protocol: UserProtocol| {
            let (name, category) = (intern(&protocol.name), intern(&protocol.category));
            (protocol, name, category)
        };
        Self(protocols.into_iter().map(ready).collect())
    }

    /// One of them that has patterns may be found on a flow at these ports.
    pub(crate) fn may_be(&self, transport: Transport, ports: (u16, u16)) -> bool {
        self.0.iter().any(|(protocol, ..)| !protocol.patterns.is_empty() && protocol.may_be(transport, ports))
    }

    /// The first one whose patterns are all there.
    pub(crate) fn ask(&self, look: &Look<'_>) -> Option<Label> {
        let found = self.0.iter().find(|(protocol, ..)| {
            let patterns = &protocol.patterns;
            protocol.may_be(look.transport, look.ports)
                && !patterns.is_empty()
                && patterns.iter().all(|p| p.matches(look.bytes))
        });
        found.map(|(_, name, category)| label(name, category, "bytes of a protocol from the configuration"))
    }

    /// The first one that has this host.
    pub(crate) fn of_host(&self, host: &str) -> Option<Label> {
        let host = host.trim_end_matches('.');
        let is_under = |suffix: &String| {
            let Some(before) = host.len().checked_sub(suffix.len()) else { return false };
            let (head, tail) = host.split_at_checked(before).unwrap_or(("", ""));
            tail.eq_ignore_ascii_case(suffix) && (head.is_empty() || head.ends_with('.'))
        };
        let found = self.0.iter().find(|(protocol, ..)| protocol.hosts.iter().any(is_under));
        found.map(|(_, name, category)| label(name, category, "host of a protocol from the configuration"))
    }

    /// The one that is usually at this port, as a hint.
    pub(crate) fn at_port(&self, tcp: bool, port: u16) -> Option<&'static str> {
        let here = |protocol: &UserProtocol| {
            (if tcp { protocol.tcp } else { protocol.udp }) && protocol.ports.contains(&port)
        };
        self.0.iter().find(|(protocol, ..)| here(protocol)).map(|(_, name, _)| *name)
    }
}

fn label(protocol: &'static str, category: &'static str, evidence: &'static str) -> Label {
    Label { protocol, category, encrypted: false, confidence: Confidence::Proven, evidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Flow, TCP, UDP};
    use crate::{Engine, Rules};

    fn acme() -> UserProtocol {
        UserProtocol {
            name: "acme".into(),
            category: "industrial".into(),
            tcp: true,
            ports: vec![5010],
            patterns: vec![
                Pattern { offset: Some(2), bytes: b"AC".to_vec() },
                Pattern { offset: None, bytes: b"hello".to_vec() },
            ],
            hosts: vec!["plc.example.com".into()],
            ..UserProtocol::default()
        }
    }

    fn flow(transport: u8, port: u16) -> Flow {
        let engine = Engine::new(Rules { protocols: vec![acme()], ..Rules::default() }).unwrap();
        Flow::with_engine(engine, transport, 50_000, port)
    }

    #[test]
    fn all_patterns_at_the_port() {
        for (transport, port, payload, is_it) in [
            (TCP, 5010, &b"\x01\x02AC, hello"[..], true),
            (TCP, 5010, b"\x01\x02AC, hallo", false),
            (TCP, 5010, b"\x01AC, hello", false),
            (TCP, 5011, b"\x01\x02AC, hello", false),
            (UDP, 5010, b"\x01\x02AC, hello", false),
        ] {
            let mut flow = flow(transport, port);
            flow.src(payload);
            assert_eq!(flow.name() == Some("acme"), is_it, "{transport} {port} {payload:?}");
        }
    }

    #[test]
    fn patterns_may_be_cut_into_segments() {
        let mut flow = flow(TCP, 5010);
        for piece in [&b"\x01\x02A"[..], b"C hel", b"lo"] {
            flow.src(piece);
        }
        assert_eq!(flow.name(), Some("acme"));
    }

    #[test]
    fn hosts_and_hints() {
        let user = UserProtocols::new(vec![acme()]);
        let name = |host| user.of_host(host).map(|label| label.protocol);
        assert_eq!((name("a.PLC.example.com."), name("plc.example.com")), (Some("acme"), Some("acme")));
        assert_eq!((name("xplc.example.com"), name("com")), (None, None));
        assert_eq!((user.at_port(true, 5010), user.at_port(false, 5010)), (Some("acme"), None));
    }
}
