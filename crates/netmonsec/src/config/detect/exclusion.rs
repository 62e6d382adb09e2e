use detect::registry::DETECTORS;
use serde::{Deserialize, Serialize};
use wire::{MacAddr, Timestamp};

use crate::config::Cidr;
use crate::config::text::BadValue;

/// `[[detect.exclusions]]`: what nobody wants to hear of. Every field that is set must match.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct ExclusionRule(Written, Option<Timestamp>);

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    detectors: Vec<String>,
    devices: Vec<String>,
    networks: Vec<Cidr>,
    sources: Vec<Cidr>,
    destinations: Vec<Cidr>,
    macs: Vec<String>,
    ports: Vec<u16>,
    protocols: Vec<String>,
    names: Vec<String>,
    comment: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    until: String,
}

impl ExclusionRule {
    /// As detection takes it.
    pub(crate) fn get(&self) -> detect::Exclusion {
        let Self(written, until) = self.clone();
        detect::Exclusion {
            detectors: written.detectors,
            networks: crate::settings::networks(&written.networks).0,
            sources: crate::settings::networks(&written.sources).0,
            destinations: crate::settings::networks(&written.destinations).0,
            macs: written.macs.iter().filter_map(|text| mac(text).ok()).collect(),
            devices: written.devices,
            ports: written.ports,
            protocols: written.protocols,
            names: written.names,
            comment: written.comment,
            until,
        }
    }
}

impl TryFrom<Written> for ExclusionRule {
    type Error = BadValue;

    fn try_from(written: Written) -> Result<Self, BadValue> {
        let fields = Written { comment: String::new(), until: String::new(), ..written.clone() };
        if fields == Written::default() {
            return Err(BadValue(
                "excludes everything; name a detector, device, network, port or name".into(),
            ));
        }
        let unknown = |id: &&String| !DETECTORS.iter().any(|spec| spec.id == id.as_str());
        if let Some(id) = written.detectors.iter().find(unknown) {
            return Err(BadValue(format!("detectors: there is no detector `{id}`; see docs/detections.md")));
        }
        written.macs.iter().try_for_each(|text| mac(text).map(drop))?;
        let until = if written.until.is_empty() { None } else { Some(time(&written.until)?) };
        Ok(Self(written, until))
    }
}

impl From<ExclusionRule> for Written {
    fn from(rule: ExclusionRule) -> Self {
        rule.0
    }
}

/// `02:00:5e:00:53:01`, with colons or hyphens.
pub(super) fn mac(text: &str) -> Result<MacAddr, BadValue> {
    let bad = || BadValue(format!("`{text}` is no hardware address; write one like 02:00:5e:00:53:01"));
    let mut bytes = [0; 6];
    let mut parts = text.split([':', '-']);
    for slot in &mut bytes {
        let part = parts.next().filter(|part| part.len() == 2).ok_or_else(bad)?;
        *slot = u8::from_str_radix(part, 16).map_err(|_| bad())?;
    }
    if parts.next().is_some() { Err(bad()) } else { Ok(MacAddr(bytes)) }
}

/// A day, whose end is meant, or an RFC 3339 time.
fn time(text: &str) -> Result<Timestamp, BadValue> {
    let bad =
        || BadValue(format!("until: `{text}` is no date; write one like 2027-01-31 or 2027-01-31T18:00:00Z"));
    let stamp = match text.parse::<jiff::civil::Date>() {
        Ok(day) => {
            let end = day.tomorrow().and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC));
            end.map_err(|_| bad())?.timestamp()
        }
        Err(_) => text.parse::<jiff::Timestamp>().map_err(|_| bad())?,
    };
    u64::try_from(stamp.as_nanosecond()).map(Timestamp).map_err(|_| bad())
}
