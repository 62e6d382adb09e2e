use super::*;
use crate::sighting::{Identity, Sighting};
use crate::testing::{SRC_MAC, facts, llc, noted, sightings};
use dpi::Value;

const GROUP: [u8; 6] = [0x01, 0x80, 0xc2, 0, 0, 0];
const BRIDGE: [u8; 6] = [0x00, 0x53, 0, 0, 0, 0xb0];
const ROOT: [u8; 6] = [0x00, 0x53, 0, 0, 0, 0xb1];

fn unit(version: u8, root: [u8; 6], bridge: [u8; 6]) -> Vec<u8> {
    let kind = if version == 0 { 0 } else { 2 };
    let mut bytes = vec![0, 0, version, kind, 0x3c];
    bytes.extend([&[0x60, 0x01][..], &root, &[0, 0, 0, 4]].concat());
    bytes.extend([&[0x80, 0x01][..], &bridge, &[0x80, 0x07]].concat());
    bytes.extend([1, 0, 20, 0, 2, 0, 15, 0]);
    if version >= 2 {
        bytes.push(0);
    }
    bytes
}

fn frame(unit: &[u8]) -> Vec<u8> {
    llc(GROUP, &[&[0x42, 0x42, 3][..], unit].concat())
}

fn about(heard: &[Sighting], mac: [u8; 6]) -> Vec<Fact> {
    let mac = Some(MacAddr(mac));
    heard.iter().filter(|s| s.about.mac == mac).flat_map(|s| s.facts.clone()).collect()
}

#[test]
fn a_bridge_names_itself_its_port_and_the_root() {
    let heard = sightings(&frame(&unit(2, ROOT, BRIDGE)));
    let said = about(&heard, SRC_MAC);
    let identity = |mac: [u8; 6]| Fact::Identity(Identity::Chassis(MacAddr(mac).to_string().into()));
    assert!(said.contains(&identity(BRIDGE)) && said.contains(&Fact::Role(Role::Switch)));
    assert!(said.contains(&Fact::Port { port: "7".into() }));
    assert!(!said.contains(&Fact::Role(Role::RootBridge)));
    assert!(about(&heard, BRIDGE).contains(&identity(BRIDGE)));
    assert!(about(&heard, ROOT).contains(&Fact::Role(Role::RootBridge)));
    assert_eq!(noted(&heard, "stp", "protocol"), Some(Value::Text("rstp".into())));
    assert_eq!(noted(&heard, "stp", "bridge_priority"), Some(Value::Number(0x8001)));
    assert_eq!(noted(&heard, "stp", "port_role"), Some(Value::Text("designated".into())));
    assert_eq!(noted(&heard, "stp", "hello_seconds"), Some(Value::Number(2)));
}

#[test]
fn the_root_is_the_one_who_says_so_of_itself() {
    let mut own = unit(0, BRIDGE, BRIDGE);
    // The priorities must be the same too.
    own[5..7].copy_from_slice(&[0x80, 0x01]);
    let said = about(&sightings(&frame(&own)), SRC_MAC);
    assert!(said.contains(&Fact::Role(Role::RootBridge)));
}

#[test]
fn the_sender_of_multiple_trees_stands_behind_its_region() {
    let mut bytes = unit(3, ROOT, [0x00, 0x53, 0, 0, 0, 0xb2]);
    bytes.extend([&[0, 64, 0][..], b"campus", &[0; 26], &[0, 1], &[7; 16], &[0, 0, 0, 0]].concat());
    bytes.extend([&[0x80, 0][..], &BRIDGE, &[20]].concat());
    let heard = sightings(&frame(&bytes));
    assert_eq!(noted(&heard, "stp", "bridge"), Some(Value::Text("00:53:00:00:00:b0".into())));
    assert_eq!(noted(&heard, "stp", "region"), Some(Value::Text("campus".into())));
}

#[test]
fn per_vlan_trees_name_their_vlan() {
    let bytes = [&[0xaa, 0xaa, 3, 0, 0, 0x0c, 1, 0x0b][..], &unit(2, ROOT, BRIDGE), &[0, 0, 0, 2, 0, 30]];
    let heard = sightings(&llc(PVST_GROUP.0, &bytes.concat()));
    assert_eq!(noted(&heard, "stp", "vlans"), Some(Value::List(vec!["30".into()])));
    assert_eq!(noted(&heard, "stp", "protocol"), Some(Value::Text("rapid-pvst+".into())));
}

#[test]
fn changes_are_noted() {
    let heard = sightings(&frame(&[0, 0, 0, 0x80]));
    assert_eq!(noted(&heard, "stp", "topology_change"), Some(Value::Flag(true)));
}

#[test]
fn what_is_cut_or_makes_no_sense_says_nothing() {
    let whole = unit(2, ROOT, BRIDGE);
    for len in 0..whole.len() {
        assert!(facts(&sightings(&frame(&whole[..len]))).is_empty(), "{len}");
    }
    let mut old = whole.clone();
    old[27] = 25;
    assert!(sightings(&frame(&old)).is_empty(), "older than it may be");
    assert!(sightings(&frame(&[0x42; 40])).is_empty());
    let mut single = frame(&whole);
    single[..6].copy_from_slice(&[0x00, 0x53, 0, 0, 0, 9]);
    assert!(sightings(&single).is_empty(), "not to the group");
}
