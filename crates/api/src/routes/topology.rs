use std::collections::HashMap;
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
pub(crate) struct Graph {
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
) -> Result<Json<Arc<Graph>>, Problem> {
    let most = query.most.unwrap_or(USUAL);
    if !(1..=MOST).contains(&most) {
        return Err(Problem::bad(format!("most must be from 1 to {MOST}")));
    }
    let board = Arc::clone(&app.board);
    let seek = move || Ok(graph(&board.devices().all, board.topology(), most));
    app.kept.graphs.get(most, seek).await.map(Json)
}

/// What two nodes have with each other.
#[derive(Default)]
struct Tie {
    bytes: u64,
    flows: u64,
    /// Bytes of each protocol; there are few.
    protocols: Vec<(&'static str, u64)>,
}

impl Tie {
    fn add(&mut self, connection: &Connection) {
        let bytes = bytes(connection);
        self.bytes = self.bytes.saturating_add(bytes);
        self.flows = self.flows.saturating_add(connection.flows);
        match self.protocols.iter_mut().find(|(name, _)| *name == connection.protocol) {
            Some((_, sum)) => *sum = sum.saturating_add(bytes),
            None => self.protocols.push((connection.protocol, bytes)),
        }
    }

    fn protocol(&self) -> Option<String> {
        let most = self.protocols.iter().max_by_key(|(name, bytes)| (*bytes, std::cmp::Reverse(*name)));
        most.map(|(name, _)| (*name).to_owned())
    }
}

/// Nodes, each once, by what they are called.
#[derive(Default)]
struct Nodes {
    all: Vec<Node>,
    places: HashMap<String, usize>,
}

impl Nodes {
    fn place(&mut self, id: String, new: impl FnOnce(String) -> Node) -> usize {
        *self.places.entry(id.clone()).or_insert_with(|| {
            self.all.push(new(id));
            self.all.len() - 1
        })
    }

    fn add(&mut self, place: usize, bytes: u64) {
        if let Some(node) = self.all.get_mut(place) {
            node.bytes = node.bytes.saturating_add(bytes);
        }
    }
}

fn graph(devices: &[Arc<Device>], facts: Arc<Topology>, most: usize) -> Graph {
    let mut nodes = Nodes::default();
    // Where each device is shown.
    let mut homes: HashMap<&str, usize> = HashMap::with_capacity(devices.len());
    for device in devices {
        let home = home(&mut nodes, device, devices.len() > most);
        nodes.add(home, total(device));
        homes.insert(&device.id, home);
    }
    let outside = outside(&mut nodes, devices);
    let mut ties: HashMap<(usize, usize), Tie> = HashMap::new();
    for device in devices {
        let Some(&home) = homes.get(&*device.id) else { continue };
        for connection in &device.connections {
            let other = match (&connection.peer_device, organisation(connection)) {
                // Both ends have it; it is counted by one.
                (Some(peer), _) if *peer < device.id => continue,
                (Some(peer), _) => homes.get(&**peer).copied(),
                (None, Some(org)) => {
                    let place = outside.named.get(org).copied().or(outside.other);
                    place.inspect(|place| nodes.add(*place, bytes(connection)))
                }
                (None, None) => None,
            };
            if let Some(other) = other.filter(|other| *other != home) {
                ties.entry((home.min(other), home.max(other))).or_default().add(connection);
            }
        }
    }
    let name = |place: usize| nodes.all.get(place).map(|node| node.id.clone()).unwrap_or_default();
    let mut links: Vec<Link> = ties
        .iter()
        .map(|((source, target), tie)| Link {
            source: name(*source),
            target: name(*target),
            kind: "traffic",
            bytes: tie.bytes,
            flows: tie.flows,
            protocol: tie.protocol(),
        })
        .collect();
    links.sort_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
    for device in devices {
        let port = device.port.as_ref().and_then(|port| port.switch.as_deref());
        if let (Some(switch), Some(home)) =
            (port.and_then(|switch| homes.get(switch)), homes.get(&*device.id))
        {
            let (source, target) = (name(*home), name(*switch));
            links.push(Link { source, target, kind: "link", bytes: 0, flows: 0, protocol: None });
        }
    }
    let mut nodes = nodes.all;
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    Graph { nodes, links, facts }
}

/// The node that shows a device: its own, or where there are too many that of its subnet.
fn home(nodes: &mut Nodes, device: &Device, folded: bool) -> usize {
    let subnet = subnet(device);
    // Who others depend on stays to be seen.
    if folded && device.roles.is_empty() {
        let id = format!("subnet:{}", subnet.as_deref().unwrap_or_default());
        let place = nodes.place(id, |id| Node {
            id,
            label: subnet.clone().unwrap_or_else(|| "no address".into()),
            kind: "group",
            device_type: None,
            members: Some(0),
            subnet,
            bytes: 0,
        });
        if let Some(members) = nodes.all.get_mut(place).and_then(|node| node.members.as_mut()) {
            *members += 1;
        }
        return place;
    }
    nodes.place(device.id.clone(), |id| {
        let label = device.name.clone().or_else(|| device.ips.first().map(|a| a.ip.to_string()));
        Node {
            label: label.unwrap_or_else(|| id.clone()),
            id,
            kind: "device",
            device_type: device.kind.clone(),
            members: None,
            subnet,
            bytes: 0,
        }
    })
}

/// Nodes for organisations elsewhere.
struct Outside<'a> {
    named: HashMap<&'a str, usize>,
    /// Those that have no node of their own.
    other: Option<usize>,
}

fn outside<'a>(nodes: &mut Nodes, devices: &'a [Arc<Device>]) -> Outside<'a> {
    let mut volumes: HashMap<&str, u64> = HashMap::new();
    for connection in devices.iter().flat_map(|device| &device.connections) {
        if let Some(org) = organisation(connection) {
            *volumes.entry(org).or_default() += bytes(connection);
        }
    }
    let mut ranked: Vec<_> = volumes.into_iter().collect();
    ranked.sort_by_key(|(name, bytes)| (std::cmp::Reverse(*bytes), *name));
    let mut node = |label: &str| {
        nodes.place(format!("internet:{label}"), |id| Node {
            id,
            label: label.to_owned(),
            kind: "internet",
            device_type: None,
            members: None,
            subnet: None,
            bytes: 0,
        })
    };
    let named = ranked.iter().take(MOST_OUTSIDE).map(|(name, _)| (*name, node(name))).collect();
    Outside { named, other: (ranked.len() > MOST_OUTSIDE).then(|| node("other")) }
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
fn organisation(connection: &Connection) -> Option<&str> {
    let leaves = matches!(connection.direction, "inbound" | "outbound") && connection.peer_device.is_none();
    leaves.then(|| connection.org.as_deref().unwrap_or("unknown"))
}

/// What a person would call its subnet, by the first of its addresses.
fn subnet(device: &Device) -> Option<String> {
    let v4 = device.ips.iter().filter(|a| a.current).find_map(|a| match a.ip {
        IpAddr::V4(ip) => Some(ip.octets()),
        IpAddr::V6(_) => None,
    });
    v4.map(|[a, b, c, _]| format!("{a}.{b}.{c}.0/24"))
}
