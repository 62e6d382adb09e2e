//! What the description and the enterprise number of an SNMP agent say.

use crate::sighting::About::{self, Model, Os, Type, Vendor};
use crate::watcher::Heard;

const SOURCE: &str = "snmp";

/// What a sign says: about what, the value and how often that is right.
type Says = &'static [(About, &'static str, u8)];

/// Enterprise numbers (IANA, private enterprise numbers) of makers of devices, and the kind of
/// thing where they make one above all.
const ENTERPRISES: &[(u32, &str, &str)] = &[
    (2, "IBM", ""),
    (9, "Cisco", ""),
    (11, "HP", ""),
    (42, "Sun", ""),
    (43, "3Com", ""),
    (63, "Apple", ""),
    (171, "D-Link", ""),
    (207, "Allied Telesis", ""),
    (232, "HPE", "server"),
    (236, "Samsung", ""),
    (253, "Xerox", "printer"),
    (311, "Microsoft", ""),
    (318, "APC", "ups"),
    (343, "Intel", ""),
    (367, "Ricoh", "printer"),
    (368, "Axis", "camera"),
    (476, "Vertiv", "ups"),
    (534, "Eaton", "ups"),
    (641, "Lexmark", "printer"),
    (674, "Dell", ""),
    (705, "MGE", "ups"),
    (789, "NetApp", "nas"),
    (850, "Tripp Lite", "ups"),
    (890, "Zyxel", ""),
    (1248, "Epson", "printer"),
    (1347, "Kyocera", "printer"),
    (1588, "Brocade", "switch"),
    (1602, "Canon", "printer"),
    (1916, "Extreme Networks", "switch"),
    (1991, "Foundry", "switch"),
    (2011, "Huawei", ""),
    (2435, "Brother", "printer"),
    (2620, "Check Point", "firewall"),
    (2636, "Juniper", ""),
    (3375, "F5", ""),
    (3808, "CyberPower", "ups"),
    (3902, "ZTE", ""),
    (4526, "Netgear", ""),
    (4881, "Ruijie", ""),
    (6486, "Alcatel-Lucent Enterprise", "switch"),
    (6527, "Nokia", ""),
    (6574, "Synology", "nas"),
    (6876, "VMware", "hypervisor"),
    (8691, "Moxa", ""),
    (8741, "SonicWall", "firewall"),
    (11863, "TP-Link", ""),
    (12356, "Fortinet", "firewall"),
    (14179, "Cisco", "access-point"),
    (14823, "Aruba", ""),
    (14988, "MikroTik", "router"),
    (18334, "Konica Minolta", "printer"),
    (24681, "QNAP", "nas"),
    (25053, "Ruckus", "access-point"),
    (25461, "Palo Alto Networks", "firewall"),
    (25506, "H3C", ""),
    (29671, "Cisco Meraki", ""),
    (30065, "Arista", "switch"),
    (39165, "Hikvision", "camera"),
    (41112, "Ubiquiti", ""),
];

