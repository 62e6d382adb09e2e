//! ARP (RFC 826): which hardware address an IPv4 address belongs to; probes, announcements and
//! conflicts (RFC 5227).

use wire::arp::{Arp, ETHERNET, operation};
use wire::{MacAddr, ether_type};

use crate::sighting::{Evidence, Fact, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};

pub(crate) const ARP: Watcher = Watcher {
    name: "arp",
    on: &[On::EtherType(ether_type::ARP)],
    notes: &[(SECTION, &["probed", "announces", "answered_for"])],
    read: Read::Frame(read),
};

const SECTION: &str = "arp";

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some((arp, _)) = Arp::split(look.payload) else { return };
    let is_reply = match arp.operation() {
        operation::REQUEST => false,
        operation::REPLY => true,
        _ => return,
    };
    if arp.hardware_type() != ETHERNET {
        return;
    }
    let (Some((mac, ip)), Some((target_mac, target))) = (arp.sender(), arp.target()) else { return };
    if !is_station(mac) {
        return;
    }
    if ip.is_unspecified() {
        // A probe (RFC 5227 s2.1.1): it does not have the address it asks about yet. Switches probe
        // too, to see whether a host is still there, so that an answer is no conflict.
        heard.about(Subject { mac: Some(mac), ip: None }).say(Fact::Seen);
        if !is_reply && is_host(target.into()) {
            heard.add(SECTION, "probed", &target.to_string());
        }
        return;
    }
    if !is_host(ip.into()) {
        return;
    }
    // Of the two hardware addresses in a frame ARP's is meant: the other is a proxy's, or a liar's.
    heard.about(Subject { mac: Some(mac), ip: Some(ip.into()) }).address(Evidence::Arp);
    let has_other = is_station(target_mac) && target_mac != mac;
    if target == ip {
        // An announcement (RFC 5227 s2.3), as a request or as a reply.
        heard.note(SECTION, "announces", true);
        if is_reply && has_other {
            // It gives the same address to both.
            heard.say(Fact::Conflict { other: target_mac });
        }
        return;
    }
    if let Some(carrier) = look.src_mac.filter(|carrier| is_reply && *carrier != mac) {
        heard.add(SECTION, "answered_for", &format!("{ip} by {carrier}"));
    }
    // The target of a reply is who asked; that of a request is who is looked for.
    if is_reply && has_other && is_host(target.into()) {
        heard.about(Subject { mac: Some(target_mac), ip: Some(target.into()) }).say(Fact::Seen);
    }
}

fn is_station(mac: MacAddr) -> bool {
    !mac.is_group() && mac.0 != [0; 6]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC_MAC, ethernet, facts, noted, sightings};
    use dpi::Value;

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
        assert_eq!((heard[0].about.ip, heard[0].facts.first()), (None, Some(&Fact::Seen)));
        assert_eq!(noted(&heard, "arp", "probed"), Some(Value::List(vec!["192.0.2.9".into()])));
    }

    #[test]
    fn a_reply_tells_who_asked() {
        let heard = sightings(&arp(2, [192, 0, 2, 1], ([0, 0x53, 0, 0, 0, 7], [192, 0, 2, 7])));
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[1].about.ip, Some("192.0.2.7".parse().unwrap()));
        assert_eq!(heard[1].facts, [Fact::Seen]);
    }

    #[test]
    fn an_announcement_is_the_senders() {
        let heard = sightings(&arp(1, [192, 0, 2, 1], ([0; 6], [192, 0, 2, 1])));
        assert_eq!(heard.len(), 1);
        assert_eq!(noted(&heard, "arp", "announces"), Some(Value::Flag(true)));
        assert!(!facts(&heard).iter().any(|fact| matches!(fact, Fact::Conflict { .. })));
    }

    #[test]
    fn a_reply_that_gives_one_address_to_two_is_a_conflict() {
        let other = [0, 0x53, 0, 0, 0, 7];
        let heard = sightings(&arp(2, [192, 0, 2, 1], (other, [192, 0, 2, 1])));
        assert!(facts(&heard).contains(&Fact::Conflict { other: MacAddr(other) }));
        assert_eq!(heard.len(), 1, "and the other does not have it");
    }

    #[test]
    fn an_answer_for_another_says_nothing_of_the_frames_source() {
        let mut frame = arp(2, [192, 0, 2, 1], ([0, 0x53, 0, 0, 0, 7], [192, 0, 2, 7]));
        frame[6..12].copy_from_slice(&[0, 0x53, 0, 0, 0, 0xee]);
        let heard = sightings(&frame);
        assert!(heard.iter().all(|s| s.about.mac != Some(MacAddr([0, 0x53, 0, 0, 0, 0xee]))));
        assert_eq!(heard[0].about.mac, Some(MacAddr(SRC_MAC)));
    }

    #[test]
    fn groups_and_cut_frames_claim_nothing() {
        let mut group = arp(2, [192, 0, 2, 1], ([0, 0x53, 0, 0, 0, 7], [192, 0, 2, 7]));
        group[22] = 1;
        assert!(sightings(&group).is_empty());
        let whole = arp(2, [192, 0, 2, 1], ([0, 0x53, 0, 0, 0, 7], [192, 0, 2, 7]));
        for len in 14..42 {
            assert!(sightings(&whole[..len]).is_empty(), "{len}");
        }
    }
}
