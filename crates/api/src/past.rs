//! Devices and incidents of earlier runs, as the history has them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use model::{Incident, Presence, Severity, Volume};
use serde_json::{Value, json};
use store::{AlertRow, MainReader};

use crate::app::Verdict;
use crate::rows::{DeviceRow, OsRow};

/// Devices that are taken from the history; the latest.
const MOST: u32 = 100_000;
/// Alerts that are taken from the history; the latest.
const MOST_ALERTS: u32 = 10_000;

/// What earlier runs left, as it was when this one began.
#[derive(Debug, Default)]
pub(crate) struct Past {
    pub(crate) devices: Vec<DeviceRow>,
    /// What happened, without its steps.
    pub(crate) incidents: Vec<Incident>,
    /// Alerts that nobody had dealt with, and the incidents they are part of.
    pub(crate) open: Vec<(String, String)>,
}

impl Past {
    /// That of a history; nothing if there is none yet.
    pub(crate) fn of(folder: &Path) -> Self {
        let kept = MainReader::open(folder).and_then(|reader| reader.devices(MOST));
        let kept = kept.unwrap_or_else(|error| {
            tracing::debug!("no devices of earlier runs: {error}");
            Vec::new()
        });
        let devices = kept.iter().filter_map(|kept| row(&serde_json::from_str(&kept.record).ok()?)).collect();
        let Alerts { alerts, incidents } = Alerts::of(folder);
        let open = alerts.iter().filter(|(.., verdict)| verdict.state == "open");
        let open = open.map(|(id, alert, _)| (id.clone(), text(alert, "incident").to_owned())).collect();
        Self { devices, incidents: incidents.iter().map(without_steps).collect(), open }
    }

    /// Incidents of this run and those before.
    pub(crate) fn with<'a>(&'a self, now: &'a [Incident]) -> impl Iterator<Item = &'a Incident> {
        let known: HashSet<&str> = now.iter().map(|incident| &*incident.id).collect();
        now.iter().chain(self.incidents.iter().filter(move |incident| !known.contains(&*incident.id)))
    }
}

fn without_steps(incident: &Value) -> Incident {
    let own = |name: &str| text(incident, name).to_owned();
    let some = |name: &str| Some(own(name)).filter(|text| !text.is_empty());
    let score = incident.get("score").and_then(Value::as_u64).unwrap_or_default();
    Incident {
        id: own("id"),
        src_ip: some("src_ip").and_then(|ip| ip.parse().ok()),
        src_mac: some("src_mac"),
        device: some("device"),
        title: own("title"),
        severity: severity(incident),
        score: u32::try_from(score).unwrap_or(u32::MAX),
        first_seen: own("first_seen"),
        last_seen: own("last_seen"),
        timeline: Vec::new(),
    }
}

/// A record as a list shows it, without a score of risk. Whoever is not here now is not online.
fn row(record: &Value) -> Option<DeviceRow> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| record.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let texts = |name: &str| list(name).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let is = |of: &Value, name: &str| of.get(name).and_then(Value::as_bool).unwrap_or_default();
    let address = |of: &Value| of.get("ip").and_then(Value::as_str).map(str::to_owned);
    let os = record.get("os").and_then(|os| {
        let confidence = os.get("confidence").and_then(Value::as_f64).unwrap_or_default();
        Some(OsRow { name: os.get("name")?.as_str()?.to_owned(), confidence })
    });
    Some(DeviceRow {
        id: text("id")?,
        name: text("name"),
        macs: texts("macs"),
        ips: list("ips").iter().filter(|ip| is(ip, "current")).filter_map(address).collect(),
        vendor: text("vendor"),
        kind: text("type"),
        model: text("model"),
        os,
        roles: texts("roles"),
        services: list("services").iter().filter(|service| !is(service, "withdrawn")).count(),
        internet: volume(record.get("internet")),
        local: volume(record.get("local")),
        vlans: list("vlans").iter().filter_map(|vlan| u16::try_from(vlan.as_u64()?).ok()).collect(),
        behind: text("behind"),
        first_seen: text("first_seen")?,
        last_seen: text("last_seen")?,
        online: false,
        risk_score: 0,
        presence: list("presence").iter().filter_map(presence).collect(),
    })
}

fn volume(of: Option<&Value>) -> Volume {
    let number = |name: &str| of.and_then(|of| of.get(name)?.as_u64()).unwrap_or_default();
    Volume {
        in_bytes: number("in_bytes"),
        out_bytes: number("out_bytes"),
        in_packets: number("in_packets"),
        out_packets: number("out_packets"),
    }
}

fn presence(of: &Value) -> Option<Presence> {
    let minutes = u32::try_from(of.get("minutes")?.as_u64()?).ok()?;
    Some(Presence { hour: of.get("hour")?.as_str()?.to_owned(), minutes })
}

/// Severities from the least, and what an alert of each adds to a score (`Severity::points`).
const SEVERITIES: [Severity; 5] =
    [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

/// Alerts of earlier runs, and of this one as far as they are written.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    /// With the id, and what people did with each.
    pub(crate) alerts: Vec<(String, Value, Verdict)>,
    /// What they were part of; the shape of `model::Incident`.
    pub(crate) incidents: Vec<Value>,
}

impl Alerts {
    /// Those of a history; none if there is no history yet.
    pub(crate) fn of(folder: &Path) -> Self {
        let kept = MainReader::open(folder).and_then(|reader| reader.alerts(MOST_ALERTS));
        Self::from(kept.unwrap_or_else(|error| {
            tracing::debug!("no alerts of earlier runs: {error}");
            Vec::new()
        }))
    }
}

