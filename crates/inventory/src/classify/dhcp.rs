//! Who asks for an address in which words.
//!
//! The vendor class (RFC 2132 s9.13) is the client's own word; the order in which it asks for
//! options is a habit of the program, and a device's operating system decides the program.

use crate::sighting::About::{self, Model, Os, Type, Vendor};
use crate::watcher::Heard;

/// The kind of sign that these votes are.
const SOURCE: &str = "dhcp";

/// What a sign says: about what, the value and how often that is right.
type Says = &'static [(About, &'static str, u8)];

/// Beginnings of vendor classes; of several that fit the first speaks.
const VENDOR_CLASSES: &[(&str, Says)] = &[
    ("MSFT 98", &[(Os, "Windows 98", 90), (Type, "computer", 80)]),
    ("MSFT 5.0 XBOX", &[(Os, "Xbox", 95), (Type, "game-console", 95), (Vendor, "Microsoft", 95)]),
    ("MSFT 5.0", &[(Os, "Windows", 92), (Type, "computer", 70)]),
    ("MSFT IIS", &[(Os, "Windows", 85)]),
    ("MSFT", &[(Os, "Windows", 80)]),
    ("android-dhcp", &[(Os, "Android", 92), (Type, "phone", 45)]),
    ("dhcpcd", &[(Os, "Linux", 50)]),
    ("udhcp", &[(Os, "Linux", 80)]),
    ("ubnt", &[(Vendor, "Ubiquiti", 92), (Type, "network-device", 75)]),
    ("Cisco AP", &[(Vendor, "Cisco", 95), (Type, "access-point", 95)]),
    ("Cisco Systems, Inc. IP Phone", &[(Vendor, "Cisco", 97), (Type, "voip-phone", 97)]),
    ("ciscopnp", &[(Vendor, "Cisco", 92), (Type, "network-device", 80)]),
    ("Cisco", &[(Vendor, "Cisco", 85)]),
    ("ArubaAP", &[(Vendor, "Aruba", 95), (Type, "access-point", 95)]),
    ("ArubaInstantAP", &[(Vendor, "Aruba", 95), (Type, "access-point", 95)]),
    ("Ruckus CPE", &[(Vendor, "Ruckus", 95), (Type, "access-point", 90)]),
    ("MERAKI", &[(Vendor, "Cisco Meraki", 92), (Type, "network-device", 70)]),
    ("HP Printer", &[(Vendor, "HP", 95), (Type, "printer", 97)]),
    ("Hewlett-Packard JetDirect", &[(Vendor, "HP", 95), (Type, "printer", 95)]),
    ("Hewlett-Packard OfficeJet", &[(Vendor, "HP", 95), (Type, "printer", 95)]),
    ("Hewlett-Packard LaserJet", &[(Vendor, "HP", 95), (Type, "printer", 95)]),
    ("docsis", &[(Type, "router", 75)]),
    ("pktc", &[(Type, "voip-gateway", 75)]),
    ("Polycom", &[(Vendor, "Polycom", 95), (Type, "voip-phone", 90)]),
    ("yealink", &[(Vendor, "Yealink", 95), (Type, "voip-phone", 92)]),
    ("Aastra", &[(Vendor, "Aastra", 95), (Type, "voip-phone", 92)]),
    ("ccp.avaya.com", &[(Vendor, "Avaya", 95), (Type, "voip-phone", 85)]),
    ("Avaya", &[(Vendor, "Avaya", 92), (Type, "voip-phone", 80)]),
    ("snom", &[(Vendor, "Snom", 95), (Type, "voip-phone", 92)]),
    ("Grandstream", &[(Vendor, "Grandstream", 95), (Type, "voip-phone", 75)]),
    ("LINKSYS SPA", &[(Vendor, "Linksys", 92), (Type, "voip-phone", 80)]),
    ("MikroTik", &[(Vendor, "MikroTik", 95), (Os, "RouterOS", 92), (Type, "router", 80)]),
    ("Juniper", &[(Vendor, "Juniper", 95), (Os, "Junos", 80), (Type, "network-device", 75)]),
    ("Arista", &[(Vendor, "Arista", 95), (Type, "switch", 85)]),
    ("FortiAP", &[(Vendor, "Fortinet", 95), (Type, "access-point", 92)]),
    ("FortiGate", &[(Vendor, "Fortinet", 95), (Type, "firewall", 92)]),
    ("Fortinet", &[(Vendor, "Fortinet", 90)]),
    ("SAMSUNG Network Printer", &[(Vendor, "Samsung", 95), (Type, "printer", 95)]),
    ("Lexmark", &[(Vendor, "Lexmark", 95), (Type, "printer", 92)]),
    ("XEROX", &[(Vendor, "Xerox", 92), (Type, "printer", 92)]),
    ("AXIS,", &[(Vendor, "Axis", 95), (Type, "camera", 80)]),
    ("PS4", &[(Os, "PlayStation 4", 90), (Type, "game-console", 92)]),
    ("PS5", &[(Os, "PlayStation 5", 90), (Type, "game-console", 92)]),
    ("ChromeOS", &[(Os, "ChromeOS", 90), (Type, "laptop", 70)]),
    ("AAPLBSDPC", &[(Vendor, "Apple", 92), (Os, "macOS", 80)]),
    ("PXEClient", &[(Type, "computer", 55)]),
];

