//! Captures of discovery protocols beside the project: the facts that their description lists.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod common;

use std::path::PathBuf;

use common::{json_lines, stdout_of, text};
use serde_json::{Value, json};

/// The devices of a capture. Nothing, with a word about it, if it is not there.
fn devices(name: &str) -> Option<Vec<Value>> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/attacks/pcap").join(name);
    if !file.exists() {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        testlab::skipped(
            &format!("discovery_captures::{test}"),
            format_args!("{name} is not beside the project"),
        );
        return None;
    }
    let arguments = ["read", "--json", "--print", "devices", file.to_str().unwrap()];
    let devices = json_lines(&text(&stdout_of(&arguments)));
    // The lab's hosts and nobody else, each once.
    let mut macs: Vec<_> = devices.iter().map(|device| device["macs"].clone()).collect();
    macs.sort_by_key(ToString::to_string);
    assert!(macs.iter().all(|macs| macs.as_array().unwrap().len() == 1), "{macs:?}");
    assert!(macs.windows(2).all(|pair| pair[0] != pair[1]), "{macs:?}");
    Some(devices)
}

fn host(devices: &[Value], number: u8) -> &Value {
    let mac = Value::from(format!("02:77:00:00:00:{number:02x}"));
    devices.iter().find(|device| device["macs"][0] == mac).unwrap_or_else(|| panic!("{mac}: {devices:#?}"))
}

fn has_role(device: &Value, role: &str) -> bool {
    device["roles"].as_array().is_some_and(|roles| roles.contains(&role.into()))
}

fn has_ip(device: &Value, ip: &str, evidence: &str) -> bool {
    let all = device["ips"].as_array().unwrap();
    all.iter().any(|held| held["ip"] == ip && held["evidence"] == evidence && held["current"] == true)
}

/// What a list of objects has in one field.
fn each<'d>(list: &'d Value, field: &str) -> Vec<&'d str> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry[field].as_str()).collect()
}

#[test]
fn dhcp() {
    let Some(devices) = devices("disc_dhcp.pcap") else { return };
    let macs = [2, 6, 7].map(|number| host(&devices, number));
    assert_eq!(devices.len(), macs.len(), "{devices:#?}");
    let [server, dhclient, udhcpc] = macs;
    assert!(has_role(server, "dhcp-server") && has_ip(server, "10.77.0.2", "arp"), "{server:#}");
    assert!(has_ip(udhcpc, "10.77.0.110", "dhcp") || has_ip(udhcpc, "10.77.0.111", "dhcp"), "{udhcpc:#}");
    assert_eq!(udhcpc["name"], "wkst-7");
    let dhcp = &udhcpc["dhcp"];
    assert_eq!(
        [&dhcp["host_name"], &dhcp["vendor_class"], &dhcp["fingerprint"], &dhcp["server"]],
        [&json!("wkst-7"), &json!("MSFT 5.0"), &json!("1,3,6,12,15,28,42"), &json!("10.77.0.2")],
        "{udhcpc:#}"
    );
    assert!(dhcp["lease_seconds"].is_u64());
    assert_eq!(dhclient["dhcp"]["fingerprint"], "1,28,2,3,15,6,12", "{dhclient:#}");
    assert!(has_ip(dhclient, "10.77.0.110", "dhcp") || has_ip(dhclient, "10.77.0.111", "dhcp"));
}

#[test]
fn mdns() {
    let Some(devices) = devices("disc_mdns.pcap") else { return };
    for number in [3, 4] {
        let device = host(&devices, number);
        assert_eq!(device["name"], format!("wkst-av{number}.local"), "{device:#}");
        // Both took their leave, so whether they have them still is not known.
        for ip in [format!("10.77.0.{number}"), format!("fd77::{number}")] {
            let mut all = device["ips"].as_array().unwrap().iter();
            assert!(all.any(|held| held["ip"] == ip && held["evidence"] == "announced"), "{device:#}");
        }
        let services = device["services"].as_array().unwrap();
        let of = |protocol: &str| {
            let found: Vec<_> = services.iter().filter(|service| service["protocol"] == protocol).collect();
            assert_eq!(found.len(), 1, "{device:#}");
            found[0]
        };
        assert_eq!(of("ipp")["port"], 631);
        assert_eq!(of("ipp")["name"], format!("Lab printer on wkst-av{number}"));
        assert_eq!(of("workstation")["port"], 9);
    }
    let gone = &host(&devices, 3)["services"];
    assert!(gone.as_array().unwrap().iter().any(|service| service["withdrawn"] == true), "{gone:#}");
}

#[test]
fn netbios() {
    let Some(devices) = devices("disc_netbios.pcap") else { return };
    let four = host(&devices, 4);
    assert_eq!(four["name"], "SRV4", "{four:#}");
    assert_eq!(four["netbios"]["workgroup"], "LABGROUP");
    assert!(has_role(four, "file-server"));
    let three = host(&devices, 3);
    assert_eq!(three["netbios"]["name"], "SRV3", "{three:#}");
    let names: Vec<_> = devices.iter().flat_map(|device| each(&device["hostnames"], "name")).collect();
    assert_eq!(names.len(), 2, "nobody else said a name: {names:?}");
}

#[test]
fn ssdp() {
    let Some(devices) = devices("disc_ssdp.pcap") else { return };
    for number in [5, 6] {
        let device = host(&devices, number);
        let ssdp = &device["ssdp"];
        assert_eq!(ssdp["server"], "Linux/3.14 UPnP/1.0 IpCamera/2.1", "{device:#}");
        assert_eq!(ssdp["location"], format!("http://10.77.0.{number}:49152/desc.xml"));
        let services = device["services"].as_array().unwrap();
        assert!(services.iter().any(|service| service["port"] == 49152), "{device:#}");
        let gone = services.iter().any(|service| service["withdrawn"] == true);
        assert_eq!(gone, number == 6, "{device:#}");
    }
    assert!(
        each(&host(&devices, 1)["services"], "protocol").is_empty()
            && host(&devices, 1)["ssdp"]["server"].is_null()
    );
}

#[test]
fn link_discovery() {
    let Some(devices) = devices("disc_lldp_cdp.pcap") else { return };
    assert_eq!(devices.len(), 2, "{devices:#?}");
    for number in [1, 2] {
        // Both call themselves after the machine that they run on.
        let device = host(&devices, number);
        assert_eq!(device["name"], "vm", "{device:#}");
        assert!(has_ip(device, &format!("10.77.0.{number}"), "announced"), "{device:#}");
        let all = device.to_string();
        assert!(
            all.contains(&format!("lab host {number}, Linux 6.18")) && all.contains("eth0"),
            "{device:#}"
        );
    }
}

#[test]
fn neighbour_discovery() {
    let Some(devices) = devices("disc_ipv6_nd_ra.pcap") else { return };
    assert_eq!(devices.len(), 8, "{devices:#?}");
    for number in 1..=8 {
        let device = host(&devices, number);
        let link_local = format!("fe80::77:ff:fe00:{number}");
        assert!(each(&device["ips"], "ip").contains(&&*link_local), "{device:#}");
        assert_eq!(has_role(device, "router"), number == 2, "{device:#}");
    }
    for number in [1, 2] {
        assert!(has_ip(host(&devices, number), &format!("fd77::{number}"), "ndp"));
    }
}
