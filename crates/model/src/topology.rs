use serde::Serialize;

/// Who leads where, as far as it was heard. Devices are named by [`Device::id`](crate::Device::id).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Topology {
    pub gateways: Vec<String>,
    pub switches: Vec<String>,
    pub dns_servers: Vec<String>,
    pub dhcp_servers: Vec<String>,
    pub ntp_servers: Vec<String>,
    pub subnets: Vec<Subnet>,
    pub neighbours: Vec<Neighbour>,
}

/// A network that devices have addresses in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Subnet {
    /// `192.0.2.0/24`.
    pub network: String,
    /// A router or a DHCP server said so; else it is guessed from the addresses.
    pub announced: bool,
    /// Addresses in use.
    pub addresses: usize,
    /// VLAN ids that their devices were seen in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vlans: Vec<u16>,
    /// Gateways that have an address in it.
    pub gateways: Vec<String>,
}

/// A device that was heard on an interface out of one of its ports: the segment that the interface
/// sees hangs there, or a mirror shows what the neighbours of those ports hear.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Neighbour {
    /// Where it was heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Who spoke.
    pub device: String,
    /// The port it spoke from.
    pub port: String,
    /// `lldp`, `cdp`, `stp` ...
    pub protocol: &'static str,
}
