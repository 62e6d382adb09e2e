//! LIFX's lamps: what they answer on the local network.

use dpi::Reader;
use wire::MacAddr;

use crate::sighting::About::{Type, Vendor};
use crate::sighting::Service;
use crate::watcher::{Heard, Look, On, Read, Watcher};
use crate::watchers::dhcp::readable;

pub(crate) const LIFX: Watcher = Watcher {
    name: "lifx",
    on: &[On::Udp(PORT)],
    notes: &[("lifx", &["label", "target", "product", "firmware"])],
    read: Read::Frame(read),
};

const PORT: u16 = 56700;

/// Messages that only lamps send.
mod kind {
    pub(super) const SERVICE: u16 = 3;
    pub(super) const FIRMWARE: u16 = 15;
    pub(super) const LABEL: u16 = 25;
    pub(super) const VERSION: u16 = 33;
    pub(super) const LIGHT: u16 = 107;
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    if look.packet.src_port != PORT {
        return;
    }
    let Some((target, kind, body)) = parse(look.payload) else { return };
    // Each has its length; a name stands at its place in two.
    let name = match (kind, body.len()) {
        (kind::SERVICE, 5) | (kind::VERSION, 12) | (kind::FIRMWARE, 20) => None,
        (kind::LABEL, 32) => Some(body),
        (kind::LIGHT, 52) => body.get(12..44),
        _ => return,
    };
    heard.about(look.sender()).text("lifx", "target", &target.to_string());
    heard.vote(Type, "light", 92, "lifx", "answers as LIFX's lamps do");
    heard.vote(Vendor, "LIFX", 92, "lifx", "answers as LIFX's lamps do");
    if let Some(name) = name {
        heard.text("lifx", "label", &readable(name));
    }
    if let (kind::VERSION, Some(&[_, _, _, _, a, b, c, d])) = (kind, body.first_chunk()) {
        heard.note("lifx", "product", u32::from_le_bytes([a, b, c, d]));
    }
    if let (kind::FIRMWARE, Some(&[minor_low, minor_high, major_low, major_high])) = (kind, body.last_chunk())
    {
        let version = [[major_low, major_high], [minor_low, minor_high]].map(u16::from_le_bytes);
        let [major, minor] = version;
        heard.text("lifx", "firmware", &format!("{major}.{minor}"));
    }
    heard.service(Service {
        transport: "udp",
        port: PORT,
        protocol: "lifx".into(),
        source: "lifx",
        ..Service::default()
    });
}

/// The header's 36 bytes: target, kind of message, and what follows; numbers are little-endian.
fn parse(bytes: &[u8]) -> Option<(MacAddr, u16, &[u8])> {
    let mut reader = Reader::new(bytes);
    let number = |reader: &mut Reader<'_>| reader.array().map(u16::from_le_bytes);
    let (size, protocol) = (number(&mut reader)?, number(&mut reader)?);
    // Protocol 1024 that has an address in it.
    if usize::from(size) != bytes.len() || protocol & 0x1fff != 0x1400 {
        return None;
    }
    let (_source, target, [0, 0]) = (reader.u32()?, MacAddr(reader.array()?), reader.array()?) else {
        return None;
    };
    let (_reserved, _flags_and_number, _time) = (reader.take(6)?, reader.u16()?, reader.take(8)?);
    let (kind, _reserved) = (number(&mut reader)?, reader.u16()?);
    (target != MacAddr([0; 6])).then_some((target, kind, reader.rest()))
}

#[cfg(test)]
mod tests {
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    fn label() -> Vec<u8> {
        let mut bytes = vec![68, 0, 0, 0x14, 1, 2, 3, 4, 0, 0, 0x5e, 0, 0x53, 1, 0, 0];
        bytes.resize(32, 0);
        bytes.extend([25, 0, 0, 0]);
        bytes.extend(b"Kitchen");
        bytes.resize(68, 0);
        bytes
    }

    #[test]
    fn a_lamp_answers() {
        let from = |bytes: &[u8]| sightings(&udp((SRC.into(), 56700), ([192, 0, 2, 2].into(), 50000), bytes));
        let heard = from(&label());
        assert_eq!(noted(&heard, "lifx", "label"), Some(Value::Text("Kitchen".into())));
        assert_eq!(noted(&heard, "lifx", "target"), Some(Value::Text("00:00:5e:00:53:01".into())));
        for end in 0..68 {
            assert_eq!(from(&label()[..end]), [], "{end}");
        }
        let mut question = label();
        question[32] = 23;
        assert_eq!(from(&question), []);
    }
}
