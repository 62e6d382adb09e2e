//! Industrial protocols: controllers and what they say of themselves; medical and building systems.

use crate::sighting::{About, Identity, NameSource};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const INDUSTRIAL: Watcher = Watcher {
    name: "industrial",
    on: &[On::AnyFlow],
    notes: &[(
        "industrial",
        &[
            "protocols",
            "product",
            "vendor",
            "order_number",
            "module",
            "station",
            "firmware",
            "serial",
            "device_instance",
            "vendor_id",
            "units",
            "application_entities",
        ],
    )],
    read: Read::Flow(read),
};

/// Who answers to a protocol.
struct Server {
    protocol: &'static str,
    kind: &'static str,
    weight: u8,
    vendor: Option<&'static str>,
}

const fn server(
    protocol: &'static str,
    kind: &'static str,
    weight: u8,
    vendor: Option<&'static str>,
) -> Server {
    Server { protocol, kind, weight, vendor }
}

/// In the order of the names.
const SERVERS: &[Server] = &[
    server("ads", "plc", 75, Some("Beckhoff")),
    server("asterix", "industrial", 60, None),
    server("atg", "industrial", 75, None),
    server("bacnet", "building-automation", 70, None),
    server("c1222", "energy-meter", 70, None),
    server("codesys", "plc", 75, None),
    server("dicom", "medical", 70, None),
    server("dnp3", "industrial", 75, None),
    server("enip", "plc", 70, None),
    server("ether-s-bus", "plc", 75, Some("Saia-Burgess")),
    server("fins", "plc", 80, Some("Omron")),
    server("fox", "building-automation", 80, Some("Tridium")),
    server("ge-srtp", "plc", 80, Some("GE")),
    server("gvcp", "camera", 75, None),
    server("hart-ip", "industrial", 75, None),
    server("hislip", "industrial", 60, None),
    server("hl7", "medical", 55, None),
    server("iec104", "industrial", 75, None),
    server("iec62056", "energy-meter", 75, None),
    server("knxnet-ip", "building-automation", 80, None),
    server("melsec", "plc", 80, Some("Mitsubishi Electric")),
    server("mms", "industrial", 65, None),
    // Meters, inverters and gateways speak it as well.
    server("modbus", "plc", 55, None),
    server("opc-ua", "industrial", 55, None),
    server("pcworx", "plc", 80, Some("Phoenix Contact")),
    server("s7comm", "plc", 82, Some("Siemens")),
    server("s7comm-plus", "plc", 82, Some("Siemens")),
];

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let Ok(at) = SERVERS.binary_search_by(|known| known.protocol.cmp(look.record.protocol)) else { return };
    let Some(known) = SERVERS.get(at) else { return };
    let answered = look.record.dst_payload_bytes > 0 && look.record.direction != model::Direction::Multicast;
    // Answers to a question that went to all come as flows of their own, and some say it unasked.
    let says_itself = look.record.dst_payload_bytes == 0 && names_itself(look, known.protocol);
    let device = match (answered, says_itself) {
        (true, _) => look.dst(),
        (false, true) => look.src(),
        (false, false) => return,
    };
    heard.about(device).add("industrial", "protocols", known.protocol);
    let reason = format!("answers to {}", known.protocol);
    heard.vote(About::Type, known.kind, known.weight, "service", &reason);
    if let Some(vendor) = known.vendor {
        heard.vote(About::Vendor, vendor, 60, "service", &reason);
    }
    details(look, known.protocol, heard);
}

/// The one side that spoke said what it is: an identity list (CIP volume 2, 2-4.2), an I-Am (ASHRAE
/// 135 s16.10.2), a description (EN 50090, KNX 03.08.02), a discovery acknowledgement (GigE Vision).
fn names_itself(look: &FlowLook<'_>, protocol: &str) -> bool {
    match protocol {
        "enip" => look.text("product").is_some(),
        "bacnet" => look.list("services").iter().any(|service| &**service == "i-am"),
        "knxnet-ip" => look.text("device").is_some(),
        "gvcp" => look.text("model").is_some(),
        _ => false,
    }
}

