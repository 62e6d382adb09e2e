//! WS-Discovery (OASIS, 1.1, and the draft of 2005 that devices speak): who announces itself or
//! answers to a probe, what it is, and where it is managed.

use std::net::IpAddr;

use crate::sighting::About::{self, Model, Os, Type};
use crate::sighting::{Fact, Identity, NameSource, Role, Service, Subject};
use crate::uuid;
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};
use crate::xml;

pub(crate) const WS_DISCOVERY: Watcher = Watcher {
    name: "ws-discovery",
    on: &[On::Udp(PORT)],
    notes: &[(SECTION, &["uuid", "types", "addresses", "name", "hardware", "location"])],
    read: Read::Frame(read),
};

const SECTION: &str = "wsd";
const SOURCE: &str = "ws-discovery";
const PORT: u16 = 3702;

/// Matches that one answer may list.
const MOST_MATCHES: usize = 8;

/// What a sign says: about what, the value and how often that is right.
type Says = &'static [(About, &'static str, u8)];

/// Types (DPWS, PWG's and Microsoft's print and scan services, ONVIF).
const TYPES: &[(&str, Says)] = &[
    ("PrintDeviceType", &[(Type, "printer", 90)]),
    ("ScanDeviceType", &[(Type, "scanner", 50)]),
    // Samba's companions announce this, too.
    ("Computer", &[(Type, "computer", 70), (Os, "Windows", 55)]),
    ("NetworkVideoTransmitter", &[(Type, "camera", 88)]),
    ("NetworkVideoStorage", &[(Type, "video-recorder", 90)]),
];

/// One device in a message.
#[derive(Default)]
struct Target<'a> {
    endpoint: &'a str,
    types: &'a str,
    scopes: &'a str,
    addresses: &'a str,
    is_gone: bool,
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Ok(document) = std::str::from_utf8(look.payload) else { return };
    if !document.starts_with(['<', '\u{feff}']) {
        return;
    }
    let mut elements = xml::elements(document);
    if elements.next().is_none_or(|root| root.name != "Envelope") {
        return;
    }
    let mut targets: Vec<Target<'_>> = Vec::new();
    let mut is_discovery = false;
    for element in elements {
        match element.name {
            "Action" => {
                is_discovery |= element.text.contains("/discovery/") || element.text.contains("/ws-dd/");
            }
            "Hello" | "Bye" | "ProbeMatch" | "ResolveMatch" if targets.len() < MOST_MATCHES => {
                targets.push(Target { is_gone: element.name == "Bye", ..Target::default() });
            }
            name => {
                let Some(target) = targets.last_mut() else { continue };
                match name {
                    "Address" => target.endpoint = element.text,
                    "Types" => target.types = element.text,
                    "Scopes" => target.scopes = element.text,
                    "XAddrs" => target.addresses = element.text,
                    _ => {}
                }
            }
        }
    }
    // A message that was cut lacks its end, and what it says with it.
    if !is_discovery || !document.trim_end_matches(['\0', ' ', '\r', '\n']).ends_with('>') {
        return;
    }
    for target in &targets {
        told(look, target, heard);
    }
}

fn told(look: &Look<'_>, target: &Target<'_>, heard: &mut Heard<'_>) {
    let places: Vec<(Option<IpAddr>, u16)> =
        target.addresses.split_whitespace().take(8).filter_map(place).collect();
    let ips = || places.iter().filter_map(|(ip, _)| *ip);
    // A proxy answers for others (WS-Discovery 1.1 s1.3): then it is about where they are.
    let subject = if ips().next().is_none() || ips().any(|ip| look.src_ip == Some(ip)) {
        look.sender()
    } else {
        let same_family = |ip: &IpAddr| look.src_ip.is_none_or(|src| src.is_ipv4() == ip.is_ipv4());
        match ips().find(same_family).filter(|ip| is_host(*ip)) {
            Some(ip) => Subject { mac: None, ip: Some(ip) },
            None => look.sender(),
        }
    };
    let Some(id) = uuid::canonical(target.endpoint) else { return };
    heard.about(subject).text(SECTION, "uuid", &id).identity(Identity::Uuid(id.into()));
    if target.is_gone {
        heard.say(Fact::ServiceGone(service(0)));
        return;
    }
    for kind in target.types.split_whitespace().take(16) {
        let kind = kind.rsplit(':').next().unwrap_or(kind);
        heard.add(SECTION, "types", kind);
        if let Some((_, says)) = TYPES.iter().find(|(known, _)| *known == kind) {
            for (about, value, weight) in *says {
                heard.vote(*about, value, *weight, SOURCE, &format!("announces the type {kind}"));
            }
        }
        match kind {
            "PrintDeviceType" => heard.role(Role::Printer),
            "DiscoveryProxy" => heard.role(Role::DiscoveryProxy),
            _ => heard,
        };
    }
    for address in target.addresses.split_whitespace().take(8) {
        heard.add(SECTION, "addresses", address);
    }
    for scope in target.scopes.split_whitespace().take(32) {
        scoped(scope, heard);
    }
    let mut ports: Vec<u16> = Vec::new();
    for (ip, port) in places {
        if ip.is_none_or(|ip| subject.ip == Some(ip)) && !ports.contains(&port) {
            ports.push(port);
            heard.service(service(port));
        }
    }
}

