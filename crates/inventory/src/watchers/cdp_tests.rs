use super::*;
use crate::sighting::{Evidence, NameSource, Subject};
use crate::testing::{SRC_MAC, facts, llc, noted, sightings};
use dpi::Value;
use wire::MacAddr;

pub(super) fn value(kind: u16, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len() + 4).unwrap();
    [&kind.to_be_bytes()[..], &len.to_be_bytes(), content].concat()
}

fn frame(values: &[Vec<u8>]) -> Vec<u8> {
    let header = [0xaa, 0xaa, 3, 0x00, 0x00, 0x0c, 0x20, 0x00, 2, 180, 0, 0];
    llc([0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc], &[&header[..], &values.concat()].concat())
}

fn address_value(kind: u16, ip: [u8; 4]) -> Vec<u8> {
    value(kind, &[&[0, 0, 0, 1, 1, 1, 0xcc, 0, 4][..], &ip].concat())
}

fn switch() -> Vec<u8> {
    frame(&[
        value(1, b"sw1.example"),
        value(5, b"Cisco IOS Software, C2960S Software (C2960S-UNIVERSALK9-M), Version 15.0(2)SE11,"),
        value(6, b"cisco WS-C2960S-24TS-L"),
        address_value(2, [192, 0, 2, 5]),
        value(3, b"GigabitEthernet1/0/3"),
        value(4, &[0, 0, 0, 0x28]),
        value(0x0a, &[0, 20]),
        value(0x0b, &[1]),
        address_value(0x16, [192, 0, 2, 5]),
    ])
}

#[test]
fn a_switch_says_what_it_is_and_which_port_this_is() {
    let heard = sightings(&switch());
    let said = facts(&heard);
    assert!(said.contains(&Fact::Port { port: "GigabitEthernet1/0/3".into() }));
    assert!(said.contains(&Fact::Role(Role::Switch)) && !said.contains(&Fact::Role(Role::Router)));
    assert!(said.contains(&Fact::Name { name: "sw1.example".into(), source: NameSource::Discovery }));
    assert!(said.contains(&Fact::Identity(Identity::Chassis("sw1.example 192.0.2.5".into()))));
    let models: Vec<&str> = said
        .iter()
        .filter_map(|fact| match fact {
            Fact::Vote(vote) if vote.about == About::Model => Some(&*vote.value),
            _ => None,
        })
        .collect();
    assert_eq!(models, ["WS-C2960S-24TS-L"]);
    let managed = Subject { mac: Some(MacAddr(SRC_MAC)), ip: Some("192.0.2.5".parse().unwrap()) };
    assert!(heard.iter().any(|s| s.about == managed && s.facts == [Fact::Address(Evidence::Announced)]));
    assert_eq!(noted(&heard, "cdp", "native_vlan"), Some(Value::Number(20)));
    assert_eq!(noted(&heard, "cdp", "duplex"), Some(Value::Text("full".into())));
}

#[test]
fn a_name_alone_is_no_identity() {
    assert_eq!(identity("vm", None), None);
    assert!(identity("SEP001122334455", None).is_some());
    assert_eq!(identity("SEPARATE", None), None);
    assert!(identity("nexus(FOC1234X0AB)", None).is_some());
}

#[test]
fn a_telephone_is_no_switch_though_it_bridges() {
    let heard = sightings(&frame(&[
        value(1, b"SEP0011AABBCCDD"),
        value(3, b"Port 1"),
        value(4, &[0, 0, 4, 0x90]),
        value(6, b"Cisco IP Phone 7965"),
        value(0x10, &[0x2e, 0xe0]),
    ]));
    let said = facts(&heard);
    assert!(said.contains(&Fact::Role(Role::Phone)) && !said.contains(&Fact::Role(Role::Switch)));
    assert_eq!(noted(&heard, "cdp", "power_milliwatts"), Some(Value::Number(12_000)));
}

#[test]
fn what_is_broken_says_nothing() {
    let whole = switch();
    let payload = whole.len() - 22;
    // A length that the last value does not fill.
    for len in 0..payload - 1 {
        let mut frame = llc([1, 0, 0x0c, 0xcc, 0xcc, 0xcc], &whole[14..22 + len]);
        frame.truncate(22 + len);
        let all = facts(&sightings(&whole));
        for fact in facts(&sightings(&frame)) {
            let identity = matches!(fact, Fact::Identity(_));
            assert!(identity || all.contains(&fact), "{len}: {fact:?}");
        }
    }
    assert!(sightings(&frame(&[vec![0xff; 60]])).is_empty());
    assert!(sightings(&frame(&[value(3, b"GigabitEthernet1/0/3")])).is_empty(), "nobody's port");
}
