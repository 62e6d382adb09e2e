use super::*;
use crate::sighting::{Evidence, NameSource, Sighting};
use crate::testing::{SRC_MAC, facts, noted, sightings};
use dpi::Value;

fn tlv(kind: u8, value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(value.len()).unwrap();
    let [high, low] = (u16::from(kind) << 9 | len).to_be_bytes();
    [&[high, low][..], value].concat()
}

fn org(organisation: [u8; 3], subtype: u8, value: &[u8]) -> Vec<u8> {
    tlv(127, &[&organisation[..], &[subtype], value].concat())
}

/// Without Ethernet's padding, so that nothing ends the message but its end.
fn frame(tlvs: &[Vec<u8>]) -> Vec<u8> {
    let head = [&[0x01, 0x80, 0xc2, 0, 0, 0x0e][..], &SRC_MAC, &[0x88, 0xcc]].concat();
    [head, tlvs.concat()].concat()
}

const CHASSIS: [u8; 6] = [0x00, 0x53, 0, 0, 0, 0xc0];

fn switch() -> Vec<u8> {
    frame(&[
        tlv(1, &[&[4][..], &CHASSIS].concat()),
        tlv(2, b"\x05Gi1/0/7"),
        tlv(3, &[0, 120]),
        tlv(4, b"to the lab"),
        tlv(5, b"sw-floor2.example"),
        tlv(6, b"Cisco IOS Software, C2960X Software, Version 15.2(7)E3, RELEASE SOFTWARE"),
        tlv(7, &[0, 0x14, 0, 0x04]),
        tlv(8, &[5, 1, 192, 0, 2, 77, 2, 0, 0, 0, 1, 0]),
        org([0x00, 0x80, 0xc2], 1, &[0, 30]),
        org([0x00, 0x80, 0xc2], 3, b"\0\x1e\x04labs"),
        org([0x00, 0x12, 0x0f], 1, &[3, 0x6c, 0, 0, 30]),
        org([0x00, 0x12, 0x0f], 4, &[0x05, 0xee]),
        tlv(0, &[]),
    ])
}

fn about(heard: &[Sighting], subject: Subject) -> Vec<Fact> {
    heard.iter().filter(|s| s.about == subject).flat_map(|s| s.facts.clone()).collect()
}

#[test]
fn a_switch_says_what_it_is_and_which_port_this_is() {
    let heard = sightings(&switch());
    let port = Subject { mac: Some(MacAddr(SRC_MAC)), ip: None };
    let said = about(&heard, port);
    let identity = Fact::Identity(Identity::Chassis("00:53:00:00:00:c0".into()));
    assert!(said.contains(&identity));
    assert!(said.contains(&Fact::Name { name: "sw-floor2.example".into(), source: NameSource::Discovery }));
    assert!(said.contains(&Fact::Port { port: "Gi1/0/7".into() }));
    assert!(said.contains(&Fact::Role(Role::Switch)));
    assert!(!said.contains(&Fact::Role(Role::Router)), "a capability that is not enabled");
    let votes: Vec<(About, &str)> = said
        .iter()
        .filter_map(|fact| match fact {
            Fact::Vote(vote) => Some((vote.about, &*vote.value)),
            _ => None,
        })
        .collect();
    assert!(votes.contains(&(About::Os, "Cisco IOS 15.2(7)E3")));
    assert!(votes.contains(&(About::Type, "switch")));
    // The chassis has the other hardware address, and the device the address it is managed by.
    assert_eq!(about(&heard, Subject { mac: Some(MacAddr(CHASSIS)), ip: None }), [identity]);
    let managed = Subject { mac: Some(MacAddr(SRC_MAC)), ip: Some("192.0.2.77".parse().unwrap()) };
    assert_eq!(about(&heard, managed), [Fact::Address(Evidence::Announced)]);
    assert_eq!(noted(&heard, "lldp", "port_vlan"), Some(Value::Number(30)));
    assert_eq!(noted(&heard, "lldp", "vlans"), Some(Value::List(vec!["30 labs".into()])));
    assert_eq!(noted(&heard, "lldp", "link_speed_mbps"), Some(Value::Number(1000)));
    assert_eq!(noted(&heard, "lldp", "max_frame_bytes"), Some(Value::Number(1518)));
}

