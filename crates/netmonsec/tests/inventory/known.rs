//! What there is to know of the office's hosts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::office::{BRANCH, GATEWAY, PHONE_AGAIN};

/// A host, and everything that it or others said of it.
pub(crate) struct Known {
    pub(crate) host: &'static str,
    /// Other hardware addresses than the host's in [`crate::office::HOSTS`].
    pub(crate) other_macs: &'static [&'static str],
    /// Source and name.
    pub(crate) names: &'static [(&'static str, &'static str)],
    pub(crate) roles: &'static [&'static str],
    /// Protocol, port, and whether it was withdrawn.
    pub(crate) services: &'static [(&'static str, u16, bool)],
    /// It says goodbye, so that whether it has its addresses still is not known.
    pub(crate) leaves: bool,
    /// The IPv4 address, where the host was not given one by DHCP, and what speaks for it.
    pub(crate) address: Option<(&'static str, &'static str)>,
    /// Places in the record and what is there.
    pub(crate) notes: Vec<(&'static str, Value)>,
}

const NOTHING: Known = Known {
    host: "",
    other_macs: &[],
    names: &[],
    roles: &[],
    services: &[],
    leaves: false,
    address: None,
    notes: Vec::new(),
};

pub(crate) fn known() -> Vec<Known> {
    let lease = |name: &str, class: &str, fingerprint: &str| {
        vec![
            ("/name", json!(name)),
            ("/dhcp/host_name", json!(name)),
            ("/dhcp/vendor_class", json!(class)),
            ("/dhcp/fingerprint", json!(fingerprint)),
            ("/dhcp/server", json!(GATEWAY)),
            ("/dhcp/routers", json!([GATEWAY])),
            ("/dhcp/dns_servers", json!([GATEWAY])),
            ("/dhcp/domain", json!("office.example")),
            ("/dhcp/lease_seconds", json!(3600)),
        ]
    };
    // What busybox and ISC's client ask for by themselves, and as the test's configuration says.
    let (busybox, isc) = ("1,3,6,12,15,28,42", "1,28,3,15,6,12");
    vec![
        Known {
            host: "gateway",
            roles: &["router", "gateway", "dhcp-server", "dns-server"],
            services: &[("dns", 53, false)],
            address: Some((GATEWAY, "arp")),
            notes: vec![
                ("/type", json!("router")),
                ("/ndp/prefixes", json!(["2001:db8:77::/64"])),
                ("/ndp/dns_servers", json!(["2001:db8:77::1"])),
                ("/ndp/router_lifetime_seconds", json!(1800)),
            ],
            ..NOTHING
        },
        Known {
            host: "desk",
            address: Some(("10.77.0.20", "arp")),
            notes: vec![("/ssdp/user_agent", json!("Linux/6.1 UPnP/2.0 office-browser/7.2"))],
            ..NOTHING
        },
        Known {
            host: "radio",
            names: &[("dhcp", "kitchen-radio")],
            notes: lease("kitchen-radio", "radio 7.1", busybox),
            ..NOTHING
        },
        Known {
            host: "laptop",
            names: &[("dhcp", "annas-laptop")],
            notes: lease("annas-laptop", "Example OS 11", isc),
            ..NOTHING
        },
        Known {
            host: "phone",
            other_macs: &[PHONE_AGAIN],
            names: &[("dhcp", "annas-phone")],
            notes: [
                lease("annas-phone", "phone 14", busybox),
                vec![("/joined/0/what", json!("joined")), ("/joined/0/addresses/0", json!(PHONE_AGAIN))],
            ]
            .concat(),
            ..NOTHING
        },
        Known {
            host: "printer",
            names: &[("mdns", "lobby-printer.local")],
            roles: &["printer"],
            services: &[("ipp", 631, false)],
            address: Some(("10.77.0.41", "announced")),
            notes: vec![
                ("/type", json!("printer")),
                ("/model", json!("Example LaserWriter 42")),
                ("/services/0/name", json!("Lobby Printer")),
                ("/mdns/services", json!(["ipp"])),
            ],
            ..NOTHING
        },
        Known {
            host: "visitor",
            names: &[("mdns", "guest-mac.local")],
            services: &[("ssh", 22, true)],
            leaves: true,
            address: Some(("10.77.0.42", "announced")),
            notes: vec![("/services/0/name", json!("Guest shell"))],
            ..NOTHING
        },
        Known {
            host: "files",
            names: &[("netbios", "FILER")],
            roles: &["file-server"],
            services: &[("netbios-ns", 137, false)],
            address: Some(("10.77.0.51", "arp")),
            notes: vec![
                ("/netbios/workgroup", json!("OFFICE")),
                ("/netbios/comment", json!("the old files")),
            ],
            ..NOTHING
        },
        Known {
            host: "media",
            services: &[("http", 8200, false), ("upnp", 8200, true)],
            address: Some(("10.77.0.61", "arp")),
            notes: vec![
                ("/ssdp/server", json!("Linux/5.10 UPnP/1.0 MiniDLNA/1.3.0")),
                ("/ssdp/uuids", json!(["4d696e69-444c-164e-9d41-000000005361"])),
                ("/ssdp/types", json!(["MediaServer"])),
            ],
            ..NOTHING
        },
        Known {
            host: "switch",
            names: &[("discovery", "sw-core")],
            roles: &["switch"],
            notes: vec![
                ("/lldp/system_name", json!("sw-core")),
                ("/lldp/system_description", json!("Example switch software 9.1")),
                ("/lldp/chassis_id", json!("00:00:5e:00:53:71")),
                ("/lldp/port_description", json!("eth0")),
            ],
            ..NOTHING
        },
        Known {
            host: "old-switch",
            names: &[("discovery", "sw-attic")],
            roles: &["switch"],
            notes: vec![
                ("/cdp/device_id", json!("sw-attic")),
                ("/cdp/port_id", json!("eth0")),
                ("/cdp/software", json!("Example switch software 9.1")),
            ],
            ..NOTHING
        },
    ]
}

