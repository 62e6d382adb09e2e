//! Cisco's discovery protocol, versions 1 and 2, and ISDP, which is the same: name, model, software,
//! port, addresses and what the device does for others.

use std::net::IpAddr;

use dpi::Reader;
use wire::Flags;

use crate::cdp_message::{Message, addresses, kind};
use crate::classify::system;
use crate::discovery::{address, bits, name, own_name, station, text};
use crate::network::Network;
use crate::sighting::{About, Fact, Identity, Role};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const CDP: Watcher = Watcher {
    name: "cdp",
    on: &[On::Snap([0x00, 0x00, 0x0c], 0x2000)],
    notes: &[(
        SECTION,
        &[
            "version",
            "hold_seconds",
            "device_id",
            "addresses",
            "management_addresses",
            "port_id",
            "capabilities",
            "software",
            "platform",
            "vtp_domain",
            "native_vlan",
            "voice_vlan",
            "duplex",
            "power_milliwatts",
            "mtu_bytes",
            "system_name",
            "location",
            "prefixes",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "cdp";

/// Values that only CDP has.
mod own {
    pub(super) const PREFIXES: u16 = 0x07;
    pub(super) const VTP_DOMAIN: u16 = 0x09;
    pub(super) const NATIVE_VLAN: u16 = 0x0a;
    pub(super) const DUPLEX: u16 = 0x0b;
    pub(super) const VOICE_VLAN: u16 = 0x0e;
    pub(super) const POWER: u16 = 0x10;
    pub(super) const MTU: u16 = 0x11;
    pub(super) const SYSTEM_NAME: u16 = 0x14;
    pub(super) const MANAGEMENT: u16 = 0x16;
    pub(super) const LOCATION: u16 = 0x17;
}

const CAPABILITIES: &[&str] = &[
    "router",
    "transparent-bridge",
    "source-route-bridge",
    "switch",
    "host",
    "igmp",
    "repeater",
    "phone",
    "remotely-managed",
    "camera",
    "two-port-relay",
];
const ROUTER: u32 = 1;
const SWITCH: u32 = 1 << 3;
const PHONE: u32 = 1 << 7;

/// Beginnings of platforms, in lower case and without the maker's name.
const PLATFORMS: &[(&str, &str, u8)] = &[
    ("ip phone", "voip-phone", 97),
    ("air-ct", "network-device", 90),
    ("air-", "access-point", 93),
    ("c91", "access-point", 90),
    ("ws-c", "switch", 92),
    ("c9", "switch", 90),
    ("c1000", "switch", 90),
    ("n2k-", "switch", 92),
    ("n3k-", "switch", 92),
    ("n5k-", "switch", 92),
    ("n7k-", "switch", 92),
    ("n9k-", "switch", 92),
    ("sg", "switch", 85),
    ("ie-", "switch", 85),
    ("isr", "router", 92),
    ("asr", "router", 92),
    ("csr", "router", 90),
    ("asa", "firewall", 92),
    ("ata", "voip-gateway", 88),
    ("vg", "voip-gateway", 85),
    ("civs-ipc", "camera", 92),
    ("vmware esx", "hypervisor", 95),
];

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(message) = Message::parse(look.payload, look.packet.flags.has(Flags::TRUNCATED)) else { return };
    let me = station(look.src_mac);
    heard.about(me).note(SECTION, "version", message.version).note(SECTION, "hold_seconds", message.hold_s);
    if message.hold_s == 0 {
        return;
    }
    let device = message.get(kind::DEVICE).map(text).unwrap_or_default();
    heard.text(SECTION, "device_id", &device);
    call(&message, &device, heard);
    let platform = message.get(kind::PLATFORM).map(text).unwrap_or_default();
    let software = message.get(kind::VERSION).map(text).unwrap_or_default();
    heard.text(SECTION, "platform", &platform).text(SECTION, "software", &software);
    let described = system::vote(heard, &software, "cdp");
    let is_computer = described.is_some_and(|system| system.is_computer);
    model(&platform, is_computer, heard);
    forwards(&message, &platform, is_computer, heard);
    link(&message, heard);
    let mut own = Vec::new();
    for (field, kind) in [("addresses", kind::ADDRESSES), ("management_addresses", own::MANAGEMENT)] {
        for ip in message.get(kind).map(addresses).unwrap_or_default() {
            heard.add(SECTION, field, &ip.to_string());
            own.push(ip);
        }
    }
    if let Some(identity) = identity(&device, own.first()) {
        heard.identity(identity);
    }
    for ip in own {
        address(heard, me, ip);
    }
}

/// A device id is a host name, with the serial number in brackets on some, or nothing but that.
fn call(message: &Message<'_>, device: &str, heard: &mut Heard<'_>) {
    match message.get(own::SYSTEM_NAME) {
        Some(system) if !system.is_empty() => {
            heard.text(SECTION, "system_name", &text(system));
            own_name(heard, system);
        }
        _ => own_name(heard, device.split('(').next().unwrap_or(device).as_bytes()),
    }
}

/// Host names are given twice: only with a serial number or a hardware address in it is a device id
/// one that no two devices share; else with the address that the device is reached by.
fn identity(device: &str, ip: Option<&IpAddr>) -> Option<Identity> {
    let bracketed = device.split_once('(').is_some_and(|(_, serial)| serial.len() > 8);
    let digits = |text: &str| text.chars().filter(char::is_ascii_hexdigit).count() >= 12;
    let phone = device.get(..3).is_some_and(|start| matches!(start, "SEP" | "ATA")) && digits(device);
    if bracketed || phone {
        return Some(Identity::Chassis(device.into()));
    }
    ip.map(|ip| Identity::Chassis(format!("{device} {ip}").into()))
}

fn model(platform: &str, is_computer: bool, heard: &mut Heard<'_>) {
    let lower = platform.to_ascii_lowercase();
    let plain = lower.strip_prefix("cisco ").unwrap_or(&lower);
    let reason = format!("CDP platform \"{platform}\"");
    if lower.starts_with("cisco") {
        heard.vote(About::Vendor, "Cisco", 95, "cdp", &reason);
    }
    if !platform.is_empty() && !is_computer {
        let name = platform.get(platform.len() - plain.len()..).unwrap_or(platform);
        heard.vote(About::Model, name, 92, "cdp", &reason);
    }
    if let Some((_, kind, weight)) = PLATFORMS.iter().find(|(start, ..)| plain.starts_with(start)) {
        heard.vote(About::Type, kind, *weight, "cdp", &reason);
    }
}

/// What the device does for others.
fn forwards(message: &Message<'_>, platform: &str, is_computer: bool, heard: &mut Heard<'_>) {
    let Some(Ok(value)) = message.get(kind::CAPABILITIES).map(<[u8; 4]>::try_from) else { return };
    let capabilities = u32::from_be_bytes(value);
    for name in bits(capabilities, CAPABILITIES) {
        heard.add(SECTION, "capabilities", name);
    }
    let has = |bit| capabilities & bit != 0;
    if has(PHONE) {
        heard.role(Role::Phone);
        heard.vote(About::Type, "voip-phone", 92, "cdp", "CDP capability phone");
        return;
    }
    // Access points say that they route and bridge.
    let platform = platform.to_ascii_lowercase();
    if platform.contains("air-") && !platform.contains("air-ct") {
        heard.role(Role::AccessPoint);
        return;
    }
    if has(ROUTER) {
        heard.role(Role::Router);
    }
    if has(SWITCH) && !is_computer {
        heard.role(Role::Switch);
    }
    if is_computer {
        return;
    }
    match (has(SWITCH), has(ROUTER)) {
        (true, true) => heard.vote(About::Type, "switch", 65, "cdp", "CDP capabilities switch and router"),
        (true, false) => heard.vote(About::Type, "switch", 88, "cdp", "CDP capability switch"),
        (false, true) => heard.vote(About::Type, "router", 75, "cdp", "CDP capability router"),
        (false, false) => return,
    };
}

/// What is said of the port.
fn link(message: &Message<'_>, heard: &mut Heard<'_>) {
    for (kind, value) in &message.values {
        match (*kind, *value) {
            (kind::PORT, value) => {
                if let Some(port) = name(value) {
                    heard.text(SECTION, "port_id", &port);
                    heard.say(Fact::Port { port });
                }
            }
            (own::VTP_DOMAIN, value) => drop(heard.text(SECTION, "vtp_domain", &text(value))),
            (own::NATIVE_VLAN, [high, low]) => {
                heard.note(SECTION, "native_vlan", u16::from_be_bytes([*high, *low]));
            }
            (own::VOICE_VLAN, [_, high, low]) => {
                heard.note(SECTION, "voice_vlan", u16::from_be_bytes([*high, *low]));
            }
            (own::DUPLEX, [full]) => {
                heard.note(SECTION, "duplex", if *full == 0 { "half" } else { "full" });
            }
            (own::POWER, [high, low]) => {
                heard.note(SECTION, "power_milliwatts", u16::from_be_bytes([*high, *low]));
            }
            (own::MTU, [a, b, c, d]) => {
                heard.note(SECTION, "mtu_bytes", u32::from_be_bytes([*a, *b, *c, *d]));
            }
            // A character set before the words.
            (own::LOCATION, [_, words @ ..]) => drop(heard.text(SECTION, "location", &text(words))),
            (own::PREFIXES, value) => prefixes(value, heard),
            _ => {}
        }
    }
}

/// Networks behind a stub router (address and length of each); a hub sends its address alone.
fn prefixes(value: &[u8], heard: &mut Heard<'_>) {
    let (prefixes, []) = value.as_chunks::<5>() else { return };
    for prefix in prefixes {
        let mut reader = Reader::new(prefix);
        let (Some(address), Some(prefix @ 0..=32)) = (reader.array::<4>(), reader.u8()) else { continue };
        let network = Network { address: address.into(), prefix };
        heard.add(SECTION, "prefixes", &format!("{}/{}", network.address, network.prefix));
    }
}

#[cfg(test)]
#[path = "cdp_tests.rs"]
mod tests;
