//! Devices that earlier runs saw, as the history has them.

use std::path::Path;

use model::{Presence, Volume};
use serde_json::Value;
use store::MainReader;

use crate::rows::{DeviceRow, OsRow};

/// Devices that are taken from the history; the latest.
const MOST: u32 = 100_000;

/// The devices of a history; none if there is no history yet.
pub(crate) fn devices(folder: &Path) -> Vec<DeviceRow> {
    let kept = MainReader::open(folder).and_then(|reader| reader.devices(MOST));
    let kept = kept.unwrap_or_else(|error| {
        tracing::debug!("no devices of earlier runs: {error}");
        Vec::new()
    });
    kept.iter().filter_map(|kept| row(&serde_json::from_str(&kept.record).ok()?)).collect()
}

/// A record as a list shows it. Whoever is not here now is not online, and has no open incident.
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
}
