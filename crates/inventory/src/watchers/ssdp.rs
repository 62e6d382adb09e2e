//! SSDP (UPnP Device Architecture 2.0 s1): what a device has and is, where its description lies,
//! what software it runs.

use std::net::IpAddr;

use crate::classify::upnp;
use crate::headers::Headers;
use crate::sighting::{Fact, Identity, Service};
use crate::uuid;
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const SSDP: Watcher = Watcher {
    name: "ssdp",
    on: &[On::Udp(PORT)],
    notes: &[("ssdp", &["server", "user_agent", "uuids", "types", "location", "friendly_name", "bridge_id"])],
    read: Read::Frame(read),
};

const PORT: u16 = 1900;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some((first, headers)) = Headers::read(look.payload) else { return };
    let to_port = look.packet.dst_port == PORT;
    match first {
        "NOTIFY * HTTP/1.1" if to_port => {
            if headers.get("nt").is_none() || headers.get("usn").is_none() {
                return;
            }
            match headers.get("nts") {
                Some("ssdp:alive" | "ssdp:update") => announced(look, &headers, headers.get("nt"), heard),
                Some("ssdp:byebye") => {
                    let kind = headers.get("nt").map(upnp::short_type).unwrap_or_default();
                    heard.about(look.sender()).say(Fact::ServiceGone(service(0, kind)));
                }
                _ => {}
            }
        }
        "M-SEARCH * HTTP/1.1" if to_port => {
            // UPnP 2.0 s1.3.2: both are there in a search, and this says that it is one.
            if headers.get("man").is_none_or(|man| man.trim_matches('"') != "ssdp:discover") {
                return;
            }
            if let Some(agent) = headers.get("user-agent") {
                heard.about(look.sender()).text("ssdp", "user_agent", agent);
                upnp::software(agent, "asks as", heard);
            }
        }
        "HTTP/1.1 200 OK" => {
            let is_answer = headers.get("st").is_some() && headers.get("usn").is_some();
            if is_answer && !to_port {
                announced(look, &headers, headers.get("st"), heard);
            }
        }
        _ => {}
    }
}

fn announced(look: &Look<'_>, headers: &Headers<'_>, target: Option<&str>, heard: &mut Heard<'_>) {
    heard.about(look.sender());
    if let Some(server) = headers.get("server") {
        heard.text("ssdp", "server", server);
        upnp::software(server, "its server says", heard);
    }
    let usn = headers.get("usn").unwrap_or_default();
    if let Some(id) = usn.split("::").next().and_then(uuid::canonical) {
        heard.add("ssdp", "uuids", &id);
        heard.identity(Identity::Uuid(id.into()));
    } else if let Some(id) = usn.strip_prefix("uuid:") {
        heard.add("ssdp", "uuids", id.split("::").next().unwrap_or_default());
    }
    for (header, field) in [("hue-bridgeid", "bridge_id"), ("friendlyname.dlna.org", "friendly_name")] {
        heard.text("ssdp", field, headers.get(header).unwrap_or_default());
    }
    upnp::by_headers(headers, heard);
    let kind = target.map(upnp::short_type).unwrap_or_default();
    if !kind.is_empty() {
        heard.add("ssdp", "types", kind);
        upnp::by_type(kind, heard);
    }
    if let Some(location) = headers.get("location") {
        heard.text("ssdp", "location", location);
        located(look, location, kind, heard);
    }
}

/// The description's place is a service of the sender only if it is there that it lies.
fn located(look: &Look<'_>, location: &str, kind: &str, heard: &mut Heard<'_>) {
    let Some(rest) = location.strip_prefix("http://") else { return };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = split_port(authority);
    if host.parse::<IpAddr>().ok() != look.src_ip {
        return;
    }
    heard.service(service(port, kind));
}

/// Port 80 if it names none (RFC 9110 s4.2.1).
fn split_port(authority: &str) -> (&str, u16) {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, port.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(80));
    }
    match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(80)),
        None => (authority, 80),
    }
}