/// `onvif://www.onvif.org/name/...` (ONVIF Core s7.3.2.2), with `%20` for spaces.
fn scoped(scope: &str, heard: &mut Heard<'_>) {
    let Some(path) = scope.strip_prefix("onvif://www.onvif.org/") else { return };
    let Some((field, value)) = path.split_once('/') else { return };
    let value = unescaped(value);
    match field {
        "name" => heard.text(SECTION, "name", &value).name(&value, NameSource::WsDiscovery),
        "hardware" => heard.text(SECTION, "hardware", &value).vote(
            Model,
            &value,
            80,
            SOURCE,
            &format!("ONVIF names the hardware {value:?}"),
        ),
        "location" => heard.text(SECTION, "location", &value),
        _ => heard,
    };
}

/// RFC 3986 s2.1.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    dpi::lossy(&bytes, crate::watcher::MOST_TEXT).into()
}

/// Host, if it is an address, and port of a URL.
fn place(url: &str) -> Option<(Option<IpAddr>, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split(['/', '?']).next()?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, port)| (host, port.strip_prefix(':')))?,
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let port = port.and_then(|port| port.parse().ok()).unwrap_or(usual);
    // RFC 6874: a zone may follow the address.
    let host = host.split('%').next().unwrap_or(host);
    Some((host.parse().ok(), port))
}

fn service(port: u16) -> Service {
    Service { transport: "tcp", port, protocol: "wsd".into(), source: SOURCE, ..Service::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Sighting;
    use crate::testing::{SRC, facts, noted, sightings, udp};
    use dpi::Value;

    const UUID: &str = "0123abcd-0000-1000-8000-00112233aabb";

    fn message(kind: &str, target: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"x\"><s:Header>\
             <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/{kind}</a:Action></s:Header><s:Body>\
             {target}</s:Body></s:Envelope>"
        )
    }

    fn hello(address: &str) -> String {
        let target = format!(
            "<d:Hello><a:EndpointReference><a:Address>urn:uuid:{UUID}</a:Address></a:EndpointReference>\
             <d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>\
             <d:Scopes>onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/CAM-1</d:Scopes>\
             <d:XAddrs>{address}</d:XAddrs></d:Hello>"
        );
        message("Hello", &target)
    }

    fn heard_of(message: &str) -> Vec<Sighting> {
        sightings(&udp((SRC.into(), 3702), ([239, 255, 255, 250].into(), 3702), message.as_bytes()))
    }

    #[test]
    fn a_camera_says_hello() {
        let heard = heard_of(&hello("http://192.0.2.1:8080/onvif/device_service"));
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].about.ip, Some(SRC.into()));
        let facts = facts(&heard);
        assert!(facts.contains(&Fact::Identity(Identity::Uuid(UUID.into()))));
        assert!(facts.contains(&Fact::Service(service(8080))));
        assert!(facts.iter().any(|fact| matches!(fact, Fact::Vote(vote) if &*vote.value == "camera")));
        assert_eq!(noted(&heard, "wsd", "name"), Some(Value::Text("Front door".into())));
        assert_eq!(noted(&heard, "wsd", "hardware"), Some(Value::Text("CAM-1".into())));
    }

    #[test]
    fn who_answers_for_others_is_not_them() {
        let heard = heard_of(&hello("http://192.0.2.9:8080/onvif/device_service"));
        assert!(heard.iter().all(|s| s.about == Subject { mac: None, ip: Some([192, 0, 2, 9].into()) }));
        assert!(!heard.is_empty());
    }

    #[test]
    fn probes_and_garbage_say_nothing() {
        let probe = message("Probe", "<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>");
        assert_eq!(heard_of(&probe), []);
        let whole = hello("http://192.0.2.1/");
        for end in (0..whole.len()).filter(|end| !whole[..*end].ends_with('>')) {
            assert_eq!(heard_of(&whole[..end]), [], "{end}");
        }
        for end in 0..whole.len() {
            assert!(heard_of(&whole[..end]).iter().all(|sighting| sighting.about.ip == Some(SRC.into())));
        }
        assert_eq!(heard_of("hello"), []);
        assert_eq!(unescaped("a%2"), "a%2");
        assert_eq!(unescaped("%zz%41"), "%zzA");
    }

    #[test]
    fn goodbyes() {
        let target = format!("<d:Bye><a:Address>urn:uuid:{UUID}</a:Address></d:Bye>");
        assert!(facts(&heard_of(&message("Bye", &target))).contains(&Fact::ServiceGone(service(0))));
    }
}
