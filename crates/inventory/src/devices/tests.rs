//! Which devices sightings make.

use std::net::IpAddr;

use model::Device;
use wire::{MacAddr, Timestamp};

use super::{Inventory, Settings};
use crate::network::{Network, Networks};
use crate::os::Table;
use crate::sighting::{Evidence, Fact, Identity, NameSource, Role, Service, Sighting, Subject};

const A: MacAddr = MacAddr([0x00, 0x53, 0, 0, 0, 0x0a]);
const B: MacAddr = MacAddr([0x00, 0x53, 0, 0, 0, 0x0b]);
/// Made up by their owner.
const RANDOM_1: MacAddr = MacAddr([0x02, 0x11, 0x22, 0x33, 0x44, 0x01]);
const RANDOM_2: MacAddr = MacAddr([0x06, 0x99, 0x88, 0x77, 0x66, 0x02]);

fn inventory(max_devices: usize) -> Inventory {
    let local = Networks(vec![Network { address: [10, 0, 0, 0].into(), prefix: 8 }]);
    Inventory::new(Settings { local, max_devices, os: Table::builtin() })
}

/// At second `at`, `mac` with perhaps an address says something.
fn says(inventory: &mut Inventory, at: u64, mac: MacAddr, ip: Option<&str>, facts: Vec<Fact>) {
    let about = Subject { mac: Some(mac), ip: ip.map(|ip| ip.parse().unwrap()) };
    let time = Timestamp::new(1_700_000_000 + at, 0);
    inventory.sighting(&Sighting { time, watcher: "test", interface: 0, vlan: None, about, facts });
}

fn name(name: &str) -> Fact {
    Fact::Name { name: name.into(), source: NameSource::Dhcp }
}

fn fingerprint() -> Fact {
    let value = dpi::Value::Text("1,3,6,15".into());
    Fact::Note { section: "dhcp", field: "fingerprint", value }
}

fn of(devices: &[Device], mac: MacAddr) -> &Device {
    devices.iter().find(|device| device.macs.contains(&mac.to_string())).expect("a device with it")
}

#[test]
fn a_switch_is_one_device_whichever_port_it_speaks_from() {
    let mut inventory = inventory(100);
    let chassis =
        || vec![Fact::Identity(Identity::Chassis("00:53:00:00:00:01".into())), Fact::Role(Role::Switch)];
    says(&mut inventory, 0, A, None, chassis());
    says(&mut inventory, 1, B, None, chassis());
    let devices = inventory.devices();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].macs, [A.to_string(), B.to_string()]);
    assert_eq!((devices[0].joined[0].what, devices[0].joined[0].probability), ("joined", 0.97));
    assert_eq!(inventory.counts().joined, 1);
}

#[test]
fn a_client_that_comes_back_with_another_address_is_known_again() {
    let mut inventory = inventory(100);
    let client = || Fact::Identity(Identity::DhcpClient("ff00aa".into()));
    says(&mut inventory, 0, RANDOM_1, Some("10.0.0.5"), vec![client(), Fact::Address(Evidence::Dhcp)]);
    says(&mut inventory, 900, RANDOM_2, Some("10.0.0.6"), vec![client(), Fact::Address(Evidence::Dhcp)]);
    let devices = inventory.devices();
    assert_eq!(devices.len(), 1, "{devices:#?}");
    assert_eq!(devices[0].ips.len(), 2);
    assert!(devices[0].joined[0].reasons[0].contains("DHCP client identifier"));
}

#[test]
fn copies_of_one_machine_that_are_there_together_stay_apart() {
    let mut inventory = inventory(100);
    for at in 0..300 {
        for (mac, host) in [(A, "web-1"), (B, "web-2")] {
            says(&mut inventory, at, mac, None, vec![Fact::Seen, name(host)]);
        }
    }
    for (at, mac) in [(301, A), (302, B)] {
        says(&mut inventory, at, mac, None, vec![Fact::Identity(Identity::DhcpClient("ff00aa".into()))]);
    }
    assert_eq!(inventory.devices().len(), 2);
}

#[test]
fn a_made_up_address_is_joined_by_name_and_options_but_not_by_a_common_name() {
    let mut inventory = inventory(100);
    for (at, mac) in [(0, RANDOM_1), (600, RANDOM_2)] {
        says(&mut inventory, at, mac, None, vec![name("annas-phone"), fingerprint()]);
    }
    assert_eq!(inventory.devices().len(), 1);
    let mut inventory = self::inventory(100);
    for (at, mac) in [(0, RANDOM_1), (600, RANDOM_2)] {
        says(&mut inventory, at, mac, None, vec![name("iPhone"), fingerprint()]);
    }
    assert_eq!(inventory.devices().len(), 2, "half of the world is called so");
    let mut inventory = self::inventory(100);
    for (at, mac) in [(0, A), (600, B)] {
        says(&mut inventory, at, mac, None, vec![name("annas-phone"), fingerprint()]);
    }
    assert_eq!(inventory.devices().len(), 2, "these addresses were not made up");
}