/// Beginnings of the options asked for, in the order asked.
const FINGERPRINTS: &[(&str, Says)] = &[
    ("1,3,6,15,31,33,43,44,46,47,119,121,249,252", &[(Os, "Windows 10", 80), (Type, "computer", 60)]),
    ("1,15,3,6,44,46,47,31,33,121,249", &[(Os, "Windows 7", 70), (Type, "computer", 60)]),
    ("1,15,3,6,44,46,47,31,33,249", &[(Os, "Windows XP", 70), (Type, "computer", 60)]),
    ("1,121,3,6,15,108,114,119,252,95,44,46", &[(Os, "macOS", 85), (Vendor, "Apple", 80)]),
    ("1,121,3,6,15,114,119,252,95,44,46", &[(Os, "macOS", 85), (Vendor, "Apple", 80)]),
    ("1,121,3,6,15,119,252,95,44,46", &[(Os, "macOS", 85), (Vendor, "Apple", 80)]),
    ("1,3,6,15,119,95,252,44,46", &[(Os, "macOS", 75), (Vendor, "Apple", 70)]),
    ("1,121,3,6,15,108,114,119,252", &[(Os, "iOS", 65), (Vendor, "Apple", 80)]),
    ("1,121,3,6,15,114,119,252", &[(Os, "iOS", 65), (Vendor, "Apple", 80)]),
    ("1,121,3,6,15,119,252", &[(Os, "iOS", 65), (Vendor, "Apple", 80)]),
    ("1,3,6,15,119,252", &[(Os, "iOS", 55), (Vendor, "Apple", 65)]),
    ("1,3,6,15,26,28,51,58,59,43", &[(Os, "Android", 85)]),
    ("1,33,3,6,15,26,28,51,58,59", &[(Os, "Android", 65)]),
    ("1,33,3,6,15,28,51,58,59", &[(Os, "Android", 60)]),
    ("1,28,2,3,15,6,119,12,44,47,26,121,42", &[(Os, "Linux", 75)]),
    ("1,28,2,3,15,6,12,44,47,26,121,42", &[(Os, "Linux", 75)]),
    ("1,28,2,121,15,6,12,40,41,42,26,119,3", &[(Os, "Linux", 75)]),
    ("1,2,6,12,15,26,28,121,3,33,40,41,42,119,249,252", &[(Os, "Linux", 80)]),
    ("1,2,3,6,12,15,17,26,28,33,40,41,42,119,121,249,252", &[(Os, "Linux", 80)]),
    ("1,28,2,3,15,6,12", &[(Os, "Linux", 55)]),
    ("1,3,6,12,15,28,42", &[(Os, "Linux", 60)]),
    // lwIP's client: microcontrollers.
    ("1,3,28,6", &[(Type, "iot", 60)]),
];

/// Votes for what the vendor class and the options asked for tell.
pub(crate) fn votes(vendor_class: &str, fingerprint: &str, heard: &mut Heard<'_>) {
    if !vendor_class.is_empty() {
        by_vendor_class(vendor_class, heard);
    }
    // Longer than the known part by whole codes only.
    let fits = |known: &str| {
        fingerprint.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
    };
    if let Some((_, says)) = FINGERPRINTS.iter().find(|(known, _)| fits(known)) {
        tell(says, &format!("asks for options {fingerprint}"), heard);
    }
}

fn by_vendor_class(class: &str, heard: &mut Heard<'_>) {
    let reason = format!("vendor class {class:?}");
    let known = VENDOR_CLASSES.iter().find(|(known, _)| begins(class, known));
    if let Some((_, says)) = known {
        tell(says, &reason, heard);
    }
    let after = |prefix: &str| if begins(class, prefix) { class.get(prefix.len()..) } else { None };
    if let Some(version) = after("android-dhcp-").filter(|version| !version.is_empty()) {
        heard.vote(Os, &format!("Android {version}"), 95, SOURCE, &reason);
    }
    if let Some(rest) = after("Cisco AP ") {
        heard.vote(Model, rest, 90, SOURCE, &reason);
    }
    // "dhcpcd-9.4.1:Linux-6.1.0-rpi7-rpi-v8:aarch64:BCM2835"
    if class.starts_with("dhcpcd") {
        let mut parts = class.split(':').skip(1);
        if let Some((system, version)) = parts.next().and_then(|part| part.split_once('-')) {
            let version = version.split('-').next().unwrap_or_default();
            heard.vote(Os, &format!("{system} {version}"), 90, SOURCE, &reason);
        }
        if parts.nth(1).is_some_and(|machine| machine.starts_with("BCM2")) {
            heard.vote(Type, "single-board-computer", 85, SOURCE, &reason);
            heard.vote(Vendor, "Raspberry Pi", 80, SOURCE, &reason);
        }
    }
    in_fields(class, &reason, heard);
}

/// `Mfg=HP;Typ=Printer;Mod=HP LaserJet ...;Ser=...;`, as printers have it.
fn in_fields(class: &str, reason: &str, heard: &mut Heard<'_>) {
    if !begins(class, "Mfg=") {
        return;
    }
    for (name, value) in class.split(';').filter_map(|field| field.split_once('=')) {
        match name.to_ascii_lowercase().as_str() {
            "mfg" => heard.vote(Vendor, value, 95, SOURCE, reason),
            "mod" => heard.vote(Model, value, 95, SOURCE, reason),
            "typ" if value.eq_ignore_ascii_case("printer") => heard.vote(Type, "printer", 97, SOURCE, reason),
            _ => heard,
        };
    }
}

fn begins(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn tell(says: Says, reason: &str, heard: &mut Heard<'_>) {
    for (about, value, weight) in says {
        heard.vote(*about, value, *weight, SOURCE, reason);
    }
}
