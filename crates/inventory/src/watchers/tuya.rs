//! Tuya's announcements: plugs, lamps and others that say every few seconds that they are there,
//! the older ones in clear.

use dpi::{json_value, lossy};

use crate::sighting::About::{Type, Vendor};
use crate::sighting::{Identity, Service};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const TUYA: Watcher = Watcher {
    name: "tuya",
    on: &[On::Udp(IN_CLEAR), On::Udp(ENCRYPTED)],
    notes: &[("tuya", &["device_id", "product_key", "version"])],
    read: Read::Frame(read),
};

/// Ports that announcements go to.
const IN_CLEAR: u16 = 6666;
const ENCRYPTED: u16 = 6667;

/// The command of announcements: in clear and encrypted.
const COMMANDS: [u8; 2] = [0, 0x13];

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    if !matches!(look.packet.dst_port, IN_CLEAR | ENCRYPTED) {
        return;
    }
    // Beginning, number, command, length of what follows, and the end.
    let Some((&[0, 0, 0x55, 0xaa, _, _, _, _, 0, 0, 0, command, 0, 0, high, low], rest)) =
        look.payload.split_first_chunk()
    else {
        return;
    };
    let is_whole = rest.len() == usize::from(u16::from_be_bytes([high, low]));
    if !is_whole || !COMMANDS.contains(&command) || !rest.ends_with(&[0, 0, 0xaa, 0x55]) {
        return;
    }
    let reason = "announces itself as Tuya's devices do";
    heard.about(look.sender()).vote(Vendor, "Tuya", 60, "tuya", reason).vote(Type, "iot", 75, "tuya", reason);
    for (field, name) in [("device_id", "gwId"), ("product_key", "productKey"), ("version", "version")] {
        heard.text("tuya", field, &json_value(rest, name).map(|value| lossy(value, 64)).unwrap_or_default());
    }
    if let Some(id) = json_value(rest, "gwId").filter(|id| id.len() >= 16) {
        heard.identity(Identity::Serial(format!("Tuya {}", lossy(id, 64)).into()));
    }
    heard.service(Service {
        transport: "tcp",
        port: 6668,
        protocol: "tuya".into(),
        source: "tuya",
        ..Service::default()
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    #[test]
    fn a_plug_announces_itself() {
        let body = br#"{"ip":"192.0.2.1","gwId":"0123456789abcdef0123","productKey":"abcd","version":"3.1"}"#;
        let len = (body.len() + 12) as u8;
        let whole = [
            &[0, 0, 0x55, 0xaa, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, len, 0, 0, 0, 0][..],
            body,
            &[1, 2, 3, 4, 0, 0, 0xaa, 0x55],
        ]
        .concat();
        let from =
            |bytes: &[u8]| sightings(&udp((SRC.into(), 49154), ([255, 255, 255, 255].into(), 6666), bytes));
        let heard = from(&whole);
        assert_eq!(noted(&heard, "tuya", "device_id"), Some(Value::Text("0123456789abcdef0123".into())));
        assert_eq!(noted(&heard, "tuya", "version"), Some(Value::Text("3.1".into())));
        for end in 0..whole.len() {
            assert_eq!(from(&whole[..end]), [], "{end}");
        }
    }
}
