use std::fmt;
use std::net::IpAddr;

use wire::MacAddr;

/// Whom an alert is about, by the addresses it used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Actor {
    /// Its IP address.
    pub ip: Option<IpAddr>,
    /// The hardware address its frames came from; that of the last router if it is not on this link.
    pub mac: Option<MacAddr>,
}

impl Actor {
    /// Known by its IP address.
    pub fn ip(ip: IpAddr) -> Self {
        Self { ip: Some(ip), mac: None }
    }

    /// Known by its hardware address.
    pub fn mac(mac: MacAddr) -> Self {
        Self { ip: None, mac: Some(mac) }
    }

    /// Whoever sent the first packet of a flow.
    pub fn src_of(event: &flow::Event) -> Self {
        Self { ip: Some(event.src.0), mac: event.macs[0] }
    }

    /// What tells actors apart: the IP address, the hardware address only without one.
    pub(crate) fn key(self) -> Self {
        if self.ip.is_some() { Self { mac: None, ..self } } else { self }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.ip, self.mac) {
            (Some(ip), _) => ip.fmt(f),
            (None, Some(mac)) => mac.fmt(f),
            (None, None) => f.write_str("somebody"),
        }
    }
}
