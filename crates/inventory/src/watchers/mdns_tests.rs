use super::*;
use crate::dns::tests::{Writer, txt, wire_name};
use crate::sighting::Sighting;
use crate::testing::{SRC, SRC_MAC, facts, noted, sightings, udp};
use dpi::Value;

const RESPONSE: u16 = 0x8400;
const HOST: &[&str] = &["desk", "local"];
const CAST: &[&str] = &["Chromecast-1", "_googlecast", "_tcp", "local"];

fn heard_from(src: [u8; 4], message: &[u8]) -> Vec<Sighting> {
    sightings(&udp((src.into(), 5353), ([224, 0, 0, 251].into(), 5353), message))
}

fn srv(port: u16, target: &[&str]) -> Vec<u8> {
    [&[0, 0, 0, 0][..], &port.to_be_bytes(), &wire_name(target)].concat()
}

fn announcement(address: [u8; 4]) -> Vec<u8> {
    Writer::new(RESPONSE)
        .answer(&["_googlecast", "_tcp", "local"], kind::PTR, 120, &wire_name(CAST))
        .answer(
            CAST,
            kind::TXT,
            120,
            &txt(&["id=0123abcd00001000800000112233aabb", "md=Chromecast Ultra", "fn=Living room"]),
        )
        .answer(CAST, kind::SRV, 120, &srv(8009, HOST))
        .answer(HOST, kind::A, 120, &address)
        .bytes()
}

#[test]
fn a_device_announces_itself() {
    let heard = heard_from([192, 0, 2, 1], &announcement([192, 0, 2, 1]));
    let sender = Subject { mac: Some(MacAddr(SRC_MAC)), ip: Some(SRC.into()) };
    assert!(heard.iter().all(|sighting| sighting.about == sender));
    let facts = facts(&heard);
    assert!(facts.contains(&Fact::Address(Evidence::Announced)));
    assert!(facts.contains(&Fact::Name { name: "desk.local".into(), source: NameSource::Mdns }));
    assert!(facts.contains(&Fact::Identity(Identity::MdnsHost("desk.local".into()))));
    assert!(facts.contains(&Fact::Identity(Identity::Uuid("0123abcd-0000-1000-8000-00112233aabb".into()))));
    let services: Vec<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Service(service) => Some((&*service.protocol, service.port, service.name.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(services, [("googlecast", 8009, Some("Chromecast-1"))]);
    assert_eq!(noted(&heard, "mdns", "model"), Some(Value::Text("Chromecast Ultra".into())));
    assert_eq!(noted(&heard, "mdns", "friendly_name"), Some(Value::Text("Living room".into())));
    assert!(facts.iter().any(|fact| matches!(fact, Fact::Vote(vote) if &*vote.value == "media-player")));
}

#[test]
fn what_a_reflector_repeats_is_not_about_it() {
    let heard = heard_from([192, 0, 2, 1], &announcement([198, 51, 100, 9]));
    let other = Subject { mac: None, ip: Some([198, 51, 100, 9].into()) };
    for sighting in &heard {
        if sighting.about == other {
            assert!(!sighting.facts.contains(&Fact::Address(Evidence::Announced)));
        } else {
            assert_eq!(sighting.about.ip, Some(SRC.into()));
            assert_eq!(sighting.facts, [Fact::Role(Role::DiscoveryProxy)]);
        }
    }
    assert!(heard.iter().any(|sighting| sighting.about == other));
}

#[test]
fn goodbyes() {
    let message = Writer::new(RESPONSE)
        .answer(&["_googlecast", "_tcp", "local"], kind::PTR, 0, &wire_name(CAST))
        .answer(HOST, kind::A, 0, &[192, 0, 2, 1])
        .bytes();
    let facts = facts(&heard_from([192, 0, 2, 1], &message));
    assert_eq!(facts.len(), 2);
    assert!(facts.contains(&Fact::AddressGone));
    assert!(
        facts
            .iter()
            .any(|fact| matches!(fact, Fact::ServiceGone(service) if &*service.protocol == "googlecast"))
    );
}

#[test]
fn questions_and_their_known_answers_say_nothing() {
    let question = Writer::new(0)
        .question(&["_googlecast", "_tcp", "local"], kind::PTR)
        .answer(&["_googlecast", "_tcp", "local"], kind::PTR, 120, &wire_name(CAST))
        .bytes();
    assert_eq!(heard_from([192, 0, 2, 1], &question), []);
    let mut other = announcement([192, 0, 2, 1]);
    other[2] = 0x81;
    assert_eq!(heard_from([192, 0, 2, 1], &other), [], "not authoritative: a resolver's");
}

#[test]
fn a_shared_queue_is_not_a_printer() {
    let queue = &["Laser @ desk", "_ipp", "_tcp", "local"];
    let message = |path: &str| {
        Writer::new(RESPONSE)
            .answer(queue, kind::TXT, 120, &txt(&[path, "ty=Acme Laser 9", "usb_MFG=Acme"]))
            .answer(queue, kind::SRV, 120, &srv(631, HOST))
            .answer(HOST, kind::A, 120, &[192, 0, 2, 1])
            .bytes()
    };
    let is_printer = |heard: &[Sighting]| facts(heard).contains(&Fact::Role(Role::Printer));
    let server = heard_from([192, 0, 2, 1], &message("rp=printers/laser"));
    assert!(!is_printer(&server) && noted(&server, "mdns", "model").is_none());
    let printer = heard_from([192, 0, 2, 1], &message("rp=ipp/print"));
    assert!(is_printer(&printer));
    assert_eq!(noted(&printer, "mdns", "manufacturer"), Some(Value::Text("Acme".into())));
}

#[test]
fn apple_names_its_models() {
    let message = Writer::new(RESPONSE)
        .answer(
            &["Desk", "_airplay", "_tcp", "local"],
            kind::TXT,
            120,
            &txt(&["model=AppleTV11,1", "osvers=17.4", "deviceid=00:00:5E:00:53:01"]),
        )
        .answer(&["Desk", "_device-info", "_tcp", "local"], kind::TXT, 120, &txt(&["model=MacSamba"]))
        .bytes();
    let heard = heard_from([192, 0, 2, 1], &message);
    let votes: Vec<_> = facts(&heard)
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Vote(vote) => Some(vote.value),
            _ => None,
        })
        .collect();
    for value in ["Apple", "media-player", "tvOS", "tvOS 17.4", "Apple TV (AppleTV11,1)"] {
        assert!(votes.contains(&value.into()), "{value}");
    }
    assert!(!votes.iter().any(|value| value.contains("MacSamba")));
}

