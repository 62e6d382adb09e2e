//! LACP (IEEE 802.1AX): the link is one of several that two systems bundle.

use dpi::Reader;
use wire::MacAddr;

use crate::discovery::{bits, station};
use crate::sighting::Fact;
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const LACP: Watcher = Watcher {
    name: "lacp",
    on: &[On::EtherType(SLOW_PROTOCOLS)],
    notes: &[(
        SECTION,
        &[
            "system",
            "system_priority",
            "key",
            "ports",
            "port_priority",
            "state",
            "partner_system",
            "partner_key",
            "partner_port",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "lacp";
/// IEEE 802.3 annex 57A: subtype 1 is LACP, 2 markers, 3 operation and maintenance.
const SLOW_PROTOCOLS: u16 = 0x8809;

/// One side of the link (IEEE 802.1AX s6.4.2.3).
#[derive(Debug)]
struct Side {
    system_priority: u16,
    system: MacAddr,
    key: u16,
    port_priority: u16,
    port: u16,
    state: u8,
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let mut reader = Reader::new(look.payload);
    let Some([1, 1]) = reader.array() else { return };
    let (Some(actor), Some(partner)) = (Side::read(&mut reader, 1), Side::read(&mut reader, 2)) else {
        return;
    };
    let (Some([3, 16]), true) = (reader.array(), actor.is_sound()) else { return };
    // The system id is no identity: two switches that act as one (MC-LAG, vPC) share it.
    heard.about(station(look.src_mac)).say(Fact::Seen);
    heard
        .text(SECTION, "system", &actor.system.to_string())
        .note(SECTION, "system_priority", actor.system_priority)
        .note(SECTION, "key", actor.key)
        .add(SECTION, "ports", &actor.port.to_string())
        .note(SECTION, "port_priority", actor.port_priority);
    let state: Vec<&str> = bits(actor.state.into(), &STATE).collect();
    heard.text(SECTION, "state", &state.join(" "));
    // Before it has heard the other side it fills in zeros.
    if partner.is_sound() {
        heard
            .text(SECTION, "partner_system", &partner.system.to_string())
            .note(SECTION, "partner_key", partner.key)
            .note(SECTION, "partner_port", partner.port);
    }
}

const STATE: [&str; 8] = [
    "active",
    "short-timeout",
    "aggregatable",
    "in-sync",
    "collecting",
    "distributing",
    "defaulted",
    "expired",
];

impl Side {
    /// 20 bytes, the last three of which are reserved.
    fn read(reader: &mut Reader<'_>, kind: u8) -> Option<Self> {
        let (true, 20) = (reader.u8()? == kind, reader.u8()?) else { return None };
        let (system_priority, system, key) = (reader.u16()?, MacAddr(reader.array()?), reader.u16()?);
        let (port_priority, port, state) = (reader.u16()?, reader.u16()?, reader.u8()?);
        let _reserved = reader.array::<3>()?;
        Some(Self { system_priority, system, key, port_priority, port, state })
    }

    fn is_sound(&self) -> bool {
        !self.system.is_group() && self.system.0 != [0; 6]
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{ethernet, noted, sightings};
    use dpi::Value;

    fn message() -> Vec<u8> {
        let side = |kind: u8, last: u8| {
            [&[kind, 20, 0x80, 0][..], &[0, 0x53, 0, 0, 0, last], &[0, 5, 0, 255, 0, last, 0x3d, 0, 0, 0]]
                .concat()
        };
        [&[1, 1][..], &side(1, 7), &side(2, 9), &[3, 16], &[0; 14], &[0; 52]].concat()
    }

    #[test]
    fn both_sides_are_noted() {
        let heard = sightings(&ethernet(0x8809, &message()));
        let text = |text: &str| Some(Value::Text(text.into()));
        assert_eq!(noted(&heard, "lacp", "system"), text("00:53:00:00:00:07"));
        assert_eq!(noted(&heard, "lacp", "partner_system"), text("00:53:00:00:00:09"));
        let state = text("active aggregatable in-sync collecting distributing");
        assert_eq!(noted(&heard, "lacp", "state"), state);
    }

    #[test]
    fn markers_and_what_is_cut_say_nothing() {
        let mut marker = message();
        marker[0] = 2;
        assert!(sightings(&ethernet(0x8809, &marker)).is_empty());
        for len in 0..44 {
            assert!(sightings(&ethernet(0x8809, &message()[..len])).is_empty(), "{len}");
        }
    }
}
