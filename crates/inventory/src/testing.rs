//! Frames for the tests of watchers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dpi::Value;
use wire::{Frame, LinkType, Packet, Timestamp};

use crate::lookout::Lookout;
use crate::registry::WATCHERS;
use crate::sighting::{Fact, Sighting};

/// Hardware addresses of the sender and the receiver of the frames made here.
pub(crate) const SRC_MAC: [u8; 6] = [0x00, 0x53, 0, 0, 0, 1];
pub(crate) const DST_MAC: [u8; 6] = [0x00, 0x53, 0, 0, 0, 2];
pub(crate) const SRC: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const DST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// What the watchers make of a frame that begins with an Ethernet header.
pub(crate) fn sightings(frame: &[u8]) -> Vec<Sighting> {
    let whole = Frame::whole(LinkType::Ethernet, frame);
    let packet = Packet::decode(&whole).expect("a frame that can be decoded");
    let mut out = Vec::new();
    Lookout::new().frame(&packet, frame, Timestamp::new(1_700_000_000, 0), 0, &mut out);
    out.iter().for_each(notes_are_listed);
    out
}

/// A watcher writes the fields only that it says it does.
fn notes_are_listed(sighting: &Sighting) {
    let watcher = WATCHERS.iter().find(|watcher| watcher.name == sighting.watcher);
    let listed = watcher.expect("a registered watcher").notes;
    for fact in &sighting.facts {
        if let Fact::Note { section, field, .. } = fact {
            let is_listed = listed.iter().any(|(own, fields)| own == section && fields.contains(field));
            assert!(is_listed, "{} does not list {section}.{field}", sighting.watcher);
        }
    }
}

/// All facts of some sightings, with whom they are about forgotten.
pub(crate) fn facts(sightings: &[Sighting]) -> Vec<Fact> {
    sightings.iter().flat_map(|sighting| sighting.facts.clone()).collect()
}

/// The value of a field that was noted.
pub(crate) fn noted(sightings: &[Sighting], section: &str, field: &str) -> Option<Value> {
    facts(sightings).into_iter().find_map(|fact| match fact {
        Fact::Note { section: s, field: f, value } if s == section && f == field => Some(value),
        _ => None,
    })
}

/// An Ethernet frame of `kind` between [`SRC_MAC`] and [`DST_MAC`].
pub(crate) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = [&DST_MAC[..], &SRC_MAC, &kind.to_be_bytes(), payload].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

/// An 802.3 frame with an LLC header (and what follows it) as payload.
pub(crate) fn llc(dst: [u8; 6], payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("a short frame");
    let mut frame = [&dst[..], &SRC_MAC, &len.to_be_bytes(), payload].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

/// A UDP datagram between any addresses of one family, in an Ethernet frame.
pub(crate) fn udp(src: (IpAddr, u16), dst: (IpAddr, u16), payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 8).expect("a short datagram");
    let header = [src.1.to_be_bytes(), dst.1.to_be_bytes(), len.to_be_bytes(), [0, 0]].concat();
    ip(src.0, dst.0, 17, 64, &[&header[..], payload].concat())
}

/// An IP packet of any protocol, in an Ethernet frame.
pub(crate) fn ip(src: IpAddr, dst: IpAddr, protocol: u8, hops: u8, payload: &[u8]) -> Vec<u8> {
    let len = |extra: usize| u16::try_from(payload.len() + extra).expect("a short packet").to_be_bytes();
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let [a, b] = len(20);
            let fixed = [0x45, 0, a, b, 0, 1, 0, 0, hops, protocol, 0, 0];
            ethernet(0x0800, &[&fixed[..], &src.octets(), &dst.octets(), payload].concat())
        }
        (src, dst) => {
            let v6 = |ip: IpAddr| match ip {
                IpAddr::V6(ip) => ip,
                IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            };
            let (src, dst): (Ipv6Addr, Ipv6Addr) = (v6(src), v6(dst));
            let [a, b] = len(0);
            let fixed = [0x60, 0, 0, 0, a, b, protocol, hops];
            ethernet(0x86dd, &[&fixed[..], &src.octets(), &dst.octets(), payload].concat())
        }
    }
}