fn details(look: &FlowLook<'_>, protocol: &str, heard: &mut Heard<'_>) {
    let said = |field| look.text(field).map(str::trim).unwrap_or_default();
    let reason = |field: &str, value: &str| format!("{protocol} says {field} \"{value}\"");
    // Where each protocol has what the device is called.
    let (model, vendor, firmware, serial) = match protocol {
        "s7comm" => (said("module"), "", "", said("serial")),
        "enip" => (said("product"), said("vendor"), said("revision"), said("serial")),
        "ads" => (said("device"), "", said("version"), ""),
        "fins" => (said("model"), "", said("version"), ""),
        "melsec" => (said("model"), "", "", ""),
        "pcworx" => (said("model"), "", said("firmware"), ""),
        "mms" => (said("model"), said("vendor"), said("revision"), ""),
        "gvcp" => (said("model"), said("manufacturer"), said("version"), said("serial")),
        "knxnet-ip" => (said("device"), "", "", said("serial")),
        "fox" => (said("application"), said("brand"), said("version"), ""),
        "codesys" => ("", "", said("version"), ""),
        _ => ("", "", "", ""),
    };
    let order = said("order_number");
    heard
        .text("industrial", "product", model)
        .text("industrial", "vendor", vendor)
        .text("industrial", "firmware", firmware)
        .text("industrial", "serial", serial)
        .text("industrial", "order_number", order)
        .text("industrial", "module", said("module"))
        .text("industrial", "station", if said("plc").is_empty() { said("station") } else { said("plc") });
    for (field, value) in [("model", model), ("order number", order)] {
        if !value.is_empty() {
            heard.vote(About::Model, value, 90, "industrial", &reason(field, value));
        }
    }
    if !vendor.is_empty() {
        heard.vote(About::Vendor, vendor, 92, "industrial", &reason("vendor", vendor));
    }
    // A number of zeroes is none.
    if serial.len() >= 4 && serial.chars().any(|c| c.is_ascii_alphanumeric() && c != '0') {
        heard.identity(Identity::Serial(format!("{protocol} {serial}").into()));
    }
    heard.name(said("plc"), NameSource::Banner);
    if protocol == "enip" && look.number("device_type").is_some_and(|kind| kind != 0x0e) {
        // CIP volume 1, 6-1: 0x0c is a communications adapter, 0x0e a controller.
        let kind = if look.number("device_type") == Some(0x18) { "hmi" } else { "industrial" };
        heard.vote(About::Type, kind, 72, "industrial", "its EtherNet/IP device type is no controller's");
    }
    if protocol == "fox" {
        let os = said("os");
        if !os.is_empty() {
            heard.vote(About::Os, os, 88, "industrial", &reason("system", os));
        }
    }
    for field in ["device_instance", "vendor_id"] {
        if let Some(number) = look.number(field) {
            heard.note("industrial", field, number);
        }
    }
    for unit in look.list("units") {
        heard.add("industrial", "units", unit);
    }
    if protocol == "dicom" {
        heard.add("industrial", "application_entities", said("called_ae"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, CLIENT, SERVER, Talk, of, votes};
    use crate::sighting::Fact;

    #[test]
    fn the_table_is_in_order() {
        assert!(SERVERS.is_sorted_by_key(|known| known.protocol));
        assert!(SERVERS.iter().all(|known| crate::TYPES.contains(&known.kind)));
    }

    #[test]
    fn who_answers_modbus_may_be_a_controller() {
        let ask = b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x02";
        let answer = b"\0\x01\0\0\0\x07\x01\x03\x04\0\x01\0\x02";
        let heard = Talk::tcp(502, &[(By::Client, ask), (By::Server, answer)]).sightings();
        assert_eq!(votes(&heard, SERVER, About::Type), ["plc"]);
        assert!(of(&heard, CLIENT).is_empty());
        let alone = Talk::tcp(502, &[(By::Client, ask)]).sightings();
        assert!(of(&alone, SERVER).iter().all(|fact| !matches!(fact, Fact::Vote(_))), "{alone:?}");
    }
}
