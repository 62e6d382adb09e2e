//! TP-Link's smart home protocol: answers of plugs, switches and lamps to who looks for them, in
//! JSON behind a running XOR.

use crate::json;
use crate::sighting::About::{Model, Type, Vendor};
use crate::sighting::{Identity, NameSource, Service};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const TPLINK: Watcher = Watcher {
    name: "tplink",
    on: &[On::Udp(PORT)],
    notes: &[("tplink", &["name", "model", "description", "firmware", "hardware", "device_id"])],
    read: Read::Frame(read),
};

const PORT: u16 = 9999;

/// The first byte's key; each byte on the wire is the key of the next.
const FIRST_KEY: u8 = 171;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    if look.packet.src_port != PORT {
        return;
    }
    let mut key = FIRST_KEY;
    let plain = look.payload.iter().map(|byte| std::mem::replace(&mut key, *byte) ^ byte).collect();
    let Ok(plain) = String::from_utf8(plain) else { return };
    if !(json::is_object(&plain) && plain.contains("\"get_sysinfo\"")) {
        return;
    }
    let text = |name| json::text(&plain, name).unwrap_or_default();
    let model = text("model");
    if model.is_empty() {
        return;
    }
    let reason = format!("answers as {model:?}");
    heard.about(look.sender()).text("tplink", "model", model).vote(Model, model, 95, "tplink", &reason);
    heard.vote(Vendor, "TP-Link", 95, "tplink", &reason);
    heard.text("tplink", "name", text("alias")).name(text("alias"), NameSource::Banner);
    for (field, name) in [
        ("description", "dev_name"),
        ("firmware", "sw_ver"),
        ("hardware", "hw_ver"),
        ("device_id", "deviceId"),
    ] {
        heard.text("tplink", field, text(name));
    }
    if text("deviceId").len() >= 16 {
        heard.identity(Identity::Serial(format!("TP-Link {}", text("deviceId")).into()));
    }
    let kind = match (text("type"), text("mic_type")) {
        ("IOT.SMARTPLUGSWITCH", _) => "smart-plug",
        ("IOT.SMARTBULB", _) | (_, "IOT.SMARTBULB") => "light",
        _ => "iot",
    };
    heard.vote(Type, kind, 90, "tplink", &reason);
    heard.service(Service {
        transport: "tcp",
        port: PORT,
        protocol: "tplink-shp".into(),
        source: "tplink",
        ..Service::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    fn hidden(plain: &str) -> Vec<u8> {
        let mut key = FIRST_KEY;
        let hide = |byte: u8| {
            key ^= byte;
            key
        };
        plain.bytes().map(hide).collect()
    }

    #[test]
    fn a_plug_answers() {
        let plain = r#"{"system":{"get_sysinfo":{"sw_ver":"1.5.6","type":"IOT.SMARTPLUGSWITCH","model":"HS110(EU)","alias":"Lamp"}}}"#;
        let bytes = hidden(plain);
        let from =
            |port, bytes: &[u8]| sightings(&udp((SRC.into(), port), ([192, 0, 2, 2].into(), 50000), bytes));
        let heard = from(9999, &bytes);
        assert_eq!(noted(&heard, "tplink", "model"), Some(Value::Text("HS110(EU)".into())));
        assert_eq!(noted(&heard, "tplink", "name"), Some(Value::Text("Lamp".into())));
        for end in 0..bytes.len() {
            assert_eq!(from(9999, &bytes[..end]), [], "{end}");
        }
        assert_eq!(from(9999, plain.as_bytes()), [], "not hidden");
        assert_eq!(from(9999, &hidden(r#"{"system":{"get_sysinfo":{}}}"#)), [], "the question");
    }
}
