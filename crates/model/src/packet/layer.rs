use std::fmt::Write;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use wire::{Frame, Header, LinkType, Packet};

use super::{link, network, transport, tunnel};

/// A header: its name, and its fields in wire order. As JSON one object, `layer` first.
#[derive(Clone, PartialEq, Debug)]
pub struct Layer {
    name: &'static str,
    fields: Vec<(&'static str, Value)>,
}

impl Layer {
    /// The layer that a header is.
    pub fn new(header: &Header<'_>) -> Self {
        link::layer(header)
            .or_else(|| network::layer(header))
            .or_else(|| transport::layer(header))
            .or_else(|| tunnel::layer(header))
            .unwrap_or_else(|| Self::named("other"))
    }

    /// A layer without fields yet.
    pub(super) fn named(name: &'static str) -> Self {
        Self { name, fields: Vec::new() }
    }

    /// Adds a field; one that is absent is left out.
    pub(super) fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        let value = json!(value);
        if !value.is_null() {
            self.fields.push((name, value));
        }
        self
    }

    /// Adds a list; an empty one is left out.
    pub(super) fn list(self, name: &'static str, values: Vec<Value>) -> Self {
        if values.is_empty() { self } else { self.with(name, values) }
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.fields.len()))?;
        map.serialize_entry("layer", self.name)?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A number as its wire form, `0x0800`.
pub(super) fn hex16(number: u16) -> String {
    format!("{number:#06x}")
}

/// The headers of a packet that an ICMP error quotes. Such a packet may be an ICMP error itself;
/// what that one quotes is not shown.
pub(super) fn quoted(packet: &[u8]) -> Vec<Value> {
    let mut layers = Vec::new();
    // It is cut as a rule, which is an error only to a decoder.
    let _ = Packet::headers(&Frame::whole(LinkType::Raw, packet), |header| {
        let layer = match &header {
            Header::Icmp(icmp) => network::icmp_header(icmp),
            Header::Icmpv6(icmp) => network::icmpv6_header(icmp),
            other => Layer::new(other),
        };
        layers.push(json!(layer));
    });
    layers
}
