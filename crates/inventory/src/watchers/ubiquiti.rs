//! Ubiquiti's discovery protocol: access points, bridges and cameras tell what they are, in types,
//! lengths and values.

use std::net::{IpAddr, Ipv4Addr};

use dpi::Reader;
use wire::MacAddr;

use crate::sighting::About::{Model, Type, Vendor};
use crate::sighting::{Evidence, NameSource, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};
use crate::watchers::dhcp::readable;

pub(crate) const UBIQUITI: Watcher = Watcher {
    name: "ubiquiti",
    on: &[On::Udp(PORT)],
    notes: &[("ubiquiti", &["host_name", "platform", "model", "firmware", "essid", "uptime_seconds"])],
    read: Read::Frame(read),
};

const PORT: u16 = 10001;

/// Values that a message may have.
const MOST_VALUES: usize = 48;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(values) = values(look.payload) else { return };
    let get = |kind: u8| values.iter().find(|(own, _)| *own == kind).map(|(_, value)| *value);
    // The hardware address with the IP address; a search has neither.
    let Some(&[a, b, c, d, e, f, w, x, y, z]) = get(2) else { return };
    let (mac, ip) = (MacAddr([a, b, c, d, e, f]), IpAddr::from(Ipv4Addr::new(w, x, y, z)));
    if mac.is_group() || mac == MacAddr([0; 6]) {
        return;
    }
    heard.about(Subject { mac: Some(mac), ip: Some(ip).filter(|ip| is_host(*ip)) });
    if is_host(ip) {
        heard.address(Evidence::Announced);
    }
    let text = |kind| get(kind).map(readable).unwrap_or_default();
    let name = text(0x0b);
    heard.text("ubiquiti", "host_name", &name).name(&name, NameSource::Discovery);
    for (field, kind) in [("platform", 0x0c), ("model", 0x14), ("firmware", 3), ("essid", 0x0d)] {
        heard.text("ubiquiti", field, &text(kind));
    }
    if let Some(seconds) = get(0x0a).and_then(|value| value.try_into().ok()) {
        heard.note("ubiquiti", "uptime_seconds", u32::from_be_bytes(seconds));
    }
    let reason = "answers Ubiquiti's discovery";
    heard.vote(Vendor, "Ubiquiti", 95, "ubiquiti", reason);
    heard.vote(Type, "network-device", 70, "ubiquiti", reason);
    let model = if text(0x14).is_empty() { text(0x0c) } else { text(0x14) };
    if !model.is_empty() {
        heard.vote(Model, &model, 92, "ubiquiti", reason);
    }
    if get(0x0d).is_some() {
        heard.vote(Type, "access-point", 75, "ubiquiti", "names its wireless network");
    }
}

/// Version 1 or 2, a command, the length of the rest, and the values, which fill it.
fn values(bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut reader = Reader::new(bytes);
    let [1 | 2, _command] = reader.array()? else { return None };
    if usize::from(reader.u16()?) != reader.rest().len() {
        return None;
    }
    let mut values = Vec::new();
    while !reader.is_empty() {
        let (kind, value) = (reader.u8()?, reader.block16()?);
        if values.len() < MOST_VALUES {
            values.push((kind, value));
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    fn value(kind: u8, value: &[u8]) -> Vec<u8> {
        [&[kind, 0, value.len() as u8], value].concat()
    }

    #[test]
    fn an_access_point_answers() {
        let values = [
            value(2, &[0, 0, 0x5e, 0, 0x53, 1, 192, 0, 2, 1]),
            value(0x0b, b"roof"),
            value(0x0c, b"U7PG2"),
            value(0x0a, &[0, 0, 1, 0]),
        ]
        .concat();
        let whole = [&[1, 0, 0, values.len() as u8][..], &values].concat();
        let from =
            |bytes: &[u8]| sightings(&udp((SRC.into(), 10001), ([255, 255, 255, 255].into(), 10001), bytes));
        let heard = from(&whole);
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].about.mac, Some(MacAddr([0, 0, 0x5e, 0, 0x53, 1])));
        assert_eq!(noted(&heard, "ubiquiti", "host_name"), Some(Value::Text("roof".into())));
        assert_eq!(noted(&heard, "ubiquiti", "uptime_seconds"), Some(Value::Number(256)));
        for end in 0..whole.len() {
            assert_eq!(from(&whole[..end]), [], "{end}");
        }
        assert_eq!(from(&[1, 0, 0, 0]), [], "a search");
    }
}