impl Known {
    /// The record says this and no more. `own` are the addresses that the host has in truth.
    pub(crate) fn check(&self, device: &Value, own: &BTreeSet<String>) {
        let host = self.host;
        let list = |field: &str| device[field].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeSet<_> =
            list("hostnames").iter().map(|n| (text(&n["source"]), text(&n["name"]))).collect();
        let expected: BTreeSet<_> = self.names.iter().map(|(s, n)| ((*s).into(), (*n).into())).collect();
        assert_eq!(names, expected, "names of {host}: {device:#}");
        let roles: BTreeSet<_> = list("roles").iter().map(text).collect();
        assert_eq!(roles, self.roles.iter().map(|r| (*r).into()).collect(), "roles of {host}: {device:#}");
        let services: BTreeSet<_> = list("services")
            .iter()
            .map(|s| (text(&s["protocol"]), s["port"].as_u64().unwrap_or_default(), s["withdrawn"] == true))
            .collect();
        let expected = self.services.iter().map(|(p, n, w)| ((*p).into(), u64::from(*n), *w)).collect();
        assert_eq!(services, expected, "services of {host}: {device:#}");
        for (place, value) in &self.notes {
            assert_eq!(device.pointer(place), Some(value), "{place} of {host}: {device:#}");
        }
        self.check_addresses(&list("ips"), own);
    }

    fn check_addresses(&self, ips: &[Value], own: &BTreeSet<String>) {
        let host = self.host;
        let current: BTreeSet<_> = ips
            .iter()
            .filter(|ip| ip["current"] == true)
            .map(|ip| ip["ip"].as_str().unwrap().to_owned())
            .collect();
        let foreign: Vec<_> = current.difference(own).collect();
        assert!(foreign.is_empty(), "{host} has not {foreign:?} but {own:?}");
        // The link does not tell of an IPv6 address that nobody used; IPv4 all of them have used.
        let v4 = own.iter().find(|ip| ip.contains('.'));
        if let Some(v4) = v4 {
            let held =
                ips.iter().find(|ip| ip["ip"] == **v4).unwrap_or_else(|| panic!("{host}: {v4} in {ips:?}"));
            let evidence = self.address.map_or("dhcp", |(_, evidence)| evidence);
            assert_eq!(held["evidence"], evidence, "{host}");
            assert!(self.leaves || held["current"] == true, "{host}: {ips:?}");
        }
        let link = ips.iter().any(|ip| ip["ip"].as_str().unwrap().starts_with("fe80:"));
        assert!(link, "{host} was heard with its link-local address: {ips:?}");
    }
}

/// The host behind the gateway.
pub(crate) fn check_branch(device: &Value, gateway: &Value) {
    assert_eq!(device["behind"], gateway["id"], "{device:#}");
    assert_eq!(device["ips"][0]["ip"], BRANCH);
    assert_eq!(device["services"][0]["protocol"], "http");
    assert_eq!(device["services"].as_array().unwrap().len(), 1);
}
