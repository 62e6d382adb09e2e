//! What a watcher is and what it gets to see.

use std::net::IpAddr;

use dpi::Value;
use wire::{MacAddr, Packet, Timestamp};

use crate::os::Table;
use crate::sighting::{About, Evidence, Fact, Identity, NameSource, Role, Service, Sighting, Subject, Vote};

/// Reads what devices say of themselves in one protocol: one constant in each file under
/// `watchers/`.
#[derive(Debug)]
pub(crate) struct Watcher {
    /// The name that sightings carry.
    pub(crate) name: &'static str,
    /// What it reads.
    pub(crate) on: &'static [On],
    /// Objects of the device record and their fields that it may write.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests hold the manual against them"))]
    pub(crate) notes: &'static [(&'static str, &'static [&'static str])],
    /// How.
    pub(crate) read: Read,
}

/// Frames or flows that a watcher wants to see.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    /// Frames with this EtherType that are not IP.
    EtherType(u16),
    /// 802.3 frames with this LLC destination service access point.
    Llc(u8),
    /// SNAP frames of this organisation with this protocol number.
    Snap([u8; 3], u16),
    /// Datagrams from or to this UDP port.
    Udp(u16),
    /// IP packets of this protocol (not TCP, not UDP).
    Ip(u8),
    /// Flows that are over and were found to be this protocol.
    Flow(&'static str),
    /// All flows that are over.
    AnyFlow,
}

/// How a watcher reads. Total, without clock or state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    /// A frame.
    Frame(fn(&Look<'_>, &mut Heard<'_>)),
    /// A flow, or a part of a long one, that is over.
    Flow(fn(&FlowLook<'_>, &mut Heard<'_>)),
}

/// A frame, as a watcher sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    /// The outermost level's headers.
    pub(crate) packet: &'a Packet,
    /// What follows the EtherType or the LLC (and SNAP) header; behind the IP header of [`On::Ip`];
    /// behind the UDP header of [`On::Udp`]. Ethernet padding may be at its end where no IP length
    /// tells.
    pub(crate) payload: &'a [u8],
    pub(crate) src_mac: Option<MacAddr>,
    pub(crate) dst_mac: Option<MacAddr>,
    /// The IP addresses, as they stand there.
    pub(crate) src_ip: Option<IpAddr>,
    pub(crate) dst_ip: Option<IpAddr>,
}

impl Look<'_> {
    /// Who sent it.
    pub(crate) fn sender(&self) -> Subject {
        Subject { mac: self.src_mac, ip: self.src_ip.filter(|ip| is_host(*ip)) }
    }

    /// Who it was sent to, unless that is a group.
    pub(crate) fn receiver(&self) -> Subject {
        let mac = self.dst_mac.filter(|mac| mac.0.first().is_some_and(|first| first & 1 == 0));
        Subject { mac, ip: self.dst_ip.filter(|ip| is_host(*ip)) }
    }
}

/// A flow, as a watcher sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowLook<'a> {
    /// What the flow table kept.
    pub(crate) ended: &'a flow::Ended,
    /// The record that is made of it.
    pub(crate) record: &'a model::Flow,
    /// What handshakes of which systems look like.
    pub(crate) os: &'a Table,
}

impl FlowLook<'_> {
    /// Who opened it.
    pub(crate) fn src(&self) -> Subject {
        let [mac, _] = self.ended.entry.macs();
        Subject { mac, ip: Some(self.ended.entry.src().0).filter(|ip| is_host(*ip)) }
    }

    /// The other side.
    pub(crate) fn dst(&self) -> Subject {
        let [_, mac] = self.ended.entry.macs();
        let mac = mac.filter(|mac| mac.0.first().is_some_and(|first| first & 1 == 0));
        Subject { mac, ip: Some(self.ended.entry.dst().0).filter(|ip| is_host(*ip)) }
    }

    /// The text of a field that the flow's protocol noted.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        let details = &self.ended.facts.as_deref()?.details;
        details.iter().find(|(name, _)| *name == field).and_then(|(_, value)| match value {
            Value::Text(text) => Some(&**text),
            _ => None,
        })
    }

    /// The number of a field that the flow's protocol noted.
    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        let details = &self.ended.facts.as_deref()?.details;
        details.iter().find(|(name, _)| *name == field).and_then(|(_, value)| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        })
    }

    /// The texts of a field that the flow's protocol noted: one, several or none.
    pub(crate) fn list(&self, field: &str) -> &[Box<str>] {
        let details = self.ended.facts.as_deref().map(|facts| &*facts.details).unwrap_or_default();
        let value = details.iter().find(|(name, _)| *name == field).map(|(_, value)| value);
        match value {
            Some(Value::List(list)) => list,
            Some(Value::Text(text)) => std::slice::from_ref(text),
            _ => &[],
        }
    }

    /// The transport's name, as services have it.
    pub(crate) fn transport(&self) -> &'static str {
        match self.ended.entry.key().protocol() {
            wire::ip_protocol::TCP => "tcp",
            wire::ip_protocol::UDP => "udp",
            wire::ip_protocol::SCTP => "sctp",
            _ => "ip",
        }
    }
}

