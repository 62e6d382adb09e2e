//! Which devices packets make: whose address is whose, and what is no device at all.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod common;

use std::net::IpAddr;

use common::capture_file::pcap;
use common::{json_lines, stdout_of, text};
use serde_json::Value;
use testlab::frames::{TCP, UDP, ip, ports, udp};

const A: [u8; 6] = [0x00, 0x53, 0, 0, 0, 0x0a];
const B: [u8; 6] = [0x00, 0x53, 0, 0, 0, 0x0b];
const ROUTER: [u8; 6] = [0x00, 0x53, 0, 0, 0, 0x01];

/// Frames a second apart.
#[derive(Default)]
struct Wire(Vec<Vec<u8>>);

impl Wire {
    fn frame(&mut self, from: [u8; 6], to: [u8; 6], kind: u16, payload: &[u8]) -> &mut Self {
        self.0.push([&to[..], &from, &kind.to_be_bytes(), payload].concat());
        self
    }

    fn packet(
        &mut self,
        from: ([u8; 6], &str),
        to: ([u8; 6], &str),
        protocol: u8,
        payload: &[u8],
    ) -> &mut Self {
        let (src, dst): (IpAddr, IpAddr) = (from.1.parse().unwrap(), to.1.parse().unwrap());
        let kind = if src.is_ipv4() { 0x0800 } else { 0x86dd };
        self.frame(from.0, to.0, kind, &ip(src, dst, protocol, payload))
    }

    /// A question and its answer at a port.
    fn talk(&mut self, a: ([u8; 6], &str), b: ([u8; 6], &str), port: u16) -> &mut Self {
        self.packet(a, b, UDP, &udp(40_000, port, b"question"));
        self.packet(b, a, UDP, &udp(port, 40_000, b"a longer answer"))
    }

    fn arp(&mut self, mac: [u8; 6], address: &str) -> &mut Self {
        let address: std::net::Ipv4Addr = address.parse().unwrap();
        let fixed = [0, 1, 8, 0, 6, 4, 0, 1];
        let body = [&fixed[..], &mac, &address.octets(), &[0; 6], &[10, 0, 0, 254]].concat();
        self.frame(mac, [0xff; 6], 0x0806, &body)
    }

    fn devices(&self, name: &str) -> Vec<Value> {
        let frames = self
            .0
            .iter()
            .zip(0u64..)
            .map(|(frame, n)| (1_700_000_000_000_000_000 + n * 1_000_000_000, &frame[..]));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(name);
        std::fs::write(&file, pcap(frames)).unwrap();
        json_lines(&text(&stdout_of(&["read", "--json", "--print", "devices", file.to_str().unwrap()])))
    }
}

fn mac(bytes: [u8; 6]) -> String {
    bytes.map(|b| format!("{b:02x}")).join(":")
}

/// The device with this hardware address.
fn of(devices: &[Value], bytes: [u8; 6]) -> &Value {
    let mac = Value::from(mac(bytes));
    let found: Vec<_> = devices.iter().filter(|d| d["macs"].as_array().unwrap().contains(&mac)).collect();
    assert_eq!(found.len(), 1, "{mac} in {devices:#?}");
    found[0]
}

fn addresses(device: &Value) -> Vec<(&str, &str, bool)> {
    let ips = device["ips"].as_array().unwrap();
    ips.iter()
        .map(|i| (i["ip"].as_str().unwrap(), i["evidence"].as_str().unwrap(), i["current"] == true))
        .collect()
}

#[test]
fn remote_peers_are_not_the_gateways() {
    let mut wire = Wire::default();
    wire.arp(A, "10.0.0.5").arp(ROUTER, "10.0.0.1");
    for n in 1..200 {
        wire.talk((A, "10.0.0.5"), (ROUTER, &format!("198.51.100.{n}")), 53);
    }
    let devices = wire.devices("gateway.pcap");
    assert_eq!(devices.len(), 2, "{devices:#?}");
    assert_eq!(addresses(of(&devices, A)), [("10.0.0.5", "arp", true)]);
    let gateway = of(&devices, ROUTER);
    assert_eq!(addresses(gateway), [("10.0.0.1", "arp", true)]);
    assert!(gateway["roles"].as_array().unwrap().contains(&"gateway".into()), "{gateway:#}");
    assert_eq!(gateway["internet"]["in_bytes"], 0, "what it forwards is not its own");
    let a = of(&devices, A);
    assert_eq!(a["internet"]["out_packets"], 199);
    assert_eq!(a["internet"]["in_packets"], 199);
    assert_eq!(a["local"]["out_bytes"], 0);
    assert_eq!(a["connections"].as_array().unwrap().len(), 199);
}