/// Words of descriptions; all that are there speak, of each kind of vote the first.
const WORDS: &[(&str, Says)] = &[
    ("Cisco IOS XE", &[(Vendor, "Cisco", 95), (Type, "network-device", 80)]),
    ("Cisco IOS", &[(Vendor, "Cisco", 95), (Type, "network-device", 80)]),
    ("Cisco Internetwork Operating System", &[(Vendor, "Cisco", 95), (Type, "network-device", 80)]),
    ("Cisco NX-OS", &[(Vendor, "Cisco", 95), (Type, "switch", 85)]),
    ("Cisco Adaptive Security Appliance", &[(Vendor, "Cisco", 95), (Type, "firewall", 95)]),
    ("Juniper Networks", &[(Vendor, "Juniper", 95), (Type, "network-device", 80)]),
    ("RouterOS", &[(Vendor, "MikroTik", 95), (Type, "router", 80)]),
    ("ArubaOS", &[(Vendor, "Aruba", 95), (Type, "network-device", 80)]),
    ("ProCurve", &[(Vendor, "HP", 92), (Type, "switch", 90)]),
    ("Arista Networks", &[(Vendor, "Arista", 95), (Type, "switch", 88)]),
    ("ExtremeXOS", &[(Vendor, "Extreme Networks", 95), (Type, "switch", 92)]),
    ("Huawei Versatile Routing Platform", &[(Vendor, "Huawei", 95), (Type, "network-device", 80)]),
    ("FortiGate", &[(Vendor, "Fortinet", 95), (Type, "firewall", 92)]),
    ("Palo Alto Networks", &[(Vendor, "Palo Alto Networks", 95), (Type, "firewall", 92)]),
    ("SonicWALL", &[(Vendor, "SonicWall", 95), (Type, "firewall", 92)]),
    ("pfSense", &[(Os, "pfSense", 92), (Type, "firewall", 92)]),
    ("VMware ESX", &[(Vendor, "VMware", 85), (Type, "hypervisor", 95)]),
    ("HP ETHERNET MULTI-ENVIRONMENT", &[(Vendor, "HP", 95), (Type, "printer", 95)]),
    ("JETDIRECT", &[(Vendor, "HP", 90), (Type, "printer", 92)]),
    ("LaserJet", &[(Vendor, "HP", 90), (Type, "printer", 95)]),
    ("Brother NC-", &[(Vendor, "Brother", 95), (Type, "printer", 92)]),
    ("Lexmark ", &[(Vendor, "Lexmark", 95), (Type, "printer", 92)]),
    ("KYOCERA", &[(Vendor, "Kyocera", 95), (Type, "printer", 88)]),
    ("Xerox", &[(Vendor, "Xerox", 92), (Type, "printer", 88)]),
    ("RICOH", &[(Vendor, "Ricoh", 95), (Type, "printer", 88)]),
    ("APC Web/SNMP Management Card", &[(Vendor, "APC", 95), (Type, "ups", 88)]),
    ("AXIS", &[(Vendor, "Axis", 90), (Type, "camera", 75)]),
    ("SIMATIC", &[(Vendor, "Siemens", 95), (Type, "plc", 80)]),
    ("Modicon", &[(Vendor, "Schneider Electric", 92), (Type, "plc", 80)]),
    ("Wireless Access Point", &[(Type, "access-point", 80)]),
    ("EdgeOS", &[(Vendor, "Ubiquiti", 90), (Type, "router", 80), (Os, "EdgeOS", 90)]),
    ("Switch", &[(Type, "switch", 65)]),
];

/// Words before a version, and the operating system that has it.
const VERSIONS: &[(&str, &str)] = &[
    ("Cisco NX-OS(tm)", "Cisco NX-OS"),
    ("Cisco Adaptive Security Appliance Version ", "Cisco ASA"),
    ("JUNOS ", "Junos"),
    ("VMware ESXi ", "VMware ESXi"),
    ("ExtremeXOS version ", "ExtremeXOS"),
    ("EOS version ", "Arista EOS"),
    ("FreeBSD ", "FreeBSD"),
    ("Darwin Kernel Version ", "Darwin"),
];

pub(crate) fn by_enterprise(number: u32, weight: u8, reason: &str, heard: &mut Heard<'_>) {
    let Some((_, vendor, kind)) = ENTERPRISES.iter().find(|(known, _, _)| *known == number) else { return };
    heard.vote(Vendor, vendor, weight, SOURCE, reason);
    if !kind.is_empty() {
        heard.vote(Type, kind, weight.saturating_sub(15), SOURCE, reason);
    }
}

