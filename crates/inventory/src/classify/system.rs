//! System descriptions: the line in which a device says what runs on it, in LLDP, CDP and SNMP.

use crate::sighting::About::{self, Model, Os, Type, Vendor};
use crate::watcher::Heard;

/// What a description says, if it holds a text.
struct System {
    holds: &'static str,
    os: &'static str,
    /// What the version stands behind.
    version: &'static str,
    vendor: &'static str,
    /// A kind of device that the system runs on, and how often.
    kind: (&'static str, u8),
    /// It runs on computers of any kind: forwarding is a by-product of containers and virtual
    /// machines.
    general: bool,
}

const fn device(
    holds: &'static str,
    os: &'static str,
    version: &'static str,
    vendor: &'static str,
    kind: (&'static str, u8),
) -> System {
    System { holds, os, version, vendor, kind, general: false }
}

const fn computer(holds: &'static str, os: &'static str, version: &'static str) -> System {
    System { holds, os, version, vendor: "", kind: ("", 0), general: true }
}

/// The first that fits speaks.
const SYSTEMS: &[System] = &[
    device("Cisco IOS XR", "Cisco IOS XR", "Version ", "Cisco", ("router", 85)),
    device("Cisco IOS-XE", "Cisco IOS XE", "Version ", "Cisco", ("", 0)),
    device("IOS-XE Software", "Cisco IOS XE", "Version ", "Cisco", ("", 0)),
    device("Cisco Nexus Operating System", "Cisco NX-OS", "Version ", "Cisco", ("switch", 90)),
    device("Cisco NX-OS", "Cisco NX-OS", "Version ", "Cisco", ("switch", 90)),
    device("Cisco Adaptive Security Appliance", "Cisco ASA", "Version ", "Cisco", ("firewall", 95)),
    device("Cisco Controller", "Cisco AireOS", "", "Cisco", ("network-device", 85)),
    device("Cisco IP Phone", "", "", "Cisco", ("voip-phone", 97)),
    device("Cisco IOS Software", "Cisco IOS", "Version ", "Cisco", ("", 0)),
    device("Cisco Internetwork Operating System", "Cisco IOS", "Version ", "Cisco", ("", 0)),
    device("IOS (tm)", "Cisco IOS", "Version ", "Cisco", ("", 0)),
    device("Meraki", "", "", "Cisco Meraki", ("network-device", 80)),
    device("MikroTik RouterOS", "RouterOS", "RouterOS ", "MikroTik", ("", 0)),
    device("MikroTik SwOS", "SwOS", "SwOS ", "MikroTik", ("switch", 92)),
    device("RouterOS", "RouterOS", "RouterOS ", "MikroTik", ("", 0)),
    device("JUNOS", "Junos", "JUNOS ", "Juniper", ("network-device", 70)),
    device("Junos", "Junos", "Junos: ", "Juniper", ("network-device", 70)),
    device("Arista Networks EOS", "Arista EOS", "version ", "Arista", ("switch", 90)),
    device("FortiGate", "FortiOS", " v", "Fortinet", ("firewall", 95)),
    device("FortiSwitch", "FortiSwitchOS", " v", "Fortinet", ("switch", 95)),
    device("FortiAP", "FortiAP-OS", " v", "Fortinet", ("access-point", 95)),
    device("FortiOS", "FortiOS", "FortiOS ", "Fortinet", ("firewall", 80)),
    device("ArubaOS-CX", "ArubaOS-CX", "ArubaOS-CX ", "Aruba", ("switch", 90)),
    device("ArubaOS", "ArubaOS", "Version ", "Aruba", ("access-point", 70)),
    device("ProCurve", "ArubaOS-Switch", "revision ", "HPE", ("switch", 88)),
    device("Comware", "Comware", "Version ", "", ("switch", 75)),
    device("Versatile Routing Platform", "Huawei VRP", "Version ", "Huawei", ("network-device", 75)),
    device("ExtremeXOS", "ExtremeXOS", "version ", "Extreme Networks", ("switch", 90)),
    device("IronWare", "IronWare", "Version ", "", ("switch", 80)),
    device("Palo Alto Networks", "PAN-OS", "", "Palo Alto Networks", ("firewall", 90)),
    device("SonicWALL", "SonicOS", "SonicOS ", "SonicWall", ("firewall", 92)),
    device("EdgeSwitch", "EdgeSwitch", ", ", "Ubiquiti", ("switch", 95)),
    device("EdgeOS", "EdgeOS", "EdgeOS ", "Ubiquiti", ("router", 88)),
    device("USW-", "UniFi", ", ", "Ubiquiti", ("switch", 95)),
    device("UAP-", "UniFi", ", ", "Ubiquiti", ("access-point", 95)),
    device("U6-", "UniFi", ", ", "Ubiquiti", ("access-point", 90)),
    device("TP-LINK", "", "", "TP-Link", ("", 0)),
    device("JetStream", "", "", "TP-Link", ("switch", 88)),
    device("SIMATIC S7", "", "", "Siemens", ("plc", 95)),
    device("SIMATIC HMI", "", "", "Siemens", ("hmi", 92)),
    device("SCALANCE W", "", "", "Siemens", ("access-point", 88)),
    device("SCALANCE", "", "", "Siemens", ("switch", 85)),
    device("SIMATIC", "", "", "Siemens", ("industrial", 85)),
    device("Hirschmann", "", "", "Hirschmann", ("switch", 80)),
    device("JETDIRECT", "", "", "HP", ("printer", 95)),
    device("VMware ESX", "VMware ESXi", "ESXi ", "", ("hypervisor", 95)),
    device("OpenWrt", "Linux OpenWrt", "OpenWrt ", "", ("router", 75)),
    device("VyOS", "Linux VyOS", "VyOS ", "", ("router", 88)),
    device("Cumulus Linux", "Linux Cumulus", "version ", "", ("switch", 92)),
    device("SONiC", "Linux SONiC", "Version: SONiC.", "", ("switch", 92)),
    device("pfSense", "FreeBSD pfSense", "pfSense ", "", ("firewall", 92)),
    device("OPNsense", "FreeBSD OPNsense", "OPNsense ", "", ("firewall", 92)),
    computer("Ubuntu", "Linux Ubuntu", "Ubuntu "),
    computer("Debian GNU/Linux", "Linux Debian", "GNU/Linux "),
    computer("Raspbian", "Linux Raspbian", "GNU/Linux "),
    computer("Red Hat Enterprise Linux", "Linux Red-Hat", "release "),
    computer("CentOS", "Linux CentOS", "Linux "),
    computer("Rocky Linux", "Linux Rocky", "Linux "),
    computer("AlmaLinux", "Linux AlmaLinux", "AlmaLinux "),
    computer("Fedora", "Linux Fedora", "Linux "),
    computer("SUSE", "Linux SUSE", "Server "),
    computer("Alpine Linux", "Linux Alpine", " v"),
    computer("Arch Linux", "Linux Arch", ""),
    computer("FreeBSD", "FreeBSD", "FreeBSD "),
    computer("OpenBSD", "OpenBSD", "OpenBSD "),
    computer("NetBSD", "NetBSD", "NetBSD "),
    computer("Darwin", "macOS", ""),
    computer("macOS", "macOS", "macOS "),
    computer("Windows", "Windows", "Windows "),
    computer("Linux", "Linux", "Linux "),
];

/// What is made of a description.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Description {
    pub(crate) os: Option<String>,
    pub(crate) vendor: Option<&'static str>,
    pub(crate) kind: Option<(&'static str, u8)>,
    /// A general purpose system: that it forwards does not make it a switch or router.
    pub(crate) is_computer: bool,
}

/// What a system description says.
pub(crate) fn describe(text: &str) -> Option<Description> {
    let system = SYSTEMS.iter().find(|system| text.contains(system.holds))?;
    let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    let os = some(system.os).map(|os| match some(system.version).and_then(|v| version(text, v)) {
        Some(version) => format!("{os} {version}"),
        None => os.to_owned(),
    });
    Some(Description {
        os,
        vendor: some(system.vendor),
        kind: Some(system.kind).filter(|(kind, _)| !kind.is_empty()),
        is_computer: system.general,
    })
}

/// Votes for what the description says; the subject is the one who wrote it.
pub(crate) fn vote(heard: &mut Heard<'_>, text: &str, source: &'static str) -> Option<Description> {
    let found = describe(text)?;
    let first = text.lines().next().unwrap_or(text);
    let reason = format!("{source} system description \"{first}\"");
    let mut say = |about: About, value: &str, weight: u8| {
        heard.vote(about, value, weight, source, &reason);
    };
    if let Some(os) = &found.os {
        say(Os, os, 95);
    }
    if let Some(vendor) = found.vendor {
        say(Vendor, vendor, 92);
    }
    if let Some((kind, weight)) = found.kind {
        say(Type, kind, weight);
    }
    if let Some(model) = model(text) {
        say(Model, &model, 85);
    }
    Some(found)
}

/// The number behind a text: up to a comma or blank, and only if it begins with a digit.
fn version<'a>(text: &'a str, behind: &str) -> Option<&'a str> {
    let found = text.match_indices(behind).map(|(at, _)| text.get(at + behind.len()..).unwrap_or_default());
    let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | '"');
    let words = found.filter_map(|rest| rest.split(is_end).next());
    let mut versions = words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    versions.find(|word| word.len() <= 32)
}

