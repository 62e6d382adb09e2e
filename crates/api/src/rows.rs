//! Records as lists show them.

use model::{Device, Incident, Volume};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time;

/// A device in a list; the whole record is behind its id.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct DeviceRow {
    /// Names it.
    pub id: String,
    /// What to call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Hardware addresses.
    pub macs: Vec<String>,
    /// Addresses that it has now.
    pub ips: Vec<String>,
    /// Its maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// What kind of thing it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<OsRow>,
    /// What it is to others.
    pub roles: Vec<String>,
    /// Services that it offers.
    pub services: usize,
    /// Traffic with addresses that are not local.
    #[schema(value_type = Object)]
    pub internet: Volume,
    /// Traffic with local addresses.
    #[schema(value_type = Object)]
    pub local: Volume,
    /// VLAN ids.
    pub vlans: Vec<u16>,
    /// The router that its packets came through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// First seen, RFC 3339.
    pub first_seen: String,
    /// Last seen.
    pub last_seen: String,
    /// It was seen within the last five minutes.
    pub online: bool,
    /// Points of its incidents of the last week, at most 100.
    pub risk_score: u32,
    /// Hours in which it was seen.
    #[schema(value_type = Vec<Object>)]
    pub presence: Vec<model::Presence>,
}

/// An operating system, and how sure that is.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct OsRow {
    /// Family first.
    pub name: String,
    /// From 0 to 1.
    pub confidence: f64,
}

/// Who was seen within this time is online.
const ONLINE_S: i64 = 300;
/// Incidents older than this are no risk any more.
const RISK_S: i64 = 7 * 86_400;

impl DeviceRow {
    pub(crate) fn new(device: &Device, incidents: &[Incident], now: i64) -> Self {
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            macs: device.macs.clone(),
            ips: device.ips.iter().filter(|a| a.current).map(|a| a.ip.to_string()).collect(),
            vendor: device.vendor.clone(),
            kind: device.kind.clone(),
            model: device.model.clone(),
            os: device.os.as_ref().map(|os| OsRow { name: os.name.clone(), confidence: os.confidence }),
            roles: device.roles.iter().map(|role| (*role).to_owned()).collect(),
            services: device.services.iter().filter(|service| !service.withdrawn).count(),
            internet: device.internet,
            local: device.local,
            vlans: device.vlans.clone(),
            behind: device.behind.clone(),
            first_seen: device.first_seen.clone(),
            last_seen: device.last_seen.clone(),
            online: is_online(device, now),
            risk_score: risk(device, incidents, now).0,
            presence: device.presence.clone(),
        }
    }
}

pub(crate) fn is_online(device: &Device, now: i64) -> bool {
    now - time::of(&device.last_seen) <= ONLINE_S
}

/// How much there is to be said against a device, and what.
pub(crate) fn risk(device: &Device, incidents: &[Incident], now: i64) -> (u32, Vec<String>) {
    let of = |incident: &&Incident| {
        incident.device.as_deref() == Some(&*device.id) && now - time::of(&incident.last_seen) <= RISK_S
    };
    let mut of: Vec<_> = incidents.iter().filter(of).collect();
    of.sort_by_key(|incident| std::cmp::Reverse(incident.score));
    let score = of.iter().map(|incident| incident.score).sum::<u32>().min(100);
    (score, of.into_iter().map(|incident| incident.title.clone()).take(10).collect())
}
