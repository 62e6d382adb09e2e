//! PROFINET's discovery and configuration protocol, DCP (IEC 61158-6-10 s4.3): a station's name,
//! maker, kind and address.

use std::net::{IpAddr, Ipv4Addr};

use dpi::Reader;

use crate::discovery::{address, bits, ip, own_name, station, text};
use crate::network::Network;
use crate::sighting::{About, Fact};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const PROFINET: Watcher = Watcher {
    name: "profinet",
    on: &[On::EtherType(0x8892)],
    notes: &[(
        SECTION,
        &["station", "station_type", "vendor_id", "device_id", "roles", "address", "netmask", "gateway"],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "profinet";

/// Frame identifiers, and the service and its kind that go with each: a station says hello when it
/// starts, and answers when it is looked for.
const HELLO: [u8; 4] = [0xfe, 0xfc, 6, 0];
const IDENTIFIED: [u8; 4] = [0xfe, 0xff, 5, 1];

const ROLES: &[&str] = &["device", "controller", "multidevice", "supervisor"];
const DEVICE: u8 = 1;
const CONTROLLER: u8 = 2;
const SIEMENS: u16 = 0x002a;
const MOST_BLOCKS: usize = 32;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(blocks) = parse(look.payload) else { return };
    let me = station(look.src_mac);
    heard.about(me).say(Fact::Seen);
    let mut own = None;
    for (kind, value) in blocks {
        match (kind, value) {
            ([1, 2], [a, b, c, d, m0, m1, m2, m3, gateway @ ..]) => {
                own = ip(&[*a, *b, *c, *d]);
                addresses(own, [*m0, *m1, *m2, *m3].into(), gateway, heard);
            }
            ([2, 1], value) => {
                let kind = text(value);
                heard.text(SECTION, "station_type", &kind);
                if !kind.is_empty() {
                    heard.vote(About::Model, &kind, 88, "profinet", "PROFINET type of station");
                }
            }
            ([2, 2], value) => {
                own_name(heard, value);
                heard.text(SECTION, "station", &text(value));
            }
            ([2, 3], [v0, v1, d0, d1]) => {
                let vendor = u16::from_be_bytes([*v0, *v1]);
                heard.text(SECTION, "vendor_id", &format!("{vendor:04x}"));
                heard.text(SECTION, "device_id", &format!("{:04x}", u16::from_be_bytes([*d0, *d1])));
                if vendor == SIEMENS {
                    heard.vote(About::Vendor, "Siemens", 92, "profinet", "PROFINET vendor id 002a");
                }
            }
            ([2, 4], [role, ..]) => {
                for name in bits((*role).into(), ROLES) {
                    heard.add(SECTION, "roles", name);
                }
                if role & CONTROLLER != 0 {
                    heard.vote(About::Type, "plc", 85, "profinet", "PROFINET role IO controller");
                } else if role & DEVICE != 0 {
                    heard.vote(About::Type, "industrial", 80, "profinet", "PROFINET role IO device");
                }
            }
            _ => {}
        }
    }
    if let Some(own) = own {
        address(heard, me, own);
    }
}

/// IP parameter: address, mask, gateway.
fn addresses(own: Option<IpAddr>, mask: Ipv4Addr, gateway: &[u8], heard: &mut Heard<'_>) {
    let Some(IpAddr::V4(own)) = own else { return };
    heard.text(SECTION, "address", &own.to_string()).text(SECTION, "netmask", &mask.to_string());
    if let Some(gateway) = ip(gateway).filter(|gateway| *gateway != own) {
        heard.text(SECTION, "gateway", &gateway.to_string());
    }
    let (ones, mask) = (mask.to_bits().leading_ones(), mask.to_bits());
    let is_prefix = mask.count_ones() == ones;
    if let (true, Ok(prefix @ 1..=32)) = (is_prefix, u8::try_from(ones)) {
        let address = Ipv4Addr::from_bits(own.to_bits() & mask).into();
        heard.say(Fact::OnLink(Network { address, prefix }));
    }
}

type Blocks<'a> = Vec<([u8; 2], &'a [u8])>;

/// Frame id, service and its kind, transaction, delay, length of the blocks; each of option,
/// suboption, length (padded to even), two bytes of state, content.
fn parse(bytes: &[u8]) -> Option<Blocks<'_>> {
    let mut reader = Reader::new(bytes);
    let (HELLO | IDENTIFIED) = reader.array()? else { return None };
    let (_transaction, _delay) = (reader.u32()?, reader.u16()?);
    let mut all = Reader::new(reader.block16()?);
    let mut blocks = Vec::new();
    while !all.is_empty() && blocks.len() < MOST_BLOCKS {
        let kind = all.array::<2>()?;
        let block = all.block16()?;
        blocks.push((kind, block.get(2..)?));
        if block.len() % 2 == 1 {
            all.u8()?;
        }
    }
    // Whoever it is has a name, though it may be empty, or a maker.
    blocks.iter().any(|(kind, _)| matches!(kind, [2, 2 | 3])).then_some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::{Evidence, NameSource};
    use crate::testing::{SRC_MAC, ethernet, facts, noted, sightings};
    use dpi::Value;

    fn message() -> Vec<u8> {
        let block = |kind: [u8; 2], value: &[u8]| {
            let len = u8::try_from(value.len() + 2).unwrap();
            let mut block = [&kind[..], &[0, len, 0, 0], value].concat();
            block.resize(block.len() + block.len() % 2, 0);
            block
        };
        let blocks = [
            block([2, 2], b"press-01x"),
            block([2, 1], b"S7-1200"),
            block([2, 3], &[0, 0x2a, 1, 0x0d]),
            block([2, 4], &[2, 0]),
            block([1, 2], &[192, 0, 2, 50, 255, 255, 255, 0, 192, 0, 2, 1]),
        ]
        .concat();
        let head = [0xfe, 0xff, 5, 1, 0, 0, 0, 1, 0, 0, 0, u8::try_from(blocks.len()).unwrap()];
        [&head[..], &blocks].concat()
    }

    #[test]
    fn a_controller_names_itself() {
        let heard = sightings(&ethernet(0x8892, &message()));
        let said = facts(&heard);
        assert!(said.contains(&Fact::Name { name: "press-01x".into(), source: NameSource::Discovery }));
        let values: Vec<&str> = said
            .iter()
            .filter_map(|fact| if let Fact::Vote(vote) = fact { Some(&*vote.value) } else { None })
            .collect();
        assert_eq!(values, ["S7-1200", "Siemens", "plc"]);
        let link = Network { address: "192.0.2.0".parse().unwrap(), prefix: 24 };
        assert!(said.contains(&Fact::OnLink(link)));
        assert_eq!(noted(&heard, "profinet", "device_id"), Some(Value::Text("010d".into())));
        assert!(heard.iter().any(|s| s.facts == [Fact::Address(Evidence::Announced)]
            && s.about.mac.is_some_and(|mac| mac.0 == SRC_MAC)));
    }

    #[test]
    fn questions_cyclic_data_and_what_is_cut_say_nothing() {
        let whole = message();
        for start in [[0xfe, 0xfe, 5, 0], [0xfe, 0xfd, 4, 0], [0x80, 0x00, 5, 1]] {
            let mut other = whole.clone();
            other[..4].copy_from_slice(&start);
            assert!(sightings(&ethernet(0x8892, &other)).is_empty());
        }
        for len in 0..whole.len() {
            let frame = [&[0; 12][..], &[0x88, 0x92], &whole[..len]].concat();
            assert!(sightings(&frame).is_empty(), "{len}");
        }
    }
}
