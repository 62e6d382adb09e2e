//! Extreme Networks' discovery protocol: name, slot and port, software version, VLANs.

use dpi::Reader;
use wire::Flags;

use crate::discovery::{address, chassis, ip, mac, own_name, station, text};
use crate::sighting::{About, Fact};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const EDP: Watcher = Watcher {
    name: "edp",
    on: &[On::Snap([0x00, 0xe0, 0x2b], 0x00bb)],
    notes: &[(SECTION, &["machine_id", "name", "port", "software", "vlans", "addresses"])],
    read: Read::Frame(read),
};

const SECTION: &str = "edp";
/// Each value begins with it.
const MARKER: u8 = 0x99;
/// A switch may name each of its VLANs.
const MOST_VALUES: usize = 64;

/// The version that lldpd fills in, which computers run.
const LLDPD: [u8; 4] = [7, 6, 4, 99];

mod kind {
    pub(super) const END: u8 = 0;
    pub(super) const NAME: u8 = 1;
    pub(super) const INFO: u8 = 2;
    pub(super) const VLAN: u8 = 5;
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some((machine, values)) = parse(look.payload, look.packet.flags.has(Flags::TRUNCATED)) else {
        return;
    };
    let me = station(look.src_mac);
    heard.about(me).text(SECTION, "machine_id", &machine.to_string());
    chassis(heard, me, machine);
    for (kind, value) in values {
        match kind {
            kind::NAME => {
                own_name(heard, value);
                heard.text(SECTION, "name", &text(value));
            }
            kind::INFO => info(value, heard),
            kind::VLAN => {
                // Flags, reserved, id, reserved, address, name.
                let mut reader = Reader::new(value);
                let (_flags, vlan, _) = (reader.u16(), reader.u16(), reader.u32());
                let (Some(vlan), Some(own)) = (vlan, reader.array::<4>()) else { continue };
                heard.add(SECTION, "vlans", format!("{vlan} {}", text(reader.rest())).trim());
                if let Some(own) = ip(&own) {
                    heard.add(SECTION, "addresses", &own.to_string());
                    address(heard, me, own);
                }
            }
            _ => {}
        }
    }
}

type Values<'a> = Vec<(u8, &'a [u8])>;

/// Version, reserved, length of all, checksum, sequence; kind of the machine's id (0, a hardware
/// address) and it; then values of marker, type, length (with these four bytes) and content.
fn parse(bytes: &[u8], cut: bool) -> Option<(wire::MacAddr, Values<'_>)> {
    let mut reader = Reader::new(bytes);
    let ([1, 0], len, _checksum, _sequence) = (reader.array()?, reader.u16()?, reader.u16()?, reader.u16()?)
    else {
        return None;
    };
    let is_whole = usize::from(len) <= bytes.len() || cut;
    let (0, machine, true) = (reader.u16()?, mac(reader.take(6)?)?, is_whole) else { return None };
    let mut values = Vec::new();
    while let Some([MARKER, kind]) = reader.array() {
        let value = reader.u16().and_then(|len| reader.take(usize::from(len).checked_sub(4)?));
        match value {
            _ if kind == kind::END || values.len() >= MOST_VALUES => return Some((machine, values)),
            Some(value) => values.push((kind, value)),
            None => return cut.then_some((machine, values)),
        }
    }
    // Nothing but the end ends it.
    cut.then_some((machine, values))
}

/// Slot, port, number in a stack, reserved; software version (a byte each of its parts).
fn info(value: &[u8], heard: &mut Heard<'_>) {
    let mut reader = Reader::new(value);
    let (Some(slot), Some(port), Some(_), Some(_)) =
        (reader.u16(), reader.u16(), reader.u16(), reader.array::<6>())
    else {
        return;
    };
    // Both count from 0.
    let port = format!("{}/{}", u32::from(slot) + 1, u32::from(port) + 1);
    heard.text(SECTION, "port", &port);
    heard.say(Fact::Port { port: port.into() });
    let Some(version) = reader.array() else { return };
    let [a, b, c, d] = version;
    heard.text(SECTION, "software", &format!("{a}.{b}.{c}.{d}"));
    if version != LLDPD {
        heard.vote(About::Type, "switch", 75, "edp", "speaks Extreme Networks' discovery protocol");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::{Identity, NameSource};
    use crate::testing::{facts, llc, noted, sightings};
    use dpi::Value;

    fn frame(len: u16, values: &[u8]) -> Vec<u8> {
        let header = [0xaa, 0xaa, 3, 0x00, 0xe0, 0x2b, 0x00, 0xbb, 1, 0];
        let machine = [0, 0, 0, 1, 0, 0, 0x00, 0x53, 0, 0, 0, 0xc1];
        let bytes = [&header[..], &len.to_be_bytes(), &machine, values].concat();
        llc([0x00, 0xe0, 0x2b, 0, 0, 0], &bytes)
    }

    fn values() -> Vec<u8> {
        let info = [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 16, 2, 5, 4];
        let vlan = [0, 0, 0, 30, 0, 0, 0, 0, 192, 0, 2, 6, b'l', b'a', b'b', 0];
        [
            &[0x99, 1, 0, 8][..],
            b"x460",
            &[0x99, 2, 0, 36],
            &info,
            &[0; 16],
            &[0x99, 5, 0, 20],
            &vlan,
            &[0x99, 0, 0, 4],
        ]
        .concat()
    }

    #[test]
    fn a_switch_names_itself_and_its_port() {
        let heard = sightings(&frame(16 + 68, &values()));
        let said = facts(&heard);
        assert!(said.contains(&Fact::Port { port: "1/5".into() }));
        assert!(said.contains(&Fact::Name { name: "x460".into(), source: NameSource::Discovery }));
        assert!(said.contains(&Fact::Identity(Identity::Chassis("00:53:00:00:00:c1".into()))));
        assert_eq!(noted(&heard, "edp", "software"), Some(Value::Text("16.2.5.4".into())));
        assert_eq!(noted(&heard, "edp", "vlans"), Some(Value::List(vec!["30 lab".into()])));
        assert!(heard.iter().any(|s| s.about.ip == Some("192.0.2.6".parse().unwrap())));
    }

    #[test]
    fn without_its_end_it_says_nothing() {
        let whole = values();
        for len in 0..whole.len() - 4 {
            assert!(sightings(&frame(16, &whole[..len])).is_empty(), "{len}");
        }
        assert!(sightings(&frame(600, &whole)).is_empty());
    }
}