/// Takes down what a watcher says.
#[derive(Debug)]
pub(crate) struct Heard<'a> {
    /// Everything but subject and facts.
    frame: Sighting,
    out: &'a mut Vec<Sighting>,
}

/// Facts that one frame may state: nobody says more about himself.
const MOST_FACTS: usize = 96;

/// Bytes of any text that is kept.
pub(crate) const MOST_TEXT: usize = 256;

impl<'a> Heard<'a> {
    pub(crate) fn new(
        watcher: &'static str,
        time: Timestamp,
        interface: u16,
        vlan: Option<u16>,
        out: &'a mut Vec<Sighting>,
    ) -> Self {
        let about = Subject::default();
        Self { frame: Sighting { time, watcher, interface, vlan, about, facts: Vec::new() }, out }
    }

    /// Speaks about a device from now on.
    pub(crate) fn about(&mut self, subject: Subject) -> &mut Self {
        if subject != self.frame.about {
            self.flush();
            self.frame.about = subject;
        }
        self
    }

    pub(crate) fn say(&mut self, fact: Fact) -> &mut Self {
        if self.frame.facts.len() < MOST_FACTS {
            self.frame.facts.push(fact);
        }
        self
    }

    pub(crate) fn address(&mut self, evidence: Evidence) -> &mut Self {
        self.say(Fact::Address(evidence))
    }

    /// A name; nothing that is empty or only white space is one, nor what every host calls itself.
    pub(crate) fn name(&mut self, name: &str, source: NameSource) -> &mut Self {
        let name = bounded(name.trim().trim_end_matches('.'));
        let is_everybody = name.split('.').next().is_some_and(|host| host.eq_ignore_ascii_case("localhost"));
        if name.is_empty() || is_everybody {
            self
        } else {
            self.say(Fact::Name { name: name.into(), source })
        }
    }

    pub(crate) fn note(
        &mut self,
        section: &'static str,
        field: &'static str,
        value: impl Into<Value>,
    ) -> &mut Self {
        self.say(Fact::Note { section, field, value: value.into() })
    }

    /// A text field, if there is text.
    pub(crate) fn text(&mut self, section: &'static str, field: &'static str, text: &str) -> &mut Self {
        let text = bounded(text.trim());
        if text.is_empty() { self } else { self.note(section, field, Value::Text(text.into())) }
    }

    /// One more value of a field that is a list.
    pub(crate) fn add(&mut self, section: &'static str, field: &'static str, text: &str) -> &mut Self {
        let text = bounded(text.trim());
        if text.is_empty() { self } else { self.note(section, field, Value::List(vec![text.into()])) }
    }

    pub(crate) fn identity(&mut self, identity: Identity) -> &mut Self {
        self.say(Fact::Identity(identity))
    }

    pub(crate) fn role(&mut self, role: Role) -> &mut Self {
        self.say(Fact::Role(role))
    }

    pub(crate) fn service(&mut self, service: Service) -> &mut Self {
        self.say(Fact::Service(service))
    }

    pub(crate) fn vote(
        &mut self,
        about: About,
        value: &str,
        weight: u8,
        source: &'static str,
        reason: &str,
    ) -> &mut Self {
        let (value, reason) = (bounded(value.trim()).into(), bounded(reason).into());
        self.say(Fact::Vote(Vote { about, value, weight, source, reason }))
    }

    fn flush(&mut self) {
        if self.frame.facts.is_empty() {
            return;
        }
        let facts = std::mem::take(&mut self.frame.facts);
        self.out.push(Sighting { facts, ..self.frame.clone() });
    }
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}

/// At most [`MOST_TEXT`] bytes of a text, ending between characters.
pub(crate) fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_TEXT)).unwrap_or(text)
}

/// An address that one host can have.
pub(crate) fn is_host(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(a) => !(a.is_unspecified() || a.is_multicast() || a.is_broadcast() || a.is_loopback()),
        IpAddr::V6(a) => !(a.is_unspecified() || a.is_multicast() || a.is_loopback()),
    }
}