#[test]
fn a_telephone_is_no_switch_though_it_bridges() {
    let heard = sightings(&frame(&[
        tlv(1, &[5, 1, 192, 0, 2, 9]),
        tlv(2, &[&[3][..], &SRC_MAC].concat()),
        tlv(3, &[0, 180]),
        tlv(7, &[0, 0x24, 0, 0x24]),
        org([0x00, 0x12, 0xbb], 1, &[0, 0x3f, 3]),
        org([0x00, 0x12, 0xbb], 2, &[1, 0x40, 0xc9, 0x6e]),
        org([0x00, 0x12, 0xbb], 8, b"0015652F1A2B"),
        org([0x00, 0x12, 0xbb], 9, b"Yealink"),
        org([0x00, 0x12, 0xbb], 10, b"T46S"),
    ]));
    let said = facts(&heard);
    assert!(said.contains(&Fact::Role(Role::Phone)) && !said.contains(&Fact::Role(Role::Switch)));
    assert!(said.contains(&Fact::Identity(Identity::Serial("Yealink 0015652F1A2B".into()))));
    let policy = noted(&heard, "lldp", "med_policies");
    assert_eq!(policy, Some(Value::List(vec!["voice vlan 100 priority 5 dscp 46".into()])));
    let managed = Subject { mac: Some(MacAddr(SRC_MAC)), ip: Some("192.0.2.9".parse().unwrap()) };
    assert_eq!(about(&heard, managed), [Fact::Address(Evidence::Announced)]);
}

#[test]
fn a_host_that_forwards_for_its_containers_is_no_switch() {
    let heard = sightings(&frame(&[
        tlv(1, &[&[4][..], &SRC_MAC].concat()),
        tlv(2, &[&[3][..], &SRC_MAC].concat()),
        tlv(3, &[0, 120]),
        tlv(4, b"eth0"),
        tlv(6, b"Debian GNU/Linux 12 (bookworm) Linux 6.1.0-18-amd64"),
        tlv(7, &[0, 0x9c, 0, 0x14]),
    ]));
    let said = facts(&heard);
    assert!(said.contains(&Fact::Port { port: "eth0".into() }));
    assert!(!said.contains(&Fact::Role(Role::Switch)));
    let kinds = |fact: &Fact| matches!(fact, Fact::Vote(vote) if vote.about == About::Type);
    assert!(!said.iter().any(kinds));
}

#[test]
fn names_that_two_may_have_are_no_identity() {
    let heard = sightings(&frame(&[tlv(1, b"\x07switch"), tlv(2, b"\x071"), tlv(3, &[0, 120])]));
    assert!(!facts(&heard).iter().any(|fact| matches!(fact, Fact::Identity(_))));
}

#[test]
fn one_who_goes_says_nothing_else() {
    let heard = sightings(&frame(&[tlv(1, b"\x07switch"), tlv(2, b"\x071"), tlv(3, &[0, 0]), tlv(0, &[])]));
    assert_eq!(noted(&heard, "lldp", "withdrawn"), Some(Value::Flag(true)));
    assert!(!facts(&heard).iter().any(|fact| matches!(fact, Fact::Port { .. })));
}

#[test]
fn what_is_broken_says_nothing() {
    let whole = switch();
    for len in 14..whole.len() {
        let heard = sightings(&whole[..len]);
        let whole_tlvs = heard.is_empty() || facts(&heard).len() > 2;
        assert!(whole_tlvs, "{len}");
        for fact in facts(&heard) {
            assert!(facts(&sightings(&whole)).contains(&fact), "{len}: {fact:?}");
        }
    }
    assert!(sightings(&frame(&[vec![0x55; 200]])).is_empty());
    // The port before the chassis; an id of a kind that there is not.
    assert!(sightings(&frame(&[tlv(2, b"\x051"), tlv(1, b"\x07a"), tlv(3, &[0, 120])])).is_empty());
    assert!(sightings(&frame(&[tlv(1, b"\x09a"), tlv(2, b"\x051"), tlv(3, &[0, 120])])).is_empty());
}