impl From<Vec<AlertRow>> for Alerts {
    fn from(rows: Vec<AlertRow>) -> Self {
        let alert = |row: AlertRow| {
            let record = serde_json::from_str(&row.record).ok()?;
            Some((row.id, record, Verdict { state: row.state, comment: row.comment }))
        };
        let alerts: Vec<(String, Value, Verdict)> = rows.into_iter().filter_map(alert).collect();
        let mut of: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for (_, alert, _) in &alerts {
            of.entry(text(alert, "incident")).or_default().push(alert);
        }
        let incidents = of.into_iter().filter_map(|(id, alerts)| incident(id, alerts)).collect();
        Self { alerts, incidents }
    }
}

fn incident(id: &str, mut alerts: Vec<&Value>) -> Option<Value> {
    if id.is_empty() {
        return None;
    }
    alerts.sort_by(|a, b| (text(a, "time"), text(a, "id")).cmp(&(text(b, "time"), text(b, "id"))));
    let first = alerts.first()?;
    // The first of the worst names it.
    let worst = alerts.iter().rev().max_by_key(|alert| severity(alert))?;
    let points: u32 = alerts.iter().map(|alert| severity(alert).points()).sum();
    let title = match alerts.len() {
        1 => text(worst, "title").to_owned(),
        n => format!("{} (and {} more)", text(worst, "title"), n - 1),
    };
    let step = |alert: &&Value| {
        json!({
            "time": text(alert, "time"),
            "detector": text(alert, "detector"),
            "alert": text(alert, "id"),
            "title": text(alert, "title"),
        })
    };
    let mut incident = json!({
        "id": id,
        "title": title,
        "severity": severity(worst).name(),
        "score": points.min(100),
        "first_seen": alerts.iter().map(|alert| text(alert, "first_seen")).min(),
        "last_seen": alerts.iter().map(|alert| text(alert, "last_seen")).max(),
        "timeline": alerts.iter().map(step).collect::<Vec<_>>(),
    });
    for name in ["src_ip", "src_mac", "device"] {
        if let (Some(fields), Some(value)) = (incident.as_object_mut(), first.get(name)) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    Some(incident)
}

fn severity(of: &Value) -> Severity {
    let name = text(of, "severity");
    SEVERITIES.into_iter().find(|one| one.name() == name).unwrap_or_default()
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_makes_the_row_that_its_device_made() {
        let device = model::Device {
            id: "mac-1".into(),
            name: Some("nas".into()),
            macs: vec!["02:00:00:00:00:01".into()],
            ips: vec![model::Address {
                ip: [10, 0, 0, 7].into(),
                evidence: "arp",
                current: true,
                first_seen: String::new(),
                last_seen: String::new(),
            }],
            os: Some(model::Os { name: "Linux".into(), confidence: 0.9, reasons: Vec::new() }),
            roles: vec!["gateway"],
            internet: Volume { in_bytes: 5, ..Volume::default() },
            vlans: vec![7],
            first_seen: "2026-11-21T00:00:00.000000000Z".into(),
            last_seen: "2026-11-21T01:00:00.000000000Z".into(),
            presence: vec![Presence { hour: "2026-11-21T00:00:00Z".into(), minutes: 3 }],
            ..model::Device::default()
        };
        let record = serde_json::to_value(&device).unwrap();
        let since = "2026-11-22T00:00:00Z";
        let expected = DeviceRow::of(&device, &crate::rows::Risks::of(&[], 0), since);
        assert_eq!(row(&record), Some(expected));
        assert_eq!(row(&serde_json::json!({"id": 5})), None);
    }
    #[test]
    fn alerts_that_are_kept_make_the_incidents_they_were_part_of() {
        let alert = |id: &str, incident: &str, second: u32, severity: &str| AlertRow {
            id: id.into(),
            record: json!({
                "id": id, "incident": incident, "detector": "port-scan", "severity": severity,
                "title": format!("alert {id}"), "src_ip": "10.0.0.5", "device": "mac-1",
                "time": format!("2026-11-21T00:00:{second:02}Z"),
                "first_seen": format!("2026-11-21T00:00:{second:02}Z"),
                "last_seen": format!("2026-11-21T00:01:{second:02}Z"),
            })
            .to_string(),
            state: "open".into(),
            comment: String::new(),
        };
        let alerts = [alert("b", "a", 9, "high"), alert("a", "a", 5, "low"), alert("c", "c", 7, "info")];
        let incidents = Alerts::from(alerts.to_vec()).incidents;
        let expected = json!({
            "id": "a", "title": "alert b (and 1 more)", "severity": "high", "score": 55,
            "src_ip": "10.0.0.5", "device": "mac-1",
            "first_seen": "2026-11-21T00:00:05Z", "last_seen": "2026-11-21T00:01:09Z",
            "timeline": [
                {"time": "2026-11-21T00:00:05Z", "detector": "port-scan", "alert": "a", "title": "alert a"},
                {"time": "2026-11-21T00:00:09Z", "detector": "port-scan", "alert": "b", "title": "alert b"},
            ],
        });
        assert_eq!(incidents.len(), 2);
        assert_eq!(incidents[0], expected);
        let told = without_steps(&incidents[0]);
        assert_eq!((told.severity, told.score, told.device.as_deref()), (Severity::High, 55, Some("mac-1")));
        assert_eq!((&incidents[1]["id"], &incidents[1]["title"]), (&json!("c"), &json!("alert c")));
    }
}