#[test]
fn hosts_behind_a_router_are_devices_of_their_own() {
    let mut wire = Wire::default();
    wire.arp(A, "10.0.0.5");
    for n in 1..9 {
        wire.talk((ROUTER, &format!("10.1.{n}.7")), (A, "10.0.0.5"), 80);
    }
    let devices = wire.devices("behind.pcap");
    let router = of(&devices, ROUTER);
    assert_eq!(addresses(router), []);
    assert_eq!(router["joined"][0]["what"], "split");
    assert!(router["roles"].as_array().unwrap().contains(&"router".into()));
    let behind: Vec<_> = devices.iter().filter(|d| d["behind"] == router["id"]).collect();
    assert_eq!(behind.len(), 8, "{devices:#?}");
    assert!(behind.iter().all(|d| d["macs"].as_array().unwrap().is_empty()));
}

#[test]
fn an_address_moves_with_arp() {
    let mut wire = Wire::default();
    wire.arp(A, "10.0.0.5").arp(B, "10.0.0.6").arp(B, "10.0.0.5");
    let devices = wire.devices("moves.pcap");
    assert_eq!(addresses(of(&devices, A)), [("10.0.0.5", "arp", false)]);
    assert_eq!(addresses(of(&devices, B)), [("10.0.0.5", "arp", true), ("10.0.0.6", "arp", true)]);
}

#[test]
fn one_device_has_addresses_of_both_families() {
    let mut wire = Wire::default();
    wire.arp(A, "10.0.0.5").talk((A, "10.0.0.5"), (B, "10.0.0.6"), 53);
    wire.talk((A, "fe80::a"), (B, "fe80::b"), 53).talk((A, "fd00::a"), (B, "fd00::b"), 53);
    let devices = wire.devices("families.pcap");
    assert_eq!(devices.len(), 2);
    let ips: Vec<_> = addresses(of(&devices, A)).into_iter().map(|(ip, ..)| ip).collect();
    assert_eq!(ips, ["fd00::a", "fe80::a", "10.0.0.5"]);
}

#[test]
fn addresses_that_routers_take_turns_in_are_no_device() {
    let shared = [0x00, 0x00, 0x5e, 0x00, 0x01, 0x07];
    let mut wire = Wire::default();
    wire.arp(A, "10.0.0.5").talk((A, "10.0.0.5"), (shared, "203.0.113.1"), 443);
    let devices = wire.devices("virtual.pcap");
    assert_eq!(devices.len(), 1, "{devices:#?}");
}

#[test]
fn who_is_only_asked_for_is_not_there() {
    let syn = [&ports(40_000, 22, &[0; 8])[..], &[0x50, 2, 0xff, 0xff, 0, 0, 0, 0]].concat();
    let mut wire = Wire::default();
    wire.arp(A, "10.0.0.5");
    for n in 100..150 {
        wire.packet((A, "10.0.0.5"), (ROUTER, &format!("10.0.0.{n}")), TCP, &syn);
    }
    let devices = wire.devices("asked.pcap");
    assert_eq!(devices.len(), 1, "{devices:#?}");
}

#[test]
fn a_gateway_has_its_own_address_even_if_nobody_asked_for_it() {
    let mut wire = Wire::default();
    for n in 1..6 {
        wire.talk((A, "10.0.0.5"), (ROUTER, &format!("198.51.100.{n}")), 443);
    }
    wire.talk((A, "10.0.0.5"), (ROUTER, "10.0.0.1"), 53);
    // What is in another network is behind it.
    wire.talk((A, "10.0.0.5"), (ROUTER, "10.7.7.7"), 22);
    let devices = wire.devices("own.pcap");
    assert_eq!(addresses(of(&devices, ROUTER)), [("10.0.0.1", "traffic", true)]);
    let behind: Vec<_> = devices.iter().filter(|d| d["behind"] == of(&devices, ROUTER)["id"]).collect();
    assert_eq!(behind.len(), 1, "{devices:#?}");
}
