use std::net::IpAddr;

use serde::Serialize;
use serde::ser::Serializer;

use crate::Value;

/// Something that is wrong, as far as it is known: one incident of one kind.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Alert {
    /// Names this alert; made of what it is about and when it began.
    pub id: String,
    /// When it was raised, RFC 3339.
    pub time: String,
    /// What raised it: `port-scan`.
    pub detector: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What happens and who does it, in a line.
    pub title: String,
    /// What was measured and the limit, what is usual here, what harmless things look the same, and
    /// what to look at next.
    pub description: String,
    /// Who does it, or who is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_ip: Option<IpAddr>,
    /// The hardware address that its frames came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_mac: Option<String>,
    /// Whom it is done to, if that is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_ip: Option<IpAddr>,
    /// That one's hardware address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_mac: Option<String>,
    /// Id of the device that `src_ip` and `src_mac` belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What that device is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// How often it happened so far: ports, probes, attempts.
    pub count: u64,
    /// When it began.
    pub first_seen: String,
    /// When it was last seen.
    pub last_seen: String,
    /// The numbers.
    pub evidence: Evidence,
    /// ATT&CK technique ids.
    pub mitre: Vec<&'static str>,
    /// Whether somebody has dealt with it: `open`, `acknowledged`, `muted`.
    pub state: &'static str,
    /// Id of the incident that it is part of.
    pub incident: String,
}

/// How bad something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Look at it when there is time.
    Low,
    /// Look at it today.
    Medium,
    /// Look at it now.
    High,
    /// Somebody is being harmed.
    Critical,
}

impl Severity {
    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// What an alert of it adds to a risk score.
    pub const fn points(self) -> u32 {
        match self {
            Self::Info => 0,
            Self::Low => 5,
            Self::Medium => 20,
            Self::High => 50,
            Self::Critical => 100,
        }
    }
}

/// Numbers by name, in the order in which they matter.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Evidence(pub Vec<(&'static str, Value)>);

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Alerts about one actor that belong together: what it did, in order.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Incident {
    /// Names this incident; the id of its first alert.
    pub id: String,
    /// Who it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_ip: Option<IpAddr>,
    /// That one's hardware address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_mac: Option<String>,
    /// Id of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What happened, in a line.
    pub title: String,
    /// The worst of its alerts.
    pub severity: Severity,
    /// Points of its alerts added up, at most 100.
    pub score: u32,
    /// When it began.
    pub first_seen: String,
    /// When it was last seen.
    pub last_seen: String,
    /// Its alerts in the order they were raised: when, which detector, what.
    pub timeline: Vec<Step>,
}

/// One alert within an incident.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Step {
    /// When it was raised.
    pub time: String,
    /// Which detector raised it.
    pub detector: &'static str,
    /// Its id.
    pub alert: String,
    /// Its title.
    pub title: String,
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_field_of_an_alert_is_documented() {
        let source = include_str!("alert.rs");
        let manual = include_str!("../../../docs/records.md");
        let record = source.split("pub struct Alert {").nth(1).unwrap().split("\n}").next().unwrap();
        let fields = record.lines().filter_map(|l| l.trim().strip_prefix("pub ")?.split_once(':'));
        let mut count = 0;
        for (field, _) in fields {
            assert!(manual.contains(&format!("| `{field}` |")), "docs/records.md lacks {field}");
            count += 1;
        }
        assert!(count > 15, "only {count} fields found");
    }
}
