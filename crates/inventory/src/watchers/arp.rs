//! ARP (RFC 826): which hardware address an IPv4 address belongs to; probes, announcements and
//! conflicts (RFC 5227).

use std::net::Ipv4Addr;

use wire::arp::{Arp, ETHERNET, operation};
use wire::{MacAddr, ether_type};

use crate::sighting::{Evidence, Fact, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};

pub(crate) const ARP: Watcher =
    Watcher { name: "arp", on: &[On::EtherType(ether_type::ARP)], notes: &[], read: Read::Frame(read) };

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some((arp, _)) = Arp::split(look.payload) else { return };
    let is_reply = match arp.operation() {
        operation::REQUEST => false,
        operation::REPLY => true,
        _ => return,
    };
    if arp.hardware_type() != ETHERNET || arp.protocol_type() != ether_type::IPV4 {
        return;
    }
    let Some((mac, ip)) = pair(arp.sender_hardware(), arp.sender_protocol()) else { return };
    if ip.is_unspecified() {
        // A probe (RFC 5227 s2.1.1): it does not have the address it asks about yet.
        heard.about(Subject { mac: Some(mac), ip: None }).say(Fact::Seen);
        return;
    }
    if !is_host(ip.into()) {
        return;
    }
    heard.about(Subject { mac: Some(mac), ip: Some(ip.into()) }).address(Evidence::Arp);
    // The target of a reply is who asked; that of a request is who is looked for.
    if is_reply
        && let Some((mac, ip)) = pair(arp.target_hardware(), arp.target_protocol())
        && is_host(ip.into())
        && mac.0.first().is_some_and(|first| first & 1 == 0)
        && mac != MacAddr([0; 6])
    {
        heard.about(Subject { mac: Some(mac), ip: Some(ip.into()) }).say(Fact::Seen);
    }
}

fn pair(hardware: &[u8], protocol: &[u8]) -> Option<(MacAddr, Ipv4Addr)> {
    let mac = MacAddr(hardware.try_into().ok()?);
    let ip: [u8; 4] = protocol.try_into().ok()?;
    Some((mac, ip.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC_MAC, ethernet, sightings};

    fn arp(operation: u8, sender: [u8; 4], target: ([u8; 6], [u8; 4])) -> Vec<u8> {
        let fixed = [0, 1, 8, 0, 6, 4, 0, operation];
        ethernet(0x0806, &[&fixed[..], &SRC_MAC, &sender, &target.0, &target.1].concat())
    }

    #[test]
    fn a_request_tells_the_address_of_the_sender_only() {
        let heard = sightings(&arp(1, [192, 0, 2, 1], ([0; 6], [192, 0, 2, 9])));
        let about = Subject { mac: Some(MacAddr(SRC_MAC)), ip: Some("192.0.2.1".parse().unwrap()) };
        assert_eq!(heard.len(), 1);
        assert_eq!((heard[0].about, &heard[0].facts[..]), (about, &[Fact::Address(Evidence::Arp)][..]));
    }

    #[test]
    fn a_probe_claims_nothing() {
        let heard = sightings(&arp(1, [0; 4], ([0; 6], [192, 0, 2, 9])));
        assert_eq!(heard.len(), 1);
        assert_eq!((heard[0].about.ip, &heard[0].facts[..]), (None, &[Fact::Seen][..]));
    }

    #[test]
    fn a_reply_tells_who_asked() {
        let heard = sightings(&arp(2, [192, 0, 2, 1], ([0, 0x53, 0, 0, 0, 7], [192, 0, 2, 7])));
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[1].about.ip, Some("192.0.2.7".parse().unwrap()));
        assert_eq!(heard[1].facts, [Fact::Seen]);
    }
}