#[test]
fn who_announces_anothers_address_does_not_get_it() {
    let other_maker = MacAddr([0x00, 0x54, 0, 0, 0, 1]);
    let mut inventory = inventory(100);
    says(&mut inventory, 0, A, Some("10.0.0.1"), vec![Fact::Address(Evidence::Arp)]);
    says(&mut inventory, 1, other_maker, Some("10.0.0.1"), vec![Fact::Address(Evidence::Announced)]);
    let devices = inventory.devices();
    let address = &of(&devices, A).ips[0];
    assert_eq!((devices.len(), address.current, address.evidence), (2, true, "arp"));
    // The port of a switch announces its management address.
    says(&mut inventory, 2, B, Some("10.0.0.1"), vec![Fact::Address(Evidence::Announced)]);
    let devices = inventory.devices();
    assert_eq!(of(&devices, A).id, of(&devices, B).id);
}

#[test]
fn an_address_known_alone_becomes_that_of_its_hardware_address() {
    let mut inventory = inventory(100);
    let ip: IpAddr = "10.0.0.7".parse().unwrap();
    let about = Subject { mac: None, ip: Some(ip) };
    let facts = vec![Fact::Name { name: "nas.local".into(), source: NameSource::Mdns }];
    let time = Timestamp::new(1_700_000_000, 0);
    inventory.sighting(&Sighting { time, watcher: "test", interface: 0, vlan: None, about, facts });
    says(&mut inventory, 1, A, Some("10.0.0.7"), vec![Fact::Address(Evidence::Arp)]);
    let devices = inventory.devices();
    assert_eq!(devices.len(), 1);
    assert_eq!((devices[0].name.as_deref(), devices[0].ips[0].evidence), (Some("nas.local"), "arp"));
}

#[test]
fn what_a_remote_address_says_is_not_its_routers() {
    let mut inventory = inventory(100);
    says(&mut inventory, 0, A, Some("198.51.100.7"), vec![name("elsewhere")]);
    let devices = inventory.devices();
    assert_eq!(devices.len(), 1, "the router itself");
    assert!(devices[0].hostnames.is_empty() && devices[0].ips.is_empty(), "{devices:#?}");
}

#[test]
fn networks_that_a_router_announces_are_local() {
    let mut inventory = inventory(100);
    let block = |address: &str, prefix| Network { address: address.parse().unwrap(), prefix };
    says(
        &mut inventory,
        0,
        A,
        None,
        vec![Fact::OnLink(block("203.0.113.0", 24)), Fact::OnLink(block("0.0.0.0", 1))],
    );
    says(&mut inventory, 1, B, Some("203.0.113.9"), vec![Fact::Seen]);
    says(&mut inventory, 2, RANDOM_1, Some("8.8.8.8"), vec![Fact::Seen]);
    let devices = inventory.devices();
    assert_eq!(of(&devices, B).ips.len(), 1);
    assert!(of(&devices, RANDOM_1).ips.is_empty(), "half of the internet is nobody's link");
    assert!(inventory.topology().subnets.iter().any(|s| s.network == "203.0.113.0/24" && s.announced));
}

#[test]
fn a_service_that_goes_is_withdrawn_and_comes_back() {
    let mut inventory = inventory(100);
    let service = || Service {
        transport: "tcp",
        port: 631,
        protocol: "ipp".into(),
        source: "mdns",
        ..Default::default()
    };
    says(&mut inventory, 0, A, None, vec![Fact::Service(service())]);
    says(&mut inventory, 1, A, None, vec![Fact::ServiceGone(service())]);
    assert!(inventory.devices()[0].services[0].withdrawn);
    says(&mut inventory, 2, A, None, vec![Fact::Service(service())]);
    assert!(!inventory.devices()[0].services[0].withdrawn);
}

