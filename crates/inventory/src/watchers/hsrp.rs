//! Cisco's HSRP (RFC 2281, and version 2) and GLBP: routers that take turns in an address.

use std::net::IpAddr;

use dpi::Reader;
use wire::MacAddr;

use crate::discovery::{ip, mac};
use crate::sighting::{About, Fact, Role, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const HSRP: Watcher = Watcher {
    name: "hsrp",
    on: &[On::Udp(V4_PORT), On::Udp(V6_PORT)],
    notes: &[(SECTION, &["version", "groups", "state", "priority", "addresses"])],
    read: Read::Frame(read_hsrp),
};

pub(crate) const GLBP: Watcher = Watcher {
    name: "glbp",
    on: &[On::Udp(GLBP_PORT)],
    notes: &[("glbp", &["groups", "priority", "addresses"])],
    read: Read::Frame(read_glbp),
};

const SECTION: &str = "hsrp";
const V4_PORT: u16 = 1985;
const V6_PORT: u16 = 2029;
const GLBP_PORT: u16 = 3222;

/// What a router says of a group.
#[derive(Debug)]
struct Group {
    version: u8,
    number: u16,
    state: &'static str,
    priority: u32,
    address: Option<IpAddr>,
    /// The address of all routers of the group.
    shared: MacAddr,
    /// The sender's own, which version 2 names.
    own: Option<MacAddr>,
}

fn read_hsrp(look: &Look<'_>, heard: &mut Heard<'_>) {
    if !is_for_routers(look) || look.packet.src_port != look.packet.dst_port {
        return;
    }
    let Some(group) = version_1(look.payload).or_else(|| version_2(look.payload)) else { return };
    // The active router's frames come from the shared address (RFC 2281 s4).
    let own = group.own.or(look.src_mac).filter(|mac| *mac != group.shared);
    heard.about(Subject { mac: own, ..look.sender() }).role(Role::Router);
    heard.vote(About::Vendor, "Cisco", 80, "hsrp", "speaks Cisco's HSRP");
    heard
        .note(SECTION, "version", group.version)
        .add(SECTION, "groups", &group.number.to_string())
        .note(SECTION, "state", group.state)
        .note(SECTION, "priority", group.priority);
    if let Some(ip) = group.address {
        heard.add(SECTION, "addresses", &ip.to_string());
    }
    heard.say(Fact::VirtualAddress { mac: group.shared, ip: group.address });
}

/// Sent to the group of all routers (version 1) or to HSRP's own.
fn is_for_routers(look: &Look<'_>) -> bool {
    match look.dst_ip {
        Some(IpAddr::V4(ip)) => matches!(ip.octets(), [224, 0, 0, 2 | 102]),
        Some(IpAddr::V6(ip)) => matches!(ip.segments(), [0xff02, 0, 0, 0, 0, 0, 0, 0x66]),
        None => false,
    }
}

const STATES: [&str; 6] = ["initial", "learn", "listen", "speak", "standby", "active"];

/// RFC 2281 s5.1: version, what it is, state, times, priority, group, secret, address.
fn version_1(bytes: &[u8]) -> Option<Group> {
    let mut reader = Reader::new(bytes);
    let [0, 0..=2, state, hello, hold, priority, number, 0] = reader.array()? else { return None };
    let (_secret, address) = (reader.array::<8>()?, reader.array::<4>()?);
    // Behind it there may be a digest: type 4, 28 bytes.
    let is_whole = reader.is_empty() || (reader.rest().starts_with(&[4, 28]) && reader.rest().len() == 30);
    let state = [0, 1, 2, 4, 8, 16].iter().position(|number| *number == state)?;
    (is_whole && hello > 0 && hold >= hello).then_some(Group {
        version: 1,
        number: number.into(),
        state: STATES.get(state)?,
        priority: priority.into(),
        address: ip(&address),
        shared: MacAddr([0x00, 0x00, 0x0c, 0x07, 0xac, number]),
        own: None,
    })
}

/// A chain of types and lengths, 1 of which is the state of the group: version, what it is, state,
/// family, group, the sender's hardware address, priority, times, address.
fn version_2(bytes: &[u8]) -> Option<Group> {
    let mut chain = Reader::new(bytes);
    let mut found = None;
    while let Some(kind) = chain.u8() {
        let value = chain.block8()?;
        match (kind, value.len()) {
            (1, 40) => found = Some(value),
            (2, 4) | (3, 8) | (4, 28) => {}
            _ => return None,
        }
    }
    let mut reader = Reader::new(found?);
    let [2, 0..=2, state, family, high, low] = reader.array()? else { return None };
    let (own, priority) = (mac(&reader.array::<6>()?), reader.u32()?);
    let (_times, address) = (reader.array::<8>()?, reader.array::<16>()?);
    let (kind, address) = match family {
        4 => ([0x00, 0x00, 0x0c, 0x9f, 0xf0], address.get(..4)?),
        6 => ([0x00, 0x05, 0x73, 0xa0, 0x00], address.get(..)?),
        _ => return None,
    };
    let [a, b, c, d, e] = kind;
    // Groups have twelve bits.
    (high < 16).then_some(Group {
        version: 2,
        number: u16::from_be_bytes([high, low]),
        state: STATES.get(usize::from(state))?,
        priority,
        address: ip(address),
        shared: MacAddr([a, b, c, d, e | high, low]),
        own,
    })
}

/// Version, group, the sender's hardware address; then elements of type, length (with these two
/// bytes) and content: 1 says who it is, 2 which of the forwarders' addresses it has.
fn read_glbp(look: &Look<'_>, heard: &mut Heard<'_>) {
    if !is_for_routers(look) {
        return;
    }
    let Some((group, own, elements)) = glbp(look.payload) else { return };
    heard.about(Subject { mac: Some(own), ..look.sender() }).role(Role::Router);
    heard.vote(About::Vendor, "Cisco", 80, "glbp", "speaks Cisco's GLBP");
    heard.add("glbp", "groups", &group.to_string());
    for (kind, value) in elements {
        match (kind, value) {
            (1, [_, _, _, priority, rest @ ..]) => {
                heard.note("glbp", "priority", *priority);
                // Behind times and limits: family, length and address.
                if let Some([1 | 2, _, address @ ..]) = rest.get(16..)
                    && let Some(ip) = ip(address)
                {
                    heard.add("glbp", "addresses", &ip.to_string());
                }
            }
            (2, value) if value.len() == 18 => {
                if let Some(shared) =
                    value.get(12..).and_then(mac).filter(|mac| mac.0.starts_with(&FORWARDER))
                {
                    heard.say(Fact::VirtualAddress { mac: shared, ip: None });
                }
            }
            _ => {}
        }
    }
}

/// The block of GLBP's virtual forwarders.
const FORWARDER: [u8; 3] = [0x00, 0x07, 0xb4];

type Elements<'a> = Vec<(u8, &'a [u8])>;

