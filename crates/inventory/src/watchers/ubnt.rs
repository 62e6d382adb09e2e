//! Ubiquiti's discovery, versions 1 and 2: host name, model, firmware, addresses.

use dpi::Reader;
use wire::{Flags, MacAddr};

use crate::discovery::{address, chassis, ip, mac, own_name, text};
use crate::sighting::{About, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const UBNT: Watcher = Watcher {
    name: "ubnt",
    on: &[On::Udp(PORT)],
    notes: &[(
        SECTION,
        &["host_name", "model", "platform", "firmware", "essid", "uptime_seconds", "addresses"],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "ubnt";
const PORT: u16 = 10001;
const MOST_VALUES: usize = 64;

mod kind {
    pub(super) const MAC: u8 = 0x01;
    pub(super) const MAC_AND_IP: u8 = 0x02;
    pub(super) const FIRMWARE: u8 = 0x03;
    pub(super) const UPTIME: u8 = 0x0a;
    pub(super) const HOST_NAME: u8 = 0x0b;
    pub(super) const PLATFORM: u8 = 0x0c;
    pub(super) const ESSID: u8 = 0x0d;
    pub(super) const SERIAL: u8 = 0x13;
    pub(super) const MODEL: u8 = 0x14;
    pub(super) const PLATFORM_2: u8 = 0x15;
    pub(super) const FIRMWARE_2: u8 = 0x16;
}

/// Beginnings of models and of their short names.
const MODELS: &[(&str, &str)] = &[
    ("USW", "switch"),
    ("US8", "switch"),
    ("US16", "switch"),
    ("US24", "switch"),
    ("US48", "switch"),
    ("ES-", "switch"),
    ("UAP", "access-point"),
    ("U6", "access-point"),
    ("U7", "access-point"),
    ("NanoStation", "access-point"),
    ("NanoBeam", "access-point"),
    ("UDM", "router"),
    ("UDR", "router"),
    ("USG", "router"),
    ("UGW", "router"),
    ("UXG", "router"),
    ("ER-", "router"),
    ("EdgeRouter", "router"),
    ("UVC", "camera"),
    ("UVP", "voip-phone"),
    ("UNVR", "video-recorder"),
];

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(values) = parse(look.payload, look.packet.flags.has(Flags::TRUNCATED)) else { return };
    let all = |kind: u8| values.iter().filter(move |(k, _)| *k == kind).map(|(_, value)| *value);
    let get = |kind: u8| all(kind).next();
    // Who says nothing of itself asks.
    let own = get(kind::SERIAL).or_else(|| get(kind::MAC)).and_then(mac);
    let pairs: Vec<(MacAddr, &[u8])> = all(kind::MAC_AND_IP)
        .filter_map(|value| value.split_at_checked(6))
        .filter_map(|(hardware, address)| Some((mac(hardware)?, address)))
        .collect();
    let Some(own) = own.or_else(|| pairs.first().map(|(mac, _)| *mac)) else { return };
    let model = get(kind::MODEL).map(text).unwrap_or_default();
    let platform = get(kind::PLATFORM).or_else(|| get(kind::PLATFORM_2)).map(text).unwrap_or_default();
    if model.is_empty() && platform.is_empty() {
        return;
    }
    let me = Subject { mac: look.src_mac, ..look.sender() };
    chassis(heard, me, own);
    if let Some(name) = get(kind::HOST_NAME) {
        own_name(heard, name);
        heard.text(SECTION, "host_name", &text(name));
    }
    let firmware = get(kind::FIRMWARE_2).or_else(|| get(kind::FIRMWARE)).map(text).unwrap_or_default();
    heard.text(SECTION, "model", &model).text(SECTION, "platform", &platform);
    heard.text(SECTION, "firmware", &firmware);
    heard.text(SECTION, "essid", &get(kind::ESSID).map(text).unwrap_or_default());
    if let Some(Ok(uptime)) = get(kind::UPTIME).map(<[u8; 4]>::try_from) {
        heard.note(SECTION, "uptime_seconds", u32::from_be_bytes(uptime));
    }
    vote(if model.is_empty() { &platform } else { &model }, &firmware, heard);
    for (hardware, bytes) in pairs.into_iter().take(16) {
        if let Some(ip) = ip(bytes) {
            heard.add(SECTION, "addresses", &ip.to_string());
            let interface =
                if Some(hardware) == look.src_mac { me } else { Subject { mac: Some(hardware), ip: None } };
            address(heard, interface, ip);
            heard.about(me);
        }
    }
}

fn vote(model: &str, firmware: &str, heard: &mut Heard<'_>) {
    let reason = format!("Ubiquiti discovery: model \"{model}\", firmware \"{firmware}\"");
    heard.vote(About::Vendor, "Ubiquiti", 95, "ubnt", &reason);
    heard.vote(About::Model, model, 92, "ubnt", &reason);
    let kind = MODELS.iter().find(|(start, _)| model.starts_with(start)).map(|(_, kind)| *kind);
    if let Some(kind) = kind {
        heard.vote(About::Type, kind, 90, "ubnt", &reason);
    }
    // "EdgeRouter.ER-e50.v1.10.10...", "XW.ar934x.v5.6.3...": what runs on it, chip, version.
    let version = firmware.split(".v").nth(1).and_then(|rest| rest.split(['-', '_']).next());
    let os = match firmware.split('.').next() {
        Some(start) if start.starts_with("EdgeRouter") => "EdgeOS",
        Some("XM" | "XW" | "XC" | "WA" | "TI") => "airOS",
        _ => return,
    };
    let numbers: Vec<&str> = version.unwrap_or_default().split('.').take(3).collect();
    heard.vote(About::Os, format!("{os} {}", numbers.join(".")).trim(), 88, "ubnt", &reason);
}

type Values<'a> = Vec<(u8, &'a [u8])>;

/// Version, command, length of the rest; values of type, length of two bytes, and content.
fn parse(bytes: &[u8], cut: bool) -> Option<Values<'_>> {
    let mut reader = Reader::new(bytes);
    let ([1 | 2, 0..=0x10], len) = (reader.array()?, usize::from(reader.u16()?)) else { return None };
    if len != reader.rest().len() && !(cut && len > reader.rest().len()) {
        return None;
    }
    let mut values = Vec::new();
    while !reader.is_empty() && values.len() < MOST_VALUES {
        match reader.u8().zip(reader.block16()) {
            Some(value) => values.push(value),
            None if cut => break,
            None => return None,
        }
    }
    (values.len() >= 2).then_some(values)
}

#[cfg(test)]
mod tests {
    use crate::sighting::{Evidence, Fact, NameSource};
    use crate::testing::{DST, SRC, SRC_MAC, facts, sightings, udp};

    fn message() -> Vec<u8> {
        let value =
            |kind: u8, value: &[u8]| [&[kind, 0, u8::try_from(value.len()).unwrap()][..], value].concat();
        let values = [
            value(1, &SRC_MAC),
            value(2, &[&SRC_MAC[..], &[192, 0, 2, 20]].concat()),
            value(3, b"XW.ar934x.v5.6.3.28591.151130.1749"),
            value(0x0b, b"barn"),
            value(0x0c, b"N5N"),
            value(0x14, b"NanoStation M5"),
        ]
        .concat();
        [&[1, 0, 0, u8::try_from(values.len()).unwrap()][..], &values].concat()
    }

    fn frame(payload: &[u8]) -> Vec<u8> {
        udp((SRC.into(), 10001), (DST.into(), 40_000), payload)
    }

    #[test]
    fn an_antenna_names_itself() {
        let heard = sightings(&frame(&message()));
        let said = facts(&heard);
        assert!(said.contains(&Fact::Name { name: "barn".into(), source: NameSource::Discovery }));
        let values: Vec<&str> = said
            .iter()
            .filter_map(|fact| if let Fact::Vote(vote) = fact { Some(&*vote.value) } else { None })
            .collect();
        assert_eq!(values, ["Ubiquiti", "NanoStation M5", "access-point", "airOS 5.6.3"]);
        assert!(heard.iter().any(|s| s.about.ip == Some("192.0.2.20".parse().unwrap())
            && s.facts == [Fact::Address(Evidence::Announced)]));
    }

    #[test]
    fn questions_and_what_is_cut_say_nothing() {
        assert!(sightings(&frame(&[1, 0, 0, 0])).is_empty());
        assert!(sightings(&frame(&[2; 64])).is_empty());
        let whole = message();
        for len in 0..whole.len() {
            assert!(sightings(&frame(&whole[..len])).is_empty(), "{len}");
        }
    }
}
