use std::net::IpAddr;

use serde::Serialize;
use serde::ser::Serializer;

use crate::Value;

/// Something on the network: what it is, what it is called, what it does, with evidence.
///
/// Hardware addresses, IP addresses and names are its attributes in time. What is behind a router is
/// a device of its own if its address is local, and a peer in [`Connection`] otherwise.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Device {
    /// Names this device; made of the first address that it was known by.
    pub id: String,
    /// What to call it: the best of `hostnames`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Hardware addresses.
    pub macs: Vec<String>,
    /// IP addresses, with the latest first.
    pub ips: Vec<Address>,
    /// What it is called, with the best first.
    pub hostnames: Vec<Hostname>,
    /// Its maker: by its hardware address, or what it says itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// What kind of thing it is: `printer`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How sure the type is, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_evidence: Option<Finding>,
    /// The model: `LaserJet 4200`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How sure the model is, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_evidence: Option<Finding>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<Os>,
    /// Seconds that it had been up, when last it showed its clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime_seconds: Option<u64>,
    /// How sure that is, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime_evidence: Option<Finding>,
    /// What it is to others: `gateway`, `dns-server`.
    pub roles: Vec<&'static str>,
    /// Services that it offers.
    pub services: Vec<OfferedService>,
    /// Protocols that it uses elsewhere, with the busiest first.
    pub uses: Vec<Use>,
    /// Applications that it uses, with the busiest first.
    pub applications: Vec<Use>,
    /// Traffic with addresses that are not local.
    pub internet: Volume,
    /// Traffic with local addresses and groups.
    pub local: Volume,
    /// Whom it talked to, with the busiest first.
    pub connections: Vec<Connection>,
    /// Conversations that had no room among `connections`.
    #[serde(skip_serializing_if = "is_zero")]
    pub other_connections: u64,
    /// VLAN ids that it was seen in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vlans: Vec<u16>,
    /// Interfaces that saw it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<String>,
    /// The router that its packets came through: it is not on this link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// The switch port that it hangs on, as the switch says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<SwitchPort>,
    /// What is known of each hardware address, in the order of `macs`.
    pub hardware: Vec<Hardware>,
    /// When addresses of one device were found to be one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Join>,
    /// Several devices may share its address, and why that is thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<Finding>,
    /// Hours in which it was seen.
    pub presence: Vec<Presence>,
    /// First seen, RFC 3339.
    pub first_seen: String,
    /// Last seen, RFC 3339.
    pub last_seen: String,
    /// What it said in particular protocols: `dhcp`, `mdns`, `ssdp`, `lldp`, `netbios` ...
    #[serde(flatten)]
    pub objects: Objects,
}

/// An IP address of a device.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// How it is known to be its own: `arp`, `ndp`, `dhcp`, `announced`, `traffic`.
    pub evidence: &'static str,
    /// It has it still, as far as was seen.
    pub current: bool,
    /// First seen there.
    pub first_seen: String,
    /// Last seen there.
    pub last_seen: String,
}

/// A name of a device.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "as with addresses")]
pub struct Hostname {
    pub name: String,
    pub source: &'static str,
    pub first_seen: String,
    pub last_seen: String,
}

/// A hardware address of a device.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Hardware {
    /// The address.
    pub mac: String,
    /// Whom the block belongs to that it is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Not from a maker's block: often random and short-lived.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub locally_administered: bool,
    /// First seen.
    pub first_seen: String,
    /// Last seen.
    pub last_seen: String,
}

/// How sure something is, and why.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    /// From 0 to 1.
    pub confidence: f64,
    /// The signs, with the strongest first.
    pub reasons: Vec<String>,
}

/// Where a device hangs.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SwitchPort {
    /// The port, in the switch's words.
    pub circuit: String,
    /// The switch: its device id if it is one here, or what it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub switch: Option<String>,
    /// Number of the module that the port is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<u8>,
    /// The port's number on that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u8>,
    /// Its VLAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vlan: Option<u16>,
    /// How that is known: `dhcp-option-82`.
    pub evidence: &'static str,
}

