//! `[detect]`: what is made from the detectors' own lists of thresholds.

mod exclusion;
mod group;
mod number;

use detect::registry::DETECTORS;
use detect::{Spec, Unit};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::text::BadValue;
pub use exclusion::ExclusionRule;
pub use group::GroupRule;
use number::{read, written};

/// `[detect]`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Table", into = "Table")]
pub struct Detect {
    /// By the detectors' place in the registry.
    pub detectors: Vec<DetectorSettings>,
    /// What nobody wants to hear of.
    pub exclusions: Vec<ExclusionRule>,
    /// Devices with thresholds of their own.
    pub groups: Vec<GroupRule>,
    /// The file in which the detectors keep what they have learnt; empty for none.
    pub state: String,
}

/// The settings of one detector.
#[derive(Clone, PartialEq, Debug)]
pub struct DetectorSettings {
    /// It runs.
    pub enabled: bool,
    /// By the place of the threshold in the detector's list.
    pub thresholds: Vec<detect::Setting>,
}

const ENABLED: &str = "enabled";
const EXCLUSIONS: &str = "exclusions";
const GROUPS: &str = "groups";
const STATE: &str = "state";

impl Default for Detect {
    fn default() -> Self {
        let settings = |spec: &&Spec| DetectorSettings {
            enabled: true,
            thresholds: spec.thresholds.iter().map(|threshold| threshold.default).collect(),
        };
        Self {
            detectors: DETECTORS.iter().map(settings).collect(),
            exclusions: Vec::new(),
            groups: Vec::new(),
            state: String::new(),
        }
    }
}

impl TryFrom<Table> for Detect {
    type Error = BadValue;

    fn try_from(table: Table) -> Result<Self, BadValue> {
        let mut detect = Self::default();
        for (name, value) in table {
            match (name.as_str(), value) {
                (EXCLUSIONS, value) => detect.exclusions = list(value)?,
                (GROUPS, value) => detect.groups = list(value)?,
                (STATE, Value::String(path)) => detect.state = path,
                (_, Value::Table(keys)) => detect.set(&name, keys)?,
                _ => return Err(BadValue(format!("detect.{name} is a section"))),
            }
        }
        Ok(detect)
    }
}

impl Detect {
    fn set(&mut self, name: &str, keys: Table) -> Result<(), BadValue> {
        let number = DETECTORS.iter().position(|spec| spec.id == name);
        let found = number.and_then(|number| Some((DETECTORS.get(number)?, self.detectors.get_mut(number)?)));
        let Some((spec, settings)) = found else {
            return Err(BadValue(format!("there is no detector `{name}`")));
        };
        for (key, value) in keys {
            if key == ENABLED {
                settings.enabled = value.as_bool().ok_or_else(|| BadValue("is true or false".into()))?;
                continue;
            }
            let place = spec.thresholds.iter().position(|threshold| threshold.name == key);
            let known =
                place.and_then(|at| Some((spec.thresholds.get(at)?, settings.thresholds.get_mut(at)?)));
            let Some((threshold, slot)) = known else {
                return Err(BadValue(format!("{name} has no threshold `{key}`")));
            };
            *slot = read(threshold, &value)?;
        }
        Ok(())
    }
}

fn list<T: for<'de> Deserialize<'de>>(value: Value) -> Result<Vec<T>, BadValue> {
    Vec::deserialize(value).map_err(|error| BadValue(error.message().to_owned()))
}

impl From<Detect> for Table {
    fn from(detect: Detect) -> Self {
        let mut table = Self::new();
        for (spec, settings) in DETECTORS.iter().zip(&detect.detectors) {
            let mut keys = Self::new();
            keys.insert(ENABLED.into(), settings.enabled.into());
            for (threshold, setting) in spec.thresholds.iter().zip(&settings.thresholds) {
                keys.insert(threshold.name.into(), written(*setting));
            }
            table.insert(spec.id.into(), keys.into());
        }
        // What cannot be written was not read either.
        let exclusions = Value::try_from(&detect.exclusions).unwrap_or_else(|_| Value::Array(Vec::new()));
        let groups = Value::try_from(&detect.groups).unwrap_or_else(|_| Value::Array(Vec::new()));
        table.insert(EXCLUSIONS.into(), exclusions);
        table.insert(GROUPS.into(), groups);
        table.insert(STATE.into(), detect.state.into());
        table
    }
}

/// The least and the most that a threshold which counts something may be set to.
pub(super) fn limits(key: &str) -> Option<std::ops::RangeInclusive<i64>> {
    let (detector, name) = key.strip_prefix("detect.")?.split_once('.')?;
    let spec = DETECTORS.iter().find(|spec| spec.id == detector)?;
    let threshold = spec.thresholds.iter().find(|threshold| threshold.name == name)?;
    #[allow(clippy::cast_possible_truncation, reason = "ranges of counts are whole numbers")]
    let range = threshold.range.0 as i64..=threshold.range.1 as i64;
    (threshold.default.unit() == Unit::Count).then_some(range)
}

#[cfg(test)]
mod generated;
