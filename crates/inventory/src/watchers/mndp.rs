//! MikroTik's neighbour discovery: identity, RouterOS version, board, addresses.

use dpi::Reader;
use wire::Flags;

use crate::discovery::{address, ip, mac, own_name, text};
use crate::sighting::{About, Fact, Identity, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const MNDP: Watcher = Watcher {
    name: "mndp",
    on: &[On::Udp(PORT)],
    notes: &[(
        SECTION,
        &[
            "identity",
            "version",
            "platform",
            "board",
            "software_id",
            "uptime_seconds",
            "interface",
            "addresses",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "mndp";
const PORT: u16 = 5678;
const MOST_VALUES: usize = 32;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    if look.packet.dst_port != PORT {
        return;
    }
    let Some(values) = parse(look.payload, look.packet.flags.has(Flags::TRUNCATED)) else { return };
    let get = |kind: u16| values.iter().find(|(k, _)| *k == kind).map(|(_, value)| *value);
    let Some(own) = get(1).and_then(mac) else { return };
    let me = Subject { mac: Some(own), ..look.sender() };
    heard.about(me).say(Fact::Seen);
    if let Some(name) = get(5) {
        own_name(heard, name);
        heard.text(SECTION, "identity", &text(name));
    }
    for (kind, field) in [(8, "platform"), (16, "interface")] {
        heard.text(SECTION, field, &get(kind).map(text).unwrap_or_default());
    }
    if let Some(version) = get(7).map(text) {
        heard.text(SECTION, "version", &version);
        let number = version.split(' ').next().unwrap_or_default();
        let reason = format!("MNDP version \"{version}\"");
        heard.vote(About::Os, &format!("RouterOS {number}"), 95, "mndp", &reason);
    }
    if let Some(board) = get(12).map(text).filter(|board| !board.is_empty()) {
        let reason = format!("MNDP board \"{board}\"");
        heard.text(SECTION, "board", &board).vote(About::Model, &board, 95, "mndp", &reason);
        let (kind, weight) = match board.get(..3) {
            Some("CRS" | "CSS") => ("switch", 85),
            Some("cAP" | "wAP" | "mAP") => ("access-point", 80),
            _ => ("router", 80),
        };
        heard.vote(About::Type, kind, weight, "mndp", &reason);
    }
    heard.vote(About::Vendor, "MikroTik", 92, "mndp", "speaks MikroTik's neighbour discovery");
    if let Some(id) = get(11).map(text).filter(|id| id.len() >= 8) {
        heard.text(SECTION, "software_id", &id);
        // A licence is for one device, which sends this from each interface.
        heard.identity(Identity::Serial(format!("RouterOS {id}").into()));
    }
    if let Some(Ok(uptime)) = get(10).map(<[u8; 4]>::try_from) {
        heard.note(SECTION, "uptime_seconds", u32::from_le_bytes(uptime));
    }
    for ip in [get(17), get(15)].into_iter().flatten().filter_map(ip) {
        heard.add(SECTION, "addresses", &ip.to_string());
        address(heard, me, ip);
    }
}

type Values<'a> = Vec<(u16, &'a [u8])>;

/// Two bytes of header, two of sequence; then values of type, length and content, the sender's
/// hardware address first. A question has none.
fn parse(bytes: &[u8], cut: bool) -> Option<Values<'_>> {
    let mut reader = Reader::new(bytes);
    let _header = reader.array::<4>()?;
    let mut values = Vec::new();
    while !reader.is_empty() && values.len() < MOST_VALUES {
        match reader.u16().zip(reader.block16()) {
            Some((kind @ 1..=32, value)) => values.push((kind, value)),
            None if cut => break,
            _ => return None,
        }
    }
    matches!(values.first(), Some((1, [_, _, _, _, _, _]))).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::{Evidence, NameSource};
    use crate::testing::{SRC, SRC_MAC, facts, noted, sightings, udp};
    use dpi::Value;

    fn message() -> Vec<u8> {
        let value =
            |kind: u8, value: &[u8]| [&[0, kind, 0, u8::try_from(value.len()).unwrap()][..], value].concat();
        [
            vec![0, 0, 0, 1],
            value(1, &SRC_MAC),
            value(5, b"gw-01"),
            value(7, b"6.49.6 (stable)"),
            value(8, b"MikroTik"),
            value(10, &[60, 0, 0, 0]),
            value(11, b"3DXY-KHGD"),
            value(12, b"CRS125-24G-1S"),
            value(16, b"bridge1"),
            value(17, &[192, 0, 2, 88]),
        ]
        .concat()
    }

    fn frame(payload: &[u8]) -> Vec<u8> {
        udp((SRC.into(), 5678), ("255.255.255.255".parse().unwrap(), 5678), payload)
    }

    #[test]
    fn a_router_names_itself() {
        let heard = sightings(&frame(&message()));
        let said = facts(&heard);
        assert!(said.contains(&Fact::Name { name: "gw-01".into(), source: NameSource::Discovery }));
        assert!(said.contains(&Fact::Identity(Identity::Serial("RouterOS 3DXY-KHGD".into()))));
        let votes: Vec<(About, &str)> = said
            .iter()
            .filter_map(|fact| match fact {
                Fact::Vote(vote) => Some((vote.about, &*vote.value)),
                _ => None,
            })
            .collect();
        assert!(votes.contains(&(About::Os, "RouterOS 6.49.6")) && votes.contains(&(About::Type, "switch")));
        assert_eq!(noted(&heard, "mndp", "uptime_seconds"), Some(Value::Number(60)));
        let other = heard.iter().find(|s| s.about.ip == Some("192.0.2.88".parse().unwrap())).unwrap();
        assert_eq!(other.facts, [Fact::Address(Evidence::Announced)]);
    }

    #[test]
    fn questions_and_what_is_cut_say_nothing() {
        assert!(sightings(&frame(&[0; 4])).is_empty());
        assert!(sightings(&frame(&[0x41; 64])).is_empty());
        let whole = message();
        let all = facts(&sightings(&frame(&whole)));
        for len in 0..whole.len() {
            assert!(facts(&sightings(&frame(&whole[..len]))).iter().all(|fact| all.contains(fact)), "{len}");
        }
    }
}
