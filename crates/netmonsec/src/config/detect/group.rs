use std::collections::BTreeMap;

use detect::registry::DETECTORS;
use serde::{Deserialize, Serialize};
use toml::Value;

use super::number::{read, written};
use crate::config::Cidr;
use crate::config::text::BadValue;

/// `[[detect.groups]]`: devices with thresholds of their own.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct GroupRule {
    name: String,
    networks: Vec<Cidr>,
    macs: Vec<wire::MacAddr>,
    thresholds: Vec<(usize, usize, detect::Setting)>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    networks: Vec<Cidr>,
    #[serde(default)]
    macs: Vec<String>,
    /// `{ "port-scan.ports" = 100 }`
    thresholds: BTreeMap<String, Value>,
}

impl GroupRule {
    /// As detection takes it.
    pub(crate) fn get(&self) -> detect::Group {
        let Self { name, networks, macs, thresholds } = self.clone();
        detect::Group { name, networks: crate::settings::networks(&networks), macs, thresholds }
    }
}

impl TryFrom<Written> for GroupRule {
    type Error = BadValue;

    fn try_from(written: Written) -> Result<Self, BadValue> {
        let Written { name, networks, macs, thresholds } = written;
        if networks.is_empty() && macs.is_empty() {
            return Err(BadValue(format!("group `{name}` has neither networks nor macs")));
        }
        let macs = macs.iter().map(|text| super::exclusion::mac(text)).collect::<Result<_, _>>()?;
        let thresholds =
            thresholds.iter().map(|(key, value)| threshold(key, value)).collect::<Result<_, _>>()?;
        Ok(Self { name, networks, macs, thresholds })
    }
}

fn threshold(key: &str, value: &Value) -> Result<(usize, usize, detect::Setting), BadValue> {
    let unknown =
        || BadValue(format!("there is no threshold `{key}`; write one like \"port-scan.ports\" = 100"));
    let (id, name) = key.split_once('.').ok_or_else(unknown)?;
    let number = DETECTORS.iter().position(|spec| spec.id == id).ok_or_else(unknown)?;
    let spec = DETECTORS.get(number).ok_or_else(unknown)?;
    let place = spec.thresholds.iter().position(|one| one.name == name).ok_or_else(unknown)?;
    let threshold = spec.thresholds.get(place).ok_or_else(unknown)?;
    let setting = read(threshold, value).map_err(|BadValue(what)| BadValue(format!("{key} {what}")))?;
    Ok((number, place, setting))
}

impl From<GroupRule> for Written {
    fn from(rule: GroupRule) -> Self {
        let key = |(number, place, setting): &(usize, usize, detect::Setting)| {
            let spec = DETECTORS.get(*number)?;
            Some((format!("{}.{}", spec.id, spec.thresholds.get(*place)?.name), written(*setting)))
        };
        Self {
            thresholds: rule.thresholds.iter().filter_map(key).collect(),
            macs: rule.macs.iter().map(ToString::to_string).collect(),
            name: rule.name,
            networks: rule.networks,
        }
    }
}