#[test]
fn host_information_and_workstations() {
    let message = Writer::new(RESPONSE)
        .answer(HOST, kind::HINFO, 120, &txt(&["AARCH64", "LINUX"]))
        .answer(HOST, kind::A, 120, &[192, 0, 2, 1])
        .answer(HOST, kind::A, 120, &[172, 17, 0, 1])
        .answer(
            &["_services", "_dns-sd", "_udp", "local"],
            kind::PTR,
            120,
            &wire_name(&["_ssh", "_tcp", "local"]),
        )
        .bytes();
    let heard = heard_from([192, 0, 2, 1], &message);
    assert_eq!(noted(&heard, "mdns", "system"), Some(Value::Text("LINUX".into())));
    assert_eq!(noted(&heard, "mdns", "services"), Some(Value::List(vec!["ssh".into()])));
    assert!(
        heard.iter().all(|sighting| sighting.about.ip == Some(SRC.into())),
        "a bridge's address is everybody's"
    );
    assert_eq!(bracketed("desk [00:00:5e:00:53:01]"), Some(MacAddr([0, 0, 0x5e, 0, 0x53, 1])));
    assert_eq!(bracketed("desk [00:00:5e:00:53]"), None);
}

#[test]
fn what_is_no_response_says_nothing() {
    let whole = announcement([192, 0, 2, 1]);
    for end in 0..whole.len() {
        assert_eq!(heard_from([192, 0, 2, 1], &whole[..end]), [], "{end}");
    }
    assert_eq!(heard_from([192, 0, 2, 1], &[0x84; 200]), []);
    for at in 0..whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        let _ = heard_from([192, 0, 2, 1], &broken);
    }
    let elsewhere = sightings(&udp((SRC.into(), 40000), ([224, 0, 0, 251].into(), 5353), &whole));
    assert_eq!(elsewhere, []);
}