/// Votes for what sysDescr says.
pub(crate) fn by_description(text: &str, heard: &mut Heard<'_>) {
    let reason = format!("describes itself as {text:?}");
    let mut told: Vec<About> = Vec::new();
    for (_, says) in WORDS.iter().filter(|(word, _)| text.contains(word)) {
        for (about, value, weight) in *says {
            if !told.contains(about) {
                told.push(*about);
                heard.vote(*about, value, *weight, SOURCE, &reason);
            }
        }
    }
    if let Some(os) = system(text) {
        heard.vote(Os, &os, 92, SOURCE, &reason);
    }
    // HP's printers end theirs with "PID:HP LaserJet 400 M401n".
    if let Some((_, model)) = text.split_once("PID:") {
        let model = model.split(',').next().unwrap_or_default();
        heard.vote(Model, model, 95, SOURCE, &reason);
    }
    if let Some(model) = text.strip_prefix("RouterOS ") {
        heard.vote(Model, model, 92, SOURCE, &reason);
    }
}

fn system(text: &str) -> Option<String> {
    let version_after = |words: &str| {
        let rest = text.split_once(words)?.1.trim_start_matches([' ', ',']);
        let rest = rest.strip_prefix("Version ").unwrap_or(rest);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '(' | ')' | '-')));
        let version = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches('.');
        version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
    };
    let named =
        |os: &str, version: Option<&str>| version.map_or_else(|| os.to_owned(), |v| format!("{os} {v}"));
    if let Some(rest) = text.split_once("Software: Windows").map(|(_, rest)| rest) {
        let build = rest.split_once("(Build ").and_then(|(_, rest)| rest.split([' ', ')']).next());
        return Some(build.and_then(|build| build.parse().ok()).map_or("Windows", windows_of_build).into());
    }
    if text.contains("Cisco IOS") || text.contains("Cisco Internetwork Operating System") {
        let os =
            if text.contains("IOS XE") || text.contains("IOS-XE") { "Cisco IOS XE" } else { "Cisco IOS" };
        return Some(named(os, version_after("Version ")));
    }
    if text.starts_with("RouterOS") {
        return Some("RouterOS".into());
    }
    for (words, os) in VERSIONS {
        if text.contains(words) {
            return Some(named(os, version_after(words)));
        }
    }
    // Net-SNMP says what uname does: system, host, release.
    let mut words = text.split_whitespace();
    match (words.next(), words.nth(1)) {
        (Some("Linux"), Some(release)) => {
            let version =
                release.split(['-', '+']).next().filter(|v| v.starts_with(|c: char| c.is_ascii_digit()));
            Some(named("Linux", version))
        }
        (Some("Linux"), None) => Some("Linux".into()),
        _ => None,
    }
}

fn windows_of_build(build: u32) -> &'static str {
    match build {
        2600 => "Windows XP",
        3790 => "Windows Server 2003",
        6000..=6002 => "Windows Vista",
        7600 | 7601 => "Windows 7",
        9200 => "Windows 8",
        9600 => "Windows 8.1",
        14393 => "Windows Server 2016",
        17763 => "Windows Server 2019",
        20348 => "Windows Server 2022",
        22000.. => "Windows 11",
        10240..=19045 => "Windows 10",
        _ => "Windows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_in_descriptions() {
        for (text, os) in [
            (
                "Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11, RELEASE",
                "Cisco IOS 15.0(2)SE11",
            ),
            (
                "Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 19041 Multiprocessor Free)",
                "Windows 10",
            ),
            ("Linux nas 4.4.59+ #25556 SMP PREEMPT x86_64", "Linux 4.4.59"),
            ("Juniper Networks, Inc. srx340 internet router, kernel JUNOS 18.4R3.3, Build", "Junos 18.4R3.3"),
            ("RouterOS RB750Gr3", "RouterOS"),
            ("VMware ESXi 6.7.0 build-14320388 VMware, Inc. x86_64", "VMware ESXi 6.7.0"),
            ("Linux", "Linux"),
        ] {
            assert_eq!(system(text).as_deref(), Some(os));
        }
        for text in ["", "HP LaserJet", "Printer", "JUNOSX"] {
            assert_eq!(system(text), None, "{text}");
        }
    }
}