#[test]
fn a_device_hangs_where_its_switch_says() {
    let mut inventory = inventory(100);
    let option_82 =
        |field, text: &str| Fact::Note { section: "dhcp", field, value: dpi::Value::Text(text.into()) };
    let switch = "000600530000000b";
    says(
        &mut inventory,
        0,
        A,
        None,
        vec![option_82("circuit_id", "0004000a0117"), option_82("remote_id", switch)],
    );
    let port = of(&inventory.devices(), A).port.clone().unwrap();
    assert_eq!((port.switch.as_deref(), port.evidence), (Some(switch), "dhcp-option-82"));
    assert_eq!((port.vlan, port.module, port.number), (Some(10), Some(1), Some(23)));
    // Once the switch itself is known, it is named.
    says(&mut inventory, 1, B, None, vec![Fact::Role(Role::Switch), option_82("remote_id", "x")]);
    let devices = inventory.devices();
    assert_eq!(of(&devices, A).port.as_ref().unwrap().switch.as_ref(), Some(&of(&devices, B).id));
    assert_eq!(of(&devices, B).port, None, "no port was named");
}

#[test]
fn clocks_that_agree_are_an_uptime_and_those_in_turns_several_systems() {
    let shows = |inventory: &mut Inventory, second: u64, peer: u8, up: u64| {
        let at = Timestamp::new(1_700_000_000 + second, 0);
        let value = u32::try_from((up + second) * 100).unwrap();
        let peer = [10, 0, 0, peer].into();
        says(inventory, second, A, None, vec![Fact::Clock { peer, at, value }]);
    };
    let mut inventory = inventory(100);
    for (second, peer) in [(0, 1), (30, 2), (60, 1)] {
        shows(&mut inventory, second, peer, 5000);
    }
    let devices = inventory.devices();
    assert_eq!((devices[0].uptime_seconds, &devices[0].shared), (Some(5060), &None));
    let reason = &devices[0].uptime_evidence.as_ref().unwrap().reasons[0];
    assert!(reason.contains("3 flows to 2 peers") && reason.contains("100 Hz"), "{reason}");
    for (second, peer) in [(10, 3), (40, 4), (70, 3)] {
        shows(&mut inventory, second, peer, 77_000);
    }
    let devices = inventory.devices();
    assert_eq!(devices[0].uptime_seconds, None);
    assert_eq!(devices[0].shared.as_ref().unwrap().reasons.len(), 2);
}

#[test]
fn a_flood_makes_room_for_itself() {
    let mut inventory = inventory(500);
    let real = |n: u8| MacAddr([0x00, 0x53, 1, 1, 1, n]);
    for at in 0..5 {
        for n in 0..50 {
            says(
                &mut inventory,
                at,
                real(n),
                Some(&format!("10.0.0.{n}")),
                vec![Fact::Address(Evidence::Arp)],
            );
        }
    }
    for n in 0..100_000_u32 {
        let [_, a, b, c] = n.to_be_bytes();
        let mac = MacAddr([0x02, 0xff, 0, a, b, c]);
        says(
            &mut inventory,
            10 + u64::from(n / 10_000),
            mac,
            Some("10.9.9.9"),
            vec![Fact::Address(Evidence::Arp)],
        );
    }
    let devices = inventory.devices();
    assert!(devices.len() <= 500);
    for n in 0..50 {
        of(&devices, real(n));
    }
    let counts = inventory.counts();
    assert_eq!(counts.floods, 1);
    assert!(counts.new_macs_peak > 50_000 && counts.evicted > 99_000, "{counts:?}");
}

#[test]
fn a_subnet_has_the_vlans_of_its_own_addresses() {
    let mut inventory = inventory(100);
    let speaks = |inventory: &mut Inventory, mac, ip: &str, vlan| {
        let about = Subject { mac: Some(mac), ip: Some(ip.parse().unwrap()) };
        let facts = vec![Fact::Address(Evidence::Arp)];
        let time = Timestamp::new(1_700_000_000, 0);
        inventory.sighting(&Sighting { time, watcher: "arp", interface: 0, vlan, about, facts });
    };
    // A router with a leg in each, and one device in each.
    speaks(&mut inventory, A, "10.0.1.1", None);
    speaks(&mut inventory, A, "10.0.2.1", Some(20));
    speaks(&mut inventory, B, "10.0.1.2", None);
    speaks(&mut inventory, RANDOM_1, "10.0.2.2", Some(20));
    let subnets = inventory.topology().subnets;
    let vlans: Vec<_> = subnets.iter().map(|net| (net.network.as_str(), net.vlans.as_slice())).collect();
    assert_eq!(vlans, [("10.0.1.0/24", &[][..]), ("10.0.2.0/24", &[20][..])]);
    let devices = inventory.devices();
    assert_eq!((&of(&devices, A).vlans[..], of(&devices, B).vlans.is_empty()), (&[20][..], true));
}
