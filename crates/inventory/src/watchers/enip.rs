//! EtherNet/IP (CIP volume 2 s2-4.3): ListIdentity answers, in which a controller says what it is.

use dpi::{Reader, lossy};

use crate::sighting::About::{Model, Type, Vendor};
use crate::sighting::{Identity, Service};
use crate::watcher::{Heard, Look, MOST_TEXT, On, Read, Watcher};

pub(crate) const ENIP: Watcher = Watcher {
    name: "enip",
    on: &[On::Udp(PORT)],
    notes: &[("enip", &["product", "vendor_id", "device_type", "product_code", "revision", "serial"])],
    read: Read::Frame(read),
};

const PORT: u16 = 44818;

/// What the identity object holds.
struct Identified<'a> {
    vendor: u16,
    device_type: u16,
    product_code: u16,
    revision: [u8; 2],
    serial: u32,
    name: &'a [u8],
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    if look.packet.src_port != PORT {
        return;
    }
    let Some(found) = parse(look.payload) else { return };
    let name = lossy(found.name, MOST_TEXT);
    let [major, minor] = found.revision;
    heard.about(look.sender()).text("enip", "product", &name);
    heard.note("enip", "vendor_id", found.vendor).note("enip", "device_type", found.device_type);
    heard.note("enip", "product_code", found.product_code);
    heard.text("enip", "revision", &format!("{major}.{minor}"));
    heard.vote(Model, &name, 92, "enip", "names its product in EtherNet/IP");
    if found.serial != 0 {
        let serial = format!("{:08x}", found.serial);
        heard.identity(Identity::Serial(format!("CIP {} {serial}", found.vendor).into()));
        heard.text("enip", "serial", &serial);
    }
    // ODVA's first vendor.
    if found.vendor == 1 {
        heard.vote(Vendor, "Rockwell Automation", 95, "enip", "CIP vendor 1");
    }
    // CIP volume 1 s6-7: device profiles.
    let kind = match found.device_type {
        0x0e => "plc",
        0x18 => "hmi",
        _ => "industrial",
    };
    heard.vote(Type, kind, 90, "enip", &format!("CIP device type {:#x}", found.device_type));
    heard.service(Service {
        transport: "tcp",
        port: PORT,
        protocol: "enip".into(),
        source: "enip",
        ..Service::default()
    });
}

/// The encapsulation header, one item, and the identity in it; numbers are little-endian.
fn parse(bytes: &[u8]) -> Option<Identified<'_>> {
    let mut reader = Reader::new(bytes);
    let number = |reader: &mut Reader<'_>| reader.array().map(u16::from_le_bytes);
    const LIST_IDENTITY: u16 = 0x63;
    let (LIST_IDENTITY, len) = (number(&mut reader)?, number(&mut reader)?) else { return None };
    let (_session, [0, 0, 0, 0]) = (reader.u32()?, reader.array()?) else { return None };
    let (_context, _options) = (reader.take(8)?, reader.u32()?);
    if reader.rest().len() != usize::from(len) {
        return None;
    }
    let (1.., 0x0c, _len) = (number(&mut reader)?, number(&mut reader)?, number(&mut reader)?) else {
        return None;
    };
    let (_version, _socket) = (number(&mut reader)?, reader.take(16)?);
    let (vendor, device_type, product_code) =
        (number(&mut reader)?, number(&mut reader)?, number(&mut reader)?);
    let (revision, _status, serial) =
        (reader.array()?, number(&mut reader)?, reader.array().map(u32::from_le_bytes)?);
    let name = reader.block8()?;
    let _state = reader.u8()?;
    Some(Identified { vendor, device_type, product_code, revision, serial, name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    fn answer() -> Vec<u8> {
        let item = [
            &[1, 0, 0, 2, 0xaf, 0x12, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &[1, 0, 0x0e, 0, 0x36, 0, 20, 11, 0x60, 0x31, 0xef, 0xbe, 0xad, 0xde, 7],
            b"1756-L7",
            &[3],
        ]
        .concat();
        let len = item.len() as u8;
        [&[0x63, 0, len + 6, 0][..], &[0; 20], &[1, 0, 0x0c, 0, len, 0], &item].concat()
    }

    #[test]
    fn a_controller_says_what_it_is() {
        let heard = sightings(&udp((SRC.into(), 44818), ([192, 0, 2, 2].into(), 50000), &answer()));
        assert_eq!(heard.len(), 1);
        assert_eq!(noted(&heard, "enip", "product"), Some(Value::Text("1756-L7".into())));
        assert_eq!(noted(&heard, "enip", "serial"), Some(Value::Text("deadbeef".into())));
        assert_eq!(noted(&heard, "enip", "revision"), Some(Value::Text("20.11".into())));
    }

    #[test]
    fn nothing_else_does() {
        let whole = answer();
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_none(), "{end}");
        }
        assert!(parse(&[0x63; 100]).is_none());
        assert_eq!(sightings(&udp((SRC.into(), 50000), ([192, 0, 2, 2].into(), 44818), &answer())), []);
    }
}