fn glbp(bytes: &[u8]) -> Option<(u16, MacAddr, Elements<'_>)> {
    let mut reader = Reader::new(bytes);
    let [1, 0, high, low, 0, 0] = reader.array()? else { return None };
    let own = mac(reader.take(6)?)?;
    let group = u16::from_be_bytes([high, low]);
    let mut elements = Vec::new();
    while let Some([kind, len]) = reader.array() {
        elements.push((kind, reader.take(usize::from(len).checked_sub(2)?)?));
    }
    let is_whole = reader.is_empty() && elements.iter().any(|(kind, _)| matches!(kind, 1 | 2));
    (group < 1024 && is_whole).then_some((group, own, elements))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC_MAC, facts, noted, sightings, udp};
    use dpi::Value;

    fn frame(dst: &str, port: u16, payload: &[u8]) -> Vec<u8> {
        let dst: IpAddr = dst.parse().unwrap();
        let src = if dst.is_ipv4() { "192.0.2.3" } else { "fe80::3" };
        udp((src.parse().unwrap(), port), (dst, port), payload)
    }

    const ACTIVE: &[u8] = b"\0\0\x10\x03\x0a\x64\x0a\0cisco\0\0\0\xc0\0\x02\xfe";
    const SHARED: [u8; 6] = [0x00, 0x00, 0x0c, 0x07, 0xac, 0x0a];

    #[test]
    fn the_active_router_is_known_by_its_ip_address() {
        let mut bytes = frame("224.0.0.2", 1985, ACTIVE);
        bytes[6..12].copy_from_slice(&SHARED);
        let heard = sightings(&bytes);
        assert_eq!(heard[0].about, Subject { mac: None, ip: Some("192.0.2.3".parse().unwrap()) });
        let shared = Fact::VirtualAddress { mac: MacAddr(SHARED), ip: Some("192.0.2.254".parse().unwrap()) };
        assert!(facts(&heard).contains(&shared) && facts(&heard).contains(&Fact::Role(Role::Router)));
        assert_eq!(noted(&heard, "hsrp", "state"), Some(Value::Text("active".into())));
    }

    fn version_2_message() -> Vec<u8> {
        let mut bytes = vec![1, 40, 2, 0, 4, 6, 1, 2];
        bytes.extend(SRC_MAC);
        bytes.extend([0, 0, 0, 100, 0, 0, 0x0b, 0xb8, 0, 0, 0x27, 0x10]);
        bytes.extend("fe80::5:73ff:fea0:102".parse::<std::net::Ipv6Addr>().unwrap().octets());
        bytes
    }

    #[test]
    fn version_2_names_the_senders_own_address() {
        let heard = sightings(&frame("ff02::66", 2029, &version_2_message()));
        assert_eq!(heard[0].about.mac, Some(MacAddr(SRC_MAC)));
        let shared = MacAddr([0x00, 0x05, 0x73, 0xa0, 0x01, 0x02]);
        let ip = "fe80::5:73ff:fea0:102".parse().ok();
        assert!(facts(&heard).contains(&Fact::VirtualAddress { mac: shared, ip }));
    }

    fn glbp_message() -> Vec<u8> {
        let hello = [&[1, 28, 0, 32, 0, 100][..], &[0; 16], &[1, 4, 192, 0, 2, 254]].concat();
        let forwarder = [&[2, 20, 1, 32][..], &[0; 10], &[0, 7, 0xb4, 0, 0x0a, 1]].concat();
        [&[1, 0, 0, 10, 0, 0][..], &SRC_MAC, &hello, &forwarder].concat()
    }

    #[test]
    fn glbp_has_an_address_for_each_forwarder() {
        let heard = sightings(&frame("224.0.0.102", 3222, &glbp_message()));
        let shared = MacAddr([0, 7, 0xb4, 0, 0x0a, 1]);
        assert!(facts(&heard).contains(&Fact::VirtualAddress { mac: shared, ip: None }));
        assert_eq!(noted(&heard, "glbp", "addresses"), Some(Value::List(vec!["192.0.2.254".into()])));
    }

    #[test]
    fn what_is_cut_or_sent_elsewhere_says_nothing() {
        assert!(sightings(&frame("192.0.2.9", 1985, ACTIVE)).is_empty());
        for len in 0..ACTIVE.len() {
            assert!(sightings(&frame("224.0.0.2", 1985, &ACTIVE[..len])).is_empty(), "{len}");
        }
        let second = version_2_message();
        for len in 0..second.len() {
            assert!(sightings(&frame("ff02::66", 2029, &second[..len])).is_empty(), "{len}");
        }
        let third = glbp_message();
        for len in (0..third.len()).filter(|len| *len != 40) {
            assert!(sightings(&frame("224.0.0.102", 3222, &third[..len])).is_empty(), "{len}");
        }
    }
}