/// An operating system, as far as it is known.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Os {
    /// Family first: `Windows 11`.
    pub name: String,
    /// From 0 to 1.
    pub confidence: f64,
    /// The signs, with the strongest first; those that speak against it are marked so.
    pub reasons: Vec<String>,
}

/// A service that a device offers.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OfferedService {
    /// `tcp`, `udp`.
    pub transport: &'static str,
    /// Its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Its protocol, or DNS-SD service type.
    pub protocol: String,
    /// What it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The software, as its banner says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Who says so.
    pub sources: Vec<&'static str>,
    /// The device said that it stopped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// First seen.
    pub first_seen: String,
    /// Last seen.
    pub last_seen: String,
}

/// How much a device used something.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Use {
    pub name: String,
    pub flows: u64,
    pub bytes: u64,
}

/// Traffic of a device, seen from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Volume {
    pub in_bytes: u64,
    pub out_bytes: u64,
    pub in_packets: u64,
    pub out_packets: u64,
}

/// Everything between a device and one service of one peer.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Connection {
    /// The other side.
    pub peer: IpAddr,
    /// The other side's device id, if it is a device here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_device: Option<String>,
    /// `inbound`, `outbound` (opened by this device, to an address that is not local), `lateral-in`,
    /// `lateral-out`, `multicast`.
    pub direction: &'static str,
    /// `tcp`, `udp`, `icmp` ...
    pub transport: String,
    /// Port of the side that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The wire protocol.
    pub protocol: &'static str,
    /// What runs on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<&'static str>,
    /// The latest name that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The peer's country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The peer's autonomous system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
    /// Whom that belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// Flows.
    pub flows: u64,
    /// What went there and came back.
    #[serde(flatten)]
    pub volume: Volume,
    /// Mean round trip in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_avg_ms: Option<f64>,
    /// Segments sent again, both ways.
    #[serde(skip_serializing_if = "is_zero")]
    pub retransmits: u64,
    /// Segments that were lost before the capture point.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost_segments: u64,
    /// First seen.
    pub first_seen: String,
    /// Last seen.
    pub last_seen: String,
}

/// Why two sets of addresses were found to be one device.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Join {
    /// When that was found.
    pub time: String,
    /// `joined` or `split`.
    pub what: &'static str,
    /// The addresses that came or went.
    pub addresses: Vec<String>,
    /// From 0 to 1.
    pub probability: f64,
    /// Why.
    pub reasons: Vec<String>,
}

/// An hour in which a device was seen.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Presence {
    /// Begin of the hour, RFC 3339.
    pub hour: String,
    /// Minutes of it in which it was seen.
    pub minutes: u32,
}

/// Objects of a device record, by name.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Objects(pub Vec<(&'static str, Vec<(&'static str, Value)>)>);

impl Objects {
    /// The value of an object's field.
    pub fn get(&self, object: &str, field: &str) -> Option<&Value> {
        let (_, fields) = self.0.iter().find(|(name, _)| *name == object)?;
        fields.iter().find(|(name, _)| *name == field).map(|(_, value)| value)
    }
}

impl Serialize for Objects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, fields)| (name, crate::flow::Fields(fields))))
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[cfg(test)]
mod tests {
    /// Reads the source, because a record with every optional field would have to be kept up by hand.
    #[test]
    fn every_field_is_documented() {
        let source = include_str!("device.rs");
        let manual = include_str!("../../../docs/devices.md");
        for record in [
            "Device",
            "Address",
            "Hostname",
            "Hardware",
            "SwitchPort",
            "OfferedService",
            "Connection",
            "Join",
        ] {
            let body = source.split(&format!("pub struct {record} {{")).nth(1).unwrap();
            let body = body.split("\n}").next().unwrap();
            let fields = body.lines().filter_map(|l| l.trim().strip_prefix("pub ")?.split_once(':'));
            let mut count = 0;
            for (field, _) in fields {
                let field = if field == "kind" { "type" } else { field };
                let there = manual.contains(&format!("| `{field}` |"));
                assert!(there || ["objects", "volume"].contains(&field), "docs/devices.md lacks {field}");
                count += 1;
            }
            assert!(count > 3, "only {count} fields of {record} found");
        }
    }
}