/// Makers who put the model in front.
fn model(text: &str) -> Option<String> {
    let first = text.split([',', ' ']).next()?;
    let is_first = ["FortiGate-", "FortiSwitch-", "FortiAP-", "USW-", "UAP-", "U6-"]
        .iter()
        .any(|m| first.starts_with(m));
    if is_first {
        return Some(first.to_owned());
    }
    // "Siemens, SIMATIC S7, CPU-1200, 6ES7 214-1AG40-0XB0, HW: 3, FW: V.4.2.0"
    if text.starts_with("Siemens, ") {
        let mut parts = text.split(", ").skip(1).take(2);
        return Some(format!("{} {}", parts.next()?, parts.next()?));
    }
    // "MikroTik RouterOS 6.49.6 (long-term) RB750Gr3"
    if text.starts_with("MikroTik RouterOS ") {
        let last = text.rsplit(' ').next()?;
        let is_model = last.len() > 2 && last.starts_with(|c: char| c.is_ascii_alphabetic());
        return is_model.then(|| last.to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_name_themselves() {
        let cases = [
            (
                "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E3, RELEASE",
                "Cisco IOS 15.2(7)E3",
            ),
            ("MikroTik RouterOS 6.49.6 (long-term) RB750Gr3", "RouterOS 6.49.6"),
            ("Debian GNU/Linux 12 (bookworm) Linux 6.1.0-18-amd64 #1 SMP x86_64", "Linux Debian 12"),
            ("Juniper Networks, Inc. ex2300-24t , kernel JUNOS 18.4R2-S3, Build date:", "Junos 18.4R2-S3"),
            ("Arista Networks EOS version 4.28.3M running on an Arista DCS-7050", "Arista EOS 4.28.3M"),
            ("FortiGate-60F v7.0.5,build0304,220208", "FortiOS 7.0.5"),
            ("USW-24-PoE, 5.43.23.12533, Linux 3.6.5", "UniFi 5.43.23.12533"),
            ("Linux fw 5.15.0", "Linux"),
            ("Cisco IOS Software without its number", "Cisco IOS"),
        ];
        for (text, os) in cases {
            assert_eq!(describe(text).and_then(|d| d.os).as_deref(), Some(os), "{text}");
        }
        assert_eq!(describe("GS108Tv3"), None);
    }

    #[test]
    fn a_host_is_told_from_a_device_of_the_network() {
        assert!(describe("Ubuntu 22.04.3 LTS Linux 5.15.0").unwrap().is_computer);
        assert!(!describe("OpenWrt 23.05.2 r23630 Linux 5.15").unwrap().is_computer);
    }

    #[test]
    fn models_in_front() {
        assert_eq!(model("FortiGate-60F v7.0.5").as_deref(), Some("FortiGate-60F"));
        assert_eq!(model("MikroTik RouterOS 6.49.6 (long-term) RB750Gr3").as_deref(), Some("RB750Gr3"));
        let plc = "Siemens, SIMATIC S7, CPU-1200, 6ES7 214-1AG40-0XB0, HW: 3, FW: V.4.2.0";
        assert_eq!(model(plc).as_deref(), Some("SIMATIC S7 CPU-1200"));
        assert_eq!(model("Linux host 5.1"), None);
    }
}
