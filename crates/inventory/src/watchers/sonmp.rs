//! SynOptics' (Bay's, Nortel's, Avaya's) network management protocol: a switch's address and port.

use crate::discovery::{address, ip, station};
use crate::sighting::{About, Fact, Role};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const SONMP: Watcher = Watcher {
    name: "sonmp",
    on: &[On::Snap([0x00, 0x00, 0x81], SEGMENT_HELLO), On::Snap([0x00, 0x00, 0x81], FLAT_HELLO)],
    notes: &[(SECTION, &["address", "segment", "chassis_type", "state", "links"])],
    read: Read::Frame(read),
};

const SECTION: &str = "sonmp";
const SEGMENT_HELLO: u16 = 0x01a2;
const FLAT_HELLO: u16 = 0x01a1;
/// Chassis type of whatever is none of the makers' own.
const OTHER: u8 = 1;

/// Address, segment (three bytes: slot and port on a switch), chassis, backplane, state, links.
fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(&[a, b, c, d, s0, s1, s2, chassis, backplane, state, links]) = look.payload.first_chunk() else {
        return;
    };
    let state = match state {
        1 => "topology-changed",
        2 => "heartbeat",
        3 => "new",
        _ => return,
    };
    let (Some(own), 1.., 1..=12) = (ip(&[a, b, c, d]), chassis, backplane) else { return };
    if look.payload.len() > 11 || !look.dst_mac.is_some_and(|mac| mac.is_group()) {
        return;
    }
    let me = station(look.src_mac);
    let segment = format!("{s0}/{s1}/{s2}");
    heard.about(me).text(SECTION, "address", &own.to_string()).text(SECTION, "segment", &segment);
    heard.note(SECTION, "chassis_type", chassis).note(SECTION, "state", state);
    heard.note(SECTION, "links", links);
    heard.say(Fact::Port { port: segment.into() });
    if chassis != OTHER {
        heard.role(Role::Switch);
        let reason = format!("SONMP chassis type {chassis}");
        heard.vote(About::Type, "switch", 80, "sonmp", &reason);
        heard.vote(About::Vendor, "Nortel", 70, "sonmp", &reason);
    }
    address(heard, me, own);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Evidence;
    use crate::testing::{facts, llc, sightings};

    fn frame(payload: &[u8]) -> Vec<u8> {
        let header = [0xaa, 0xaa, 3, 0x00, 0x00, 0x81, 0x01, 0xa2];
        llc([0x01, 0x00, 0x81, 0x00, 0x01, 0x00], &[&header[..], payload].concat())
    }

    const HELLO: [u8; 11] = [192, 0, 2, 4, 0, 1, 7, 40, 12, 2, 1];

    #[test]
    fn a_switch_names_its_address_and_port() {
        let heard = sightings(&frame(&HELLO));
        let said = facts(&heard);
        assert!(said.contains(&Fact::Role(Role::Switch)));
        assert!(said.contains(&Fact::Port { port: "0/1/7".into() }));
        assert!(heard.iter().any(|s| s.facts == [Fact::Address(Evidence::Announced)]
            && s.about.ip == Some("192.0.2.4".parse().unwrap())));
    }

    #[test]
    fn another_length_or_state_is_something_else() {
        assert!(sightings(&frame(&[&HELLO[..], &[0]].concat())).is_empty());
        for len in 0..HELLO.len() {
            assert!(sightings(&frame(&HELLO[..len])).is_empty());
        }
        assert!(sightings(&frame(&[192, 0, 2, 4, 0, 1, 7, 40, 12, 9, 1])).is_empty());
        assert!(sightings(&frame(&[0, 0, 0, 0, 0, 1, 7, 40, 12, 2, 1])).is_empty());
    }

    #[test]
    fn one_of_another_kind_has_no_role() {
        let heard = sightings(&frame(&[192, 0, 2, 4, 0, 0, 2, 1, 12, 3, 1]));
        assert!(!facts(&heard).iter().any(|fact| matches!(fact, Fact::Role(_) | Fact::Vote(_))));
    }
}
