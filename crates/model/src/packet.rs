//! Packets as records: every header with all its fields, for people who look at single packets.
//!
//! Nothing here is on the packet path. Bytes from the wire appear as hexadecimal digits, never as
//! text.

mod layer;
mod link;
mod network;
mod transport;
mod tunnel;

use serde::Serialize;
use wire::{Frame, Packet};

pub use layer::Layer;

/// One packet.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PacketRecord {
    /// Position in the capture, from 1.
    pub number: u64,
    /// When it was seen, RFC 3339.
    pub time: String,
    /// Interface that saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Bytes on the wire.
    pub length_bytes: u32,
    /// Bytes captured.
    pub captured_bytes: usize,
    /// Link type of the capture.
    pub link: String,
    /// VLAN ids, outermost first; of all levels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vlans: Vec<u16>,
    /// The headers, outermost first. Behind a tunnel's header come those of the packet inside.
    pub layers: Vec<Layer>,
    /// The packet, and each packet that it encapsulates.
    pub levels: Vec<Level>,
    /// Why the packet could not be decoded further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
}

/// What the headers of one level add up to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Level {
    /// The tunnel that this level came out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<&'static str>,
    /// Network, key, session or endpoint id of that tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunnel_id: Option<u32>,
    /// From the link header to the end of the IP packet, by the headers; padding excluded.
    pub length_bytes: u32,
    /// Payload behind the transport header, by the headers.
    pub payload_bytes: u32,
    /// Payload that was captured.
    pub payload_captured_bytes: u32,
    /// What is remarkable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<&'static str>,
}

impl PacketRecord {
    /// The record of a frame.
    pub fn new(number: u64, time_rfc3339: String, interface: Option<String>, frame: &Frame<'_>) -> Self {
        let mut layers = Vec::new();
        let error = Packet::headers(frame, |header| layers.push(Layer::new(&header))).err();
        let levels: Vec<_> = Packet::levels(frame).map_while(Result::ok).collect();
        // A level inherits the tags of those around it.
        let vlans = levels.last().map(|level| level.vlans.ids().to_vec()).unwrap_or_default();
        Self {
            number,
            time: time_rfc3339,
            interface,
            length_bytes: frame.wire_len,
            captured_bytes: frame.bytes.len(),
            link: frame.link.to_string(),
            vlans,
            layers,
            levels: levels.iter().map(Level::new).collect(),
            error: error.map(|cause| cause.name()),
        }
    }
}

impl Level {
    fn new(packet: &Packet) -> Self {
        let tunnel = packet.tunnel.name();
        Self {
            tunnel,
            tunnel_id: tunnel.map(|_| packet.tunnel_id),
            length_bytes: packet.bytes,
            payload_bytes: packet.payload_len,
            payload_captured_bytes: packet.payload_captured,
            // That it has a transport header shows in the layers.
            remarks: packet.flags.names().filter(|name| *name != "transport").collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::LinkType;

    fn record(bytes: &[u8]) -> serde_json::Value {
        let frame = Frame::whole(LinkType::Ethernet, bytes);
        serde_json::to_value(PacketRecord::new(1, "2026-11-22T00:00:00Z".into(), None, &frame)).unwrap()
    }

    fn syn() -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0x60, 5, 8, 0];
        bytes.extend([0x45, 0, 0, 44, 0, 7, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend([0x30, 0x39, 0, 80, 0, 0, 0, 9, 0, 0, 0, 0, 0x60, 2, 4, 0, 0xab, 0xcd, 0, 0]);
        bytes.extend([2, 4, 5, 180]);
        bytes
    }

    #[test]
    fn layers_in_order_with_fields_by_name() {
        let value = record(&syn());
        let names: Vec<_> = value["layers"].as_array().unwrap().iter().map(|l| &l["layer"]).collect();
        assert_eq!(names, ["ethernet", "vlan", "ipv4", "tcp"]);
        assert_eq!(value["layers"][0]["src_mac"], "02:00:00:00:00:01");
        assert_eq!(value["layers"][1]["priority"], 3);
        assert_eq!(value["layers"][2]["dst_ip"], "10.0.0.2");
        assert_eq!(value["layers"][3]["flags"], serde_json::json!(["syn"]));
        assert_eq!(value["layers"][3]["options"][0]["max_segment_size_bytes"], 1460);
        assert_eq!(value["vlans"], serde_json::json!([5]));
        assert!(value.get("error").is_none());
        let line = serde_json::to_string(&value["layers"][3]).unwrap();
        assert!(line.contains("\"seq\":9"), "{line}");
    }

    #[test]
    fn layers_begin_with_their_name() {
        let frame = syn();
        let record = PacketRecord::new(1, String::new(), None, &Frame::whole(LinkType::Ethernet, &frame));
        let line = serde_json::to_string(&record).unwrap();
        assert!(line.contains(r#"{"layer":"tcp","src_port":12345,"dst_port":80,"#), "{line}");
    }

    #[test]
    fn errors_keep_what_was_read() {
        let mut bytes = syn();
        bytes[18] = 0x55;
        let value = record(&bytes);
        assert_eq!((&value["error"], value["layers"].as_array().unwrap().len()), (&"ip-version".into(), 2));
        assert_eq!(value["levels"], serde_json::json!([]));
    }

    #[test]
    fn an_icmp_error_shows_what_it_quotes() {
        let quoted = &syn()[18..46];
        let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
        bytes.extend([0x45, 0, 0, 56, 0, 7, 0, 0, 64, 1, 0, 0, 10, 0, 0, 9, 10, 0, 0, 1]);
        bytes.extend([3, 1, 0, 0, 0, 0, 0, 0]);
        bytes.extend(quoted);
        let icmp = &record(&bytes)["layers"][2];
        assert_eq!((&icmp["layer"], &icmp["quoted"][0]["dst_ip"]), (&"icmp".into(), &"10.0.0.2".into()));
    }
}
