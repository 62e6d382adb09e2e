//! Foundry's (Brocade's) discovery protocol, which is made like CDP: name, platform, software, port
//! and addresses.

use wire::Flags;

use crate::cdp_message::{Message, addresses, kind};
use crate::classify::system;
use crate::discovery::{address, name, own_name, station, text};
use crate::sighting::{About, Fact, Identity, Role};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const FDP: Watcher = Watcher {
    name: "fdp",
    on: &[On::Snap([0x00, 0xe0, 0x52], 0x2000)],
    notes: &[(
        SECTION,
        &["hold_seconds", "device_id", "addresses", "port_id", "capabilities", "software", "platform"],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "fdp";

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(message) = Message::parse(look.payload, look.packet.flags.has(Flags::TRUNCATED)) else { return };
    let me = station(look.src_mac);
    let get = |kind| message.get(kind).map(text).unwrap_or_default();
    let device = get(kind::DEVICE);
    heard.about(me).note(SECTION, "hold_seconds", message.hold_s).text(SECTION, "device_id", &device);
    own_name(heard, device.as_bytes());
    let (platform, software, can) = (get(kind::PLATFORM), get(kind::VERSION), get(kind::CAPABILITIES));
    heard.text(SECTION, "platform", &platform).text(SECTION, "software", &software);
    heard.text(SECTION, "capabilities", &can);
    if let Some(port) = message.get(kind::PORT).and_then(name) {
        heard.text(SECTION, "port_id", &port).say(Fact::Port { port });
    }
    let described = system::vote(heard, &software, "fdp");
    let is_computer = described.is_some_and(|system| system.is_computer);
    if !platform.is_empty() && !is_computer {
        heard.vote(About::Model, &platform, 88, "fdp", &format!("FDP platform \"{platform}\""));
    }
    let reason = format!("FDP capability \"{can}\"");
    match &*can.to_ascii_lowercase() {
        "router" => {
            heard.role(Role::Router);
            if !is_computer {
                heard.vote(About::Type, "router", 75, "fdp", &reason);
            }
        }
        "switch" | "bridge" => {
            heard.role(Role::Switch);
            heard.vote(About::Type, "switch", 88, "fdp", &reason);
        }
        _ => {}
    }
    let own = message.get(kind::ADDRESSES).map(addresses).unwrap_or_default();
    if let Some(first) = own.first() {
        // The name alone may be given twice.
        heard.identity(Identity::Chassis(format!("{device} {first}").into()));
    }
    for ip in own {
        heard.add(SECTION, "addresses", &ip.to_string());
        address(heard, me, ip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::NameSource;
    use crate::testing::{facts, llc, noted, sightings};
    use dpi::Value;

    fn value(kind: u16, content: &[u8]) -> Vec<u8> {
        let len = u16::try_from(content.len() + 4).unwrap();
        [&kind.to_be_bytes()[..], &len.to_be_bytes(), content].concat()
    }

    fn frame(values: &[Vec<u8>]) -> Vec<u8> {
        let header = [0xaa, 0xaa, 3, 0x00, 0xe0, 0x52, 0x20, 0x00, 1, 180, 0, 0];
        llc([0x01, 0xe0, 0x52, 0xcc, 0xcc, 0xcc], &[&header[..], &values.concat()].concat())
    }

    #[test]
    fn a_switch_says_what_it_is() {
        let heard = sightings(&frame(&[
            value(1, b"fls648"),
            value(2, &[0, 0, 0, 1, 1, 1, 0xcc, 0, 4, 192, 0, 2, 8]),
            value(3, b"ethernet4"),
            value(4, b"Switch"),
            value(5, b"Foundry Networks, Inc. IronWare Version 04.2.00 Compiled on ..."),
            value(6, b"FLS648"),
        ]));
        let said = facts(&heard);
        assert!(said.contains(&Fact::Port { port: "ethernet4".into() }));
        assert!(said.contains(&Fact::Role(Role::Switch)));
        assert!(said.contains(&Fact::Name { name: "fls648".into(), source: NameSource::Discovery }));
        assert_eq!(noted(&heard, "fdp", "addresses"), Some(Value::List(vec!["192.0.2.8".into()])));
    }

    #[test]
    fn a_host_has_no_role_and_noise_no_facts() {
        let host = sightings(&frame(&[value(1, b"vm"), value(4, b"Host")]));
        assert!(!facts(&host).iter().any(|fact| matches!(fact, Fact::Role(_) | Fact::Identity(_))));
        assert!(sightings(&frame(&[vec![0x41; 50]])).is_empty());
        assert!(sightings(&frame(&[value(1, b"")])).is_empty());
    }
}
