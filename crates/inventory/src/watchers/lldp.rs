//! LLDP (IEEE 802.1AB) with the extensions of IEEE 802.1 and 802.3, LLDP-MED (ANSI/TIA-1057) and
//! PROFINET: a device's name, system, port, addresses and what it does for others.

use dpi::Reader;
use wire::{Flags, MacAddr};

use crate::classify::system::{self, Description};
use crate::discovery::{address, bits, chassis, ip, mac, own_name, serial, station, text};
use crate::lldp_message::{Message, kind};
use crate::sighting::{About, Fact, Identity, Role, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const LLDP: Watcher = Watcher {
    name: "lldp",
    on: &[On::EtherType(ETHER_TYPE)],
    notes: &[(
        SECTION,
        &[
            "chassis_id",
            "port_id",
            "port_description",
            "ttl_seconds",
            "withdrawn",
            "system_name",
            "system_description",
            "capabilities",
            "management_addresses",
            "port_vlan",
            "vlans",
            "link_mau_type",
            "link_speed_mbps",
            "max_frame_bytes",
            "aggregation_port",
            "power",
            "power_watts",
            "med_class",
            "med_policies",
            "hardware_revision",
            "firmware",
            "software",
            "serial_number",
            "manufacturer",
            "model",
            "asset_id",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "lldp";
const ETHER_TYPE: u16 = 0x88cc;

/// Bits of system capabilities (IEEE 802.1AB table 8-4).
const CAPABILITIES: &[&str] = &[
    "other",
    "repeater",
    "bridge",
    "wlan-access-point",
    "router",
    "telephone",
    "docsis",
    "station",
    "c-vlan",
    "s-vlan",
    "two-port-relay",
];

mod capability {
    pub(super) const BRIDGE: u16 = 1 << 2;
    pub(super) const ACCESS_POINT: u16 = 1 << 3;
    pub(super) const ROUTER: u16 = 1 << 4;
    pub(super) const TELEPHONE: u16 = 1 << 5;
    pub(super) const DOCSIS: u16 = 1 << 6;
}

/// Organisations of TLVs of type 127.
const IEEE_802_1: [u8; 3] = [0x00, 0x80, 0xc2];
const IEEE_802_3: [u8; 3] = [0x00, 0x12, 0x0f];
const MED: [u8; 3] = [0x00, 0x12, 0xbb];
const PROFINET: [u8; 3] = [0x00, 0x0e, 0xcf];

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(message) = Message::parse(look.payload, look.packet.flags.has(Flags::TRUNCATED)) else { return };
    let me = station(look.src_mac);
    identify(&message, me, heard);
    heard.about(me).note(SECTION, "ttl_seconds", message.ttl_s);
    if message.ttl_s == 0 {
        // A shutdown message (s9.2.7.7.2) says no more than who goes.
        heard.note(SECTION, "withdrawn", true);
        return;
    }
    heard.note(SECTION, "withdrawn", false);
    port(&message, heard);
    let system = system(&message, heard);
    capabilities(&message, system.as_ref(), heard);
    let mut med = Inventory::default();
    for (kind, value) in &message.optional {
        match (*kind, *value) {
            (kind::MANAGEMENT_ADDRESS, value) => management_address(value, me, heard),
            (kind::ORGANISATION, [a, b, c, subtype, rest @ ..]) => match [*a, *b, *c] {
                IEEE_802_1 => ieee_802_1(*subtype, rest, heard),
                IEEE_802_3 => ieee_802_3(*subtype, rest, heard),
                MED => med.read(*subtype, rest, heard),
                // The chassis' hardware address (IEC 61158-6-10 s4.3.1.4.6).
                PROFINET if *subtype == 5 => {
                    if let Some(own) = mac(rest) {
                        chassis(heard, me, own);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    med.tell(heard);
}

/// The chassis id, if it is of a kind that no two devices share.
fn identify(message: &Message<'_>, me: Subject, heard: &mut Heard<'_>) {
    let (subtype, id) = message.chassis;
    heard.about(me).text(SECTION, "chassis_id", &identifier(subtype, id));
    match subtype {
        4 => {
            if let Some(own) = mac(id) {
                chassis(heard, me, own);
            }
        }
        5 => {
            if let Some(own) = network_address(id) {
                heard.identity(Identity::Chassis(own.to_string().into()));
                address(heard, me, own);
            }
        }
        // Locally assigned: often just a name, which two devices may have; with the system's name and
        // description, and at least a digit, it is this one's.
        7 => {
            let local = text(id);
            let name = message.get(kind::SYSTEM_NAME).map(text).unwrap_or_default();
            if local.chars().any(|c| c.is_ascii_digit()) && local.len() >= 6 {
                heard.identity(Identity::Chassis(format!("{local} {name}").trim().into()));
            }
        }
        _ => {}
    }
}

/// A chassis or port id in words.
fn identifier(subtype: u8, id: &[u8]) -> Box<str> {
    // The numbers of these kinds differ between chassis and port only in what is local to the device:
    // a hardware address is 4 for one and 3 for the other, and six bytes for both.
    if let (3 | 4, [a, b, c, d, e, f]) = (subtype, id) {
        return MacAddr([*a, *b, *c, *d, *e, *f]).to_string().into();
    }
    match network_address(id) {
        Some(ip) if matches!(subtype, 4 | 5) => ip.to_string().into(),
        _ => text(id),
    }
}

/// An address behind its family (IANA address-family-numbers: 1 IPv4, 2 IPv6).
fn network_address(id: &[u8]) -> Option<std::net::IpAddr> {
    match id {
        [1, rest @ ..] if rest.len() == 4 => ip(rest),
        [2, rest @ ..] if rest.len() == 16 => ip(rest),
        _ => None,
    }
}

fn port(message: &Message<'_>, heard: &mut Heard<'_>) {
    let (subtype, id) = message.port;
    let id = identifier(subtype, id);
    let description = message.get(kind::PORT_DESCRIPTION).map(text).unwrap_or_default();
    heard.text(SECTION, "port_id", &id).text(SECTION, "port_description", &description);
    // People call a port by its name; a number or a hardware address is what programs call it.
    let is_number = id.chars().all(|c| c.is_ascii_digit());
    let name = match subtype {
        3 | 4 | 7 if !description.is_empty() && (is_number || subtype != 7) => description,
        _ => id,
    };
    if !name.is_empty() {
        heard.say(Fact::Port { port: name });
    }
}

fn system(message: &Message<'_>, heard: &mut Heard<'_>) -> Option<Description> {
    if let Some(name) = message.get(kind::SYSTEM_NAME) {
        own_name(heard, name);
        heard.text(SECTION, "system_name", &text(name));
    }
    let description = text(message.get(kind::SYSTEM_DESCRIPTION)?);
    heard.text(SECTION, "system_description", &description);
    system::vote(heard, &description, "lldp")
}

/// What it does for others: of what it could do (the first two bytes), what is switched on.
fn capabilities(message: &Message<'_>, system: Option<&Description>, heard: &mut Heard<'_>) {
    let Some([_, _, high, low]) = message.get(kind::CAPABILITIES) else { return };
    let enabled = u16::from_be_bytes([*high, *low]);
    let has = |bit: u16| enabled & bit != 0;
    for name in bits(enabled.into(), CAPABILITIES) {
        heard.add(SECTION, "capabilities", name);
    }
    if has(capability::TELEPHONE) {
        // It bridges for the computer behind it, which does not make it a switch.
        heard.role(Role::Phone);
        heard.vote(About::Type, "voip-phone", 92, "lldp", "LLDP capability telephone is enabled");
        return;
    }
    // A computer forwards for its containers and virtual machines.
    let is_computer = system.is_some_and(|system| system.is_computer);
    if has(capability::ACCESS_POINT) {
        heard.role(Role::AccessPoint);
        let weight = if has(capability::ROUTER) { 55 } else { 90 };
        heard.vote(
            About::Type,
            "access-point",
            weight,
            "lldp",
            "LLDP capability WLAN access point is enabled",
        );
    }
    if has(capability::ROUTER) {
        heard.role(Role::Router);
        if !is_computer {
            let weight = if has(capability::BRIDGE) { 50 } else { 85 };
            heard.vote(About::Type, "router", weight, "lldp", "LLDP capability router is enabled");
        }
    }
    if has(capability::BRIDGE) && !has(capability::ACCESS_POINT) && !is_computer {
        heard.role(Role::Switch);
        let weight = if has(capability::ROUTER) { 65 } else { 88 };
        heard.vote(About::Type, "switch", weight, "lldp", "LLDP capability bridge is enabled");
    }
    if has(capability::DOCSIS) {
        heard.vote(About::Type, "router", 60, "lldp", "LLDP capability DOCSIS cable device is enabled");
    }
}

/// IEEE 802.1AB s8.5.9: length and family of the address, itself, then the interface.
fn management_address(value: &[u8], me: Subject, heard: &mut Heard<'_>) {
    let mut reader = Reader::new(value);
    let Some(own) = reader.block8().and_then(network_address) else { return };
    heard.add(SECTION, "management_addresses", &own.to_string());
    address(heard, me, own);
}

/// IEEE 802.1Q annex D.
fn ieee_802_1(subtype: u8, value: &[u8], heard: &mut Heard<'_>) {
    match (subtype, value) {
        (1, [high, low]) => {
            heard.note(SECTION, "port_vlan", u16::from_be_bytes([*high, *low]));
        }
        (3, [high, low, len, rest @ ..]) if usize::from(*len) == rest.len() => {
            let vlan = u16::from_be_bytes([*high, *low]) & 0xfff;
            heard.add(SECTION, "vlans", &format!("{vlan} {}", text(rest)));
        }
        (7, value) => aggregation(value, heard),
        _ => {}
    }
}

/// IEEE 802.3 clause 79.
fn ieee_802_3(subtype: u8, value: &[u8], heard: &mut Heard<'_>) {
    match (subtype, value) {
        (1, [_, _, _, high, low]) => {
            let mau = u16::from_be_bytes([*high, *low]);
            heard.note(SECTION, "link_mau_type", mau);
            if let Some(speed_mbps) = speed_mbps(mau) {
                heard.note(SECTION, "link_speed_mbps", speed_mbps);
            }
        }
        (2, [support, _, class, rest @ ..]) => {
            let side = if support & 1 == 1 { "source" } else { "powered" };
            heard.text(SECTION, "power", &format!("{side}, class {}", class.saturating_sub(1)));
            // IEEE 802.3 s79.3.2.6: what the powered side asks for, in tenths of a watt.
            if let [_, high, low, ..] = rest {
                watts(u16::from_be_bytes([*high, *low]), heard);
            }
        }
        (3, value) => aggregation(value, heard),
        (4, [high, low]) => {
            heard.note(SECTION, "max_frame_bytes", u16::from_be_bytes([*high, *low]));
        }
        _ => {}
    }
}

/// The port is in an aggregation (second bit): its number there.
fn aggregation(value: &[u8], heard: &mut Heard<'_>) {
    if let [status, a, b, c, d] = value
        && status & 2 != 0
    {
        heard.note(SECTION, "aggregation_port", u32::from_be_bytes([*a, *b, *c, *d]));
    }
}

fn watts(tenths: u16, heard: &mut Heard<'_>) {
    if tenths > 0 {
        heard.text(SECTION, "power_watts", &format!("{}.{}", tenths / 10, tenths % 10));
    }
}

/// MAU types of twisted pair and common fibre (IANA-MAU-MIB).
fn speed_mbps(mau: u16) -> Option<u32> {
    Some(match mau {
        5 | 10 | 11 => 10,
        14..=18 => 100,
        21..=30 => 1000,
        31..=41 | 54..=56 => 10_000,
        _ => return None,
    })
}

/// What LLDP-MED says of the hardware (ANSI/TIA-1057 s10.2.6).
#[derive(Default)]
struct Inventory {
    serial: Box<str>,
    manufacturer: Box<str>,
    model: Box<str>,
}

impl Inventory {
    fn read(&mut self, subtype: u8, value: &[u8], heard: &mut Heard<'_>) {
        match (subtype, value) {
            (1, [_, _, class]) => Self::class(*class, heard),
            (2, [application, a, b, c]) => policy(*application, [*a, *b, *c], heard),
            (4, [_, high, low]) => watts(u16::from_be_bytes([*high, *low]), heard),
            (5, value) => drop(heard.text(SECTION, "hardware_revision", &text(value))),
            (6, value) => drop(heard.text(SECTION, "firmware", &text(value))),
            (7, value) => drop(heard.text(SECTION, "software", &text(value))),
            (8, value) => self.serial = text(value),
            (9, value) => self.manufacturer = text(value),
            (10, value) => self.model = text(value),
            (11, value) => drop(heard.text(SECTION, "asset_id", &text(value))),
            _ => {}
        }
    }

    /// ANSI/TIA-1057 table 11.
    fn class(class: u8, heard: &mut Heard<'_>) {
        let name = match class {
            1 => "endpoint",
            2 => "media-endpoint",
            3 => "communication-endpoint",
            4 => "network",
            _ => return,
        };
        heard.text(SECTION, "med_class", name);
        match class {
            3 => {
                heard.vote(About::Type, "voip-phone", 80, "lldp", "LLDP-MED class III: communication device")
            }
            4 => {
                heard.vote(About::Type, "network-device", 50, "lldp", "LLDP-MED class: network connectivity")
            }
            _ => heard,
        };
    }

    fn tell(&self, heard: &mut Heard<'_>) {
        heard.text(SECTION, "serial_number", &self.serial);
        heard.text(SECTION, "manufacturer", &self.manufacturer);
        heard.text(SECTION, "model", &self.model);
        if !self.manufacturer.is_empty() {
            heard.vote(About::Vendor, &self.manufacturer, 95, "lldp", "LLDP-MED manufacturer name");
        }
        if !self.model.is_empty() {
            heard.vote(About::Model, &self.model, 95, "lldp", "LLDP-MED model name");
        }
        if let Some(identity) = serial(&self.manufacturer, &self.serial) {
            heard.identity(identity);
        }
    }
}

/// ANSI/TIA-1057 s10.2.3: what it is for, then unknown, tagged and reserved bits, VLAN, priority, DSCP.
fn policy(application: u8, [a, b, c]: [u8; 3], heard: &mut Heard<'_>) {
    const NAMES: [&str; 8] = [
        "voice",
        "voice-signaling",
        "guest-voice",
        "guest-voice-signaling",
        "softphone-voice",
        "video-conferencing",
        "streaming-video",
        "video-signaling",
    ];
    let index = usize::from(application).checked_sub(1);
    let Some(name) = index.and_then(|index| NAMES.get(index)) else { return };
    let bits = u32::from_be_bytes([0, a, b, c]);
    let (vlan, priority, dscp) = (bits >> 9 & 0xfff, bits >> 6 & 7, bits & 0x3f);
    let policy = match (a & 0x80 != 0, a & 0x40 != 0) {
        (true, _) => format!("{name} unknown"),
        (_, true) => format!("{name} vlan {vlan} priority {priority} dscp {dscp}"),
        _ => format!("{name} untagged dscp {dscp}"),
    };
    heard.add(SECTION, "med_policies", &policy);
}

#[cfg(test)]
#[path = "lldp_tests.rs"]
mod tests;
