//! Records as lists show them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::{Device, Incident, Volume};
use serde::Serialize;
use utoipa::ToSchema;

use crate::board::{Board, Devices};
use crate::past::Past;
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

/// All devices as lists show them, made once for all who ask.
#[derive(Debug, Default)]
pub(crate) struct Rows(Mutex<Option<Made>>);

/// Rows of all devices.
#[derive(Debug)]
pub(crate) struct AllRows {
    pub(crate) rows: Vec<DeviceRow>,
    /// What each is searched for, in small letters.
    texts: Vec<String>,
}

#[derive(Debug)]
struct Made {
    of: (Arc<Devices>, Arc<Vec<Incident>>, i64),
    all: Arc<AllRows>,
    at: Instant,
    /// New ones are being made.
    sought: bool,
}

/// Seconds of packet time after which rows are made anew though nothing changed: who is online may have.
const REMADE_S: i64 = 10;
/// Rows that something changed behind are given for so long, while new ones are made.
const STALE: Duration = Duration::from_secs(3);

impl Rows {
    /// Of the devices and incidents that the history has, those that are here now are left out.
    pub(crate) fn of(self: &Arc<Self>, board: &Board, past: &Arc<Past>) -> Arc<AllRows> {
        let now = time::of(&board.stats().time);
        let (devices, incidents) = (board.devices(), board.incidents());
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Made { of: (of_devices, of_incidents, then), all, at, sought }) = &mut *made {
            let is_same = Arc::ptr_eq(of_devices, &devices) && Arc::ptr_eq(of_incidents, &incidents);
            if is_same && (now - *then).abs() < REMADE_S {
                return Arc::clone(all);
            }
            if at.elapsed() < STALE {
                if !std::mem::replace(sought, true) {
                    let (rows, past) = (Arc::clone(self), Arc::clone(past));
                    tokio::task::spawn_blocking(move || {
                        let new = Made::of(devices, incidents, now, &past);
                        *rows.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
                    });
                }
                return Arc::clone(all);
            }
        }
        Arc::clone(&made.insert(Made::of(devices, incidents, now, past)).all)
    }
}

impl Made {
    fn of(devices: Arc<Devices>, incidents: Arc<Vec<Incident>>, now: i64, past: &Past) -> Self {
        let (risks, since) = (Risks::of(past.with(&incidents), now), online_since(now));
        let here = devices.all.iter().map(|device| DeviceRow::of(device, &risks, &since));
        let gone = past.devices.iter().filter(|row| devices.find(&row.id).is_none());
        let gone = gone.map(|row| DeviceRow { risk_score: risks.score(&row.id), ..row.clone() });
        let rows: Vec<_> = here.chain(gone).collect();
        let texts = rows.iter().map(DeviceRow::text).collect();
        let all = Arc::new(AllRows { rows, texts });
        Self { of: (devices, incidents, now), all, at: crate::kept::now(), sought: false }
    }
}

impl AllRows {
    /// Those with a text, in small letters, in a name, address, vendor, type or system.
    pub(crate) fn with(&self, text: &str) -> impl Iterator<Item = &DeviceRow> {
        let has = move |(row, texts): (_, &String)| texts.contains(text).then_some(row);
        self.rows.iter().zip(&self.texts).filter_map(has)
    }
}

/// Incidents of the last week by device.
pub(crate) struct Risks<'a>(HashMap<&'a str, Vec<&'a Incident>>);

impl<'a> Risks<'a> {
    pub(crate) fn of(incidents: impl IntoIterator<Item = &'a Incident>, now: i64) -> Self {
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        for incident in incidents {
            if let Some(device) = &incident.device
                && now - time::of(&incident.last_seen) <= RISK_S
            {
                of.entry(&**device).or_default().push(incident);
            }
        }
        Self(of)
    }

    fn score(&self, device: &str) -> u32 {
        let of = self.0.get(device).into_iter().flatten();
        of.map(|incident| incident.score).sum::<u32>().min(100)
    }
}

impl DeviceRow {
    /// What a search looks through.
    fn text(&self) -> String {
        let texts = [&self.name, &self.vendor, &self.kind, &self.model].into_iter().flatten();
        let texts = texts.chain(&self.macs).chain(&self.ips).chain(&self.roles).chain([&self.id]);
        let os = self.os.as_ref().map(|os| &os.name);
        texts.chain(os).map(|text| text.to_lowercase()).collect::<Vec<_>>().join("\n")
    }

    /// `since` is as [`online_since`] has it.
    pub(crate) fn of(device: &Device, risks: &Risks<'_>, since: &str) -> Self {
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
            online: is_online(device, since),
            risk_score: risks.score(&device.id),
            presence: device.presence.clone(),
        }
    }
}

/// Who was seen at this time or later is online.
pub(crate) fn online_since(now: i64) -> String {
    model::rfc3339_seconds(now.saturating_sub(ONLINE_S))
}

/// Whether a device was seen since then. Times of records sort as text, to the second at least.
pub(crate) fn is_online(device: &Device, since: &str) -> bool {
    const SECONDS: usize = "2026-11-22T14:03:01".len();
    device.last_seen.get(..SECONDS) >= since.get(..SECONDS)
}

/// How much there is to be said against a device, and what.
pub(crate) fn risk<'a>(
    device: &Device,
    incidents: impl IntoIterator<Item = &'a Incident>,
    now: i64,
) -> (u32, Vec<String>) {
    let of = |incident: &&Incident| {
        incident.device.as_deref() == Some(&*device.id) && now - time::of(&incident.last_seen) <= RISK_S
    };
    let mut of: Vec<_> = incidents.into_iter().filter(of).collect();
    of.sort_by_key(|incident| std::cmp::Reverse(incident.score));
    let score = of.iter().map(|incident| incident.score).sum::<u32>().min(100);
    (score, of.into_iter().map(|incident| incident.title.clone()).take(10).collect())
}
