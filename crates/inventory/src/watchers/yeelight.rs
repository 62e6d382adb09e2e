//! Yeelight's inter-operation specification: lamps that announce themselves in SSDP's notation.

use crate::headers::Headers;
use crate::sighting::About::{Model, Type, Vendor};
use crate::sighting::{Identity, Service};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const YEELIGHT: Watcher = Watcher {
    name: "yeelight",
    on: &[On::Udp(PORT)],
    notes: &[("yeelight", &["id", "model", "firmware", "name"])],
    read: Read::Frame(read),
};

const PORT: u16 = 1982;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(("NOTIFY * HTTP/1.1" | "HTTP/1.1 200 OK", headers)) = Headers::read(look.payload) else {
        return;
    };
    let Some(place) = headers.get("location").and_then(|place| place.strip_prefix("yeelight://")) else {
        return;
    };
    let (Some(id), Some(model)) = (headers.get("id"), headers.get("model")) else { return };
    let Some((host, port)) = place.split_once(':') else { return };
    if host.parse().ok() != look.src_ip {
        return;
    }
    let reason = format!("announces the lamp {model:?}");
    heard.about(look.sender()).text("yeelight", "id", id).text("yeelight", "model", model);
    heard.identity(Identity::Serial(format!("Yeelight {id}").into()));
    heard.text("yeelight", "firmware", headers.get("fw_ver").unwrap_or_default());
    heard.text("yeelight", "name", headers.get("name").unwrap_or_default());
    heard.vote(Type, "light", 95, "yeelight", &reason).vote(Vendor, "Yeelight", 95, "yeelight", &reason);
    heard.vote(Model, model, 80, "yeelight", &reason);
    if let Ok(port) = port.parse() {
        let protocol = "yeelight".into();
        heard.service(Service { transport: "tcp", port, protocol, source: "yeelight", ..Service::default() });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    #[test]
    fn a_lamp_announces_itself() {
        let from = |text: &str| {
            sightings(&udp((SRC.into(), 1982), ([239, 255, 255, 250].into(), 1982), text.as_bytes()))
        };
        let whole = "NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250:1982\r\nLocation: yeelight://192.0.2.1:55443\r\n\
                     id: 0x000000000015243f\r\nmodel: color\r\nfw_ver: 18\r\n\r\n";
        let heard = from(whole);
        assert_eq!(noted(&heard, "yeelight", "model"), Some(Value::Text("color".into())));
        assert_eq!(noted(&heard, "yeelight", "firmware"), Some(Value::Text("18".into())));
        assert_eq!(from(&whole.replace("192.0.2.1", "192.0.2.9")), [], "somebody else's");
        assert_eq!(from("M-SEARCH * HTTP/1.1\r\nST: wifi_bulb\r\n\r\n"), []);
        for end in 0..whole.len() {
            assert!(from(&whole[..end]).is_empty() || whole[..end].contains("color\r\n"), "{end}");
        }
    }
}