fn service(port: u16, kind: &str) -> Service {
    // What is announced of the root device has no kind, and must not take away the name of one.
    let name = (!kind.is_empty()).then(|| kind.into());
    Service { transport: "tcp", port, protocol: "upnp".into(), name, source: "ssdp", ..Service::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::{About, Role, Sighting};
    use crate::testing::{SRC, facts, noted, sightings, udp};
    use dpi::Value;

    const GROUP: [u8; 4] = [239, 255, 255, 250];
    const UUID: &str = "0123abcd-0000-1000-8000-00112233aabb";

    fn to_group(message: &str) -> Vec<Sighting> {
        sightings(&udp((SRC.into(), 1900), (GROUP.into(), 1900), message.replace('\n', "\r\n").as_bytes()))
    }

    fn alive(nts: &str, location: &str) -> String {
        format!(
            "NOTIFY * HTTP/1.1\nHost: 239.255.255.250:1900\nNT: urn:schemas-upnp-org:device:InternetGatewayDevice:1\n\
             NTS: {nts}\nServer: Linux/4.14 UPnP/1.0 MiniUPnPd/2.1\nLOCATION: {location}\n\
             USN: uuid:{UUID}::urn:schemas-upnp-org:device:InternetGatewayDevice:1\n\n"
        )
    }

    fn text(text: &str) -> Option<Value> {
        Some(Value::Text(text.into()))
    }

    #[test]
    fn a_gateway_announces_itself() {
        let heard = to_group(&alive("ssdp:alive", "http://192.0.2.1:5000/rootDesc.xml"));
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].about.ip, Some(SRC.into()));
        let facts = facts(&heard);
        assert!(facts.contains(&Fact::Identity(Identity::Uuid(UUID.into()))));
        assert!(facts.contains(&Fact::Role(Role::Router)));
        assert!(facts.contains(&Fact::Service(service(5000, "InternetGatewayDevice"))));
        assert_eq!(noted(&heard, "ssdp", "server"), text("Linux/4.14 UPnP/1.0 MiniUPnPd/2.1"));
        let os = facts.iter().find_map(|fact| match fact {
            Fact::Vote(vote) if vote.about == About::Os => Some(&*vote.value),
            _ => None,
        });
        assert_eq!(os, Some("Linux 4.14"));
    }

    #[test]
    fn a_place_elsewhere_is_no_service_of_the_sender() {
        let heard = to_group(&alive("ssdp:alive", "http://198.51.100.7:5000/rootDesc.xml"));
        assert!(!facts(&heard).iter().any(|fact| matches!(fact, Fact::Service(_))));
    }

    #[test]
    fn goodbyes() {
        let heard = to_group(&alive("ssdp:byebye", "http://192.0.2.1/"));
        assert_eq!(facts(&heard), [Fact::ServiceGone(service(0, "InternetGatewayDevice"))]);
        let root = alive("ssdp:byebye", "http://192.0.2.1/")
            .replace("urn:schemas-upnp-org:device:InternetGatewayDevice:1", "upnp:rootdevice");
        assert_eq!(facts(&to_group(&root)), [Fact::ServiceGone(service(0, ""))]);
    }

    #[test]
    fn a_search_tells_who_asks_and_nothing_of_what_is_looked_for() {
        let heard = to_group(
            "M-SEARCH * HTTP/1.1\nHOST: 239.255.255.250:1900\nMAN: \"ssdp:discover\"\nMX: 1\n\
             ST: urn:dial-multiscreen-org:service:dial:1\nUSER-AGENT: Chromium/120.0 Windows\n\n",
        );
        assert_eq!(noted(&heard, "ssdp", "user_agent"), text("Chromium/120.0 Windows"));
        assert!(facts(&heard).iter().all(|fact| matches!(fact, Fact::Note { .. } | Fact::Vote(_))));
        assert_eq!(noted(&heard, "ssdp", "types"), None);
    }

    #[test]
    fn an_answer() {
        let answer = format!(
            "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:{UUID}::upnp:rootdevice\r\n\
             SERVER: Hue/1.0 UPnP/1.0 IpBridge/1.50\r\nhue-bridgeid: 001788FFFE000000\r\n\
             LOCATION: http://192.0.2.1:80/description.xml\r\n\r\n"
        );
        let heard = sightings(&udp((SRC.into(), 1900), ([192, 0, 2, 2].into(), 40000), answer.as_bytes()));
        assert_eq!(noted(&heard, "ssdp", "bridge_id"), text("001788FFFE000000"));
        assert!(
            facts(&heard).iter().any(|fact| matches!(fact, Fact::Vote(v) if &*v.value == "smart-home-hub"))
        );
    }

    #[test]
    fn what_is_no_ssdp_says_nothing() {
        let whole = alive("ssdp:alive", "http://192.0.2.1/").replace('\n', "\r\n");
        for end in 0..whole.len() {
            let part = &whole.as_bytes()[..end];
            let heard = sightings(&udp((SRC.into(), 1900), (GROUP.into(), 1900), part));
            assert!(heard.iter().all(|sighting| sighting.about.ip == Some(SRC.into())));
            assert!(heard.is_empty() || end > 200, "{end}");
        }
        assert_eq!(to_group("NOTIFY * HTTP/1.1\nHost: x\n\n"), []);
        assert_eq!(to_group("GET / HTTP/1.1\nHost: x\n\n"), []);
        assert_eq!(sightings(&udp((SRC.into(), 1900), (GROUP.into(), 1900), &[0xff; 100])), []);
    }
}
