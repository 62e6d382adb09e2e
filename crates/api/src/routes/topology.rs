use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::{Connection, Device, Topology};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::Query;
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TopologyQuery {
    /// Devices beyond which those of a subnet are folded into one node; 300 unless given, at most 5000.
    #[param(minimum = 1, maximum = 5000)]
    most: Option<usize>,
}

/// Who talks to whom, as a graph.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    links: Vec<Link>,
    /// Gateways, servers, subnets and neighbours.
    #[schema(value_type = Object)]
    facts: Arc<Topology>,
}

/// A device, several of them, or whom they talk to elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Node {
    /// A device's id; `subnet:` or `internet:` with a name for others.
    id: String,
    /// What to call it.
    label: String,
    /// `device`, `group` or `internet`.
    kind: &'static str,
    /// What kind of device.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    device_type: Option<String>,
    /// Devices that are folded into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<usize>,
    /// The subnet that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    subnet: Option<String>,
    /// Bytes in and out.
    bytes: u64,
}

/// What two of them have with each other.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Link {
    /// Id of a node.
    source: String,
    /// Id of the other.
    target: String,
    /// `traffic`, or `link` for a cable that LLDP, CDP or STP tells of.
    kind: &'static str,
    /// Bytes both ways.
    bytes: u64,
    /// Flows.
    flows: u64,
    /// The protocol with most of the bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
}

/// Organisations that get a node of their own.
const MOST_OUTSIDE: usize = 60;
const USUAL: usize = 300;
const MOST: usize = 5000;

/// The network as a graph.
#[utoipa::path(get, path = "/api/v1/topology", params(TopologyQuery),
    responses((status = 200, body = Graph), (status = 400, body = Problem)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Query(query): Query<TopologyQuery>,
) -> Result<Json<Graph>, Problem> {
    let most = query.most.unwrap_or(USUAL);
    if !(1..=MOST).contains(&most) {
        return Err(Problem::bad(format!("most must be from 1 to {MOST}")));
    }
    let devices = app.board.devices();
    Ok(Json(graph(&devices.all, app.board.topology(), most)))
}

/// What two nodes have with each other, by protocol.
#[derive(Default)]
struct Tie {
    bytes: u64,
    flows: u64,
    protocols: BTreeMap<&'static str, u64>,
}

fn graph(devices: &[Arc<Device>], facts: Arc<Topology>, most: usize) -> Graph {
    let folded = devices.len() > most;
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    let mut homes: BTreeMap<&str, String> = BTreeMap::new();
    for device in devices {
        let bytes = total(device);
        let subnet = subnet(device);
        // Who others depend on stays to be seen.
        let keep = !folded || !device.roles.is_empty();
        let id = match &subnet {
            Some(subnet) if !keep => format!("subnet:{subnet}"),
            _ if keep => device.id.clone(),
            _ => "subnet:".to_owned(),
        };
        homes.insert(&device.id, id.clone());
        let node = nodes.entry(id.clone()).or_insert_with(|| {
            let label = device.name.clone().or_else(|| device.ips.first().map(|a| a.ip.to_string()));
            Node {
                label: if keep {
                    label.unwrap_or_else(|| device.id.clone())
                } else {
                    subnet.clone().unwrap_or_else(|| "no address".into())
                },
                kind: if keep { "device" } else { "group" },
                device_type: device.kind.clone().filter(|_| keep),
                members: (!keep).then_some(0),
                subnet: subnet.clone(),
                bytes: 0,
                id,
            }
        });
        node.bytes = node.bytes.saturating_add(bytes);
        if let Some(members) = &mut node.members {
            *members += 1;
        }
    }
    let mut ties: BTreeMap<(String, String), Tie> = BTreeMap::new();
    let mut outside: BTreeMap<String, u64> = BTreeMap::new();
    for device in devices {
        for connection in &device.connections {
            let org = organisation(connection);
            if let Some(org) = org {
                *outside.entry(org).or_default() += bytes(connection);
            }
        }
    }
    let mut ranked: Vec<_> = outside.iter().collect();
    ranked.sort_by_key(|(name, bytes)| (std::cmp::Reverse(**bytes), (*name).clone()));
    let named: std::collections::BTreeSet<String> =
        ranked.into_iter().take(MOST_OUTSIDE).map(|(name, _)| name.clone()).collect();
    for device in devices {
        let Some(home) = homes.get(&*device.id) else { continue };
        for connection in &device.connections {
            let other = match (&connection.peer_device, organisation(connection)) {
                // Both ends have it; it is counted by one.
                (Some(peer), _) if *peer < device.id => continue,
                (Some(peer), _) => homes.get(&**peer).cloned(),
                (None, Some(org)) if named.contains(&org) => Some(format!("internet:{org}")),
                (None, Some(_)) => Some("internet:other".to_owned()),
                (None, None) => None,
            };
            let Some(other) = other.filter(|other| other != home) else { continue };
            if let Some(label) = other.strip_prefix("internet:") {
                let node = nodes.entry(other.clone()).or_insert_with(|| Node {
                    id: other.clone(),
                    label: label.to_owned(),
                    kind: "internet",
                    device_type: None,
                    members: None,
                    subnet: None,
                    bytes: 0,
                });
                node.bytes = node.bytes.saturating_add(bytes(connection));
            }
            let ends = if *home <= other { (home.clone(), other) } else { (other, home.clone()) };
            let tie = ties.entry(ends).or_default();
            tie.bytes = tie.bytes.saturating_add(bytes(connection));
            tie.flows = tie.flows.saturating_add(connection.flows);
            *tie.protocols.entry(connection.protocol).or_default() += bytes(connection);
        }
    }
    let mut links: Vec<Link> = ties
        .into_iter()
        .map(|((source, target), tie)| Link {
            source,
            target,
            kind: "traffic",
            bytes: tie.bytes,
            flows: tie.flows,
            protocol: tie
                .protocols
                .iter()
                .max_by_key(|(_, bytes)| **bytes)
                .map(|(name, _)| (*name).to_owned()),
        })
        .collect();
    for device in devices {
        let port = device.port.as_ref().and_then(|port| port.switch.as_deref());
        if let (Some(switch), Some(home)) =
            (port.and_then(|switch| homes.get(switch)), homes.get(&*device.id))
        {
            let (source, target) = (home.clone(), switch.clone());
            links.push(Link { source, target, kind: "link", bytes: 0, flows: 0, protocol: None });
        }
    }
    Graph { nodes: nodes.into_values().collect(), links, facts }
}

fn total(device: &Device) -> u64 {
    [&device.internet, &device.local]
        .iter()
        .map(|volume| volume.in_bytes.saturating_add(volume.out_bytes))
        .sum()
}

fn bytes(connection: &Connection) -> u64 {
    connection.volume.in_bytes.saturating_add(connection.volume.out_bytes)
}

/// Whom a connection leaves the place for; `None` if it does not.
fn organisation(connection: &Connection) -> Option<String> {
    let leaves = matches!(connection.direction, "inbound" | "outbound") && connection.peer_device.is_none();
    leaves.then(|| connection.org.clone().unwrap_or_else(|| "unknown".to_owned()))
}

/// What a person would call its subnet, by the first of its addresses.
fn subnet(device: &Device) -> Option<String> {
    let v4 = device.ips.iter().filter(|a| a.current).find_map(|a| match a.ip {
        IpAddr::V4(ip) => Some(ip.octets()),
        IpAddr::V6(_) => None,
    });
    v4.map(|[a, b, c, _]| format!("{a}.{b}.{c}.0/24"))
}
