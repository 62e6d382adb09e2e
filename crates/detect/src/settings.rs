use std::sync::Arc;

use inventory::Networks;

use crate::blocklists::Blocklists;
use crate::detector::Spec;
use crate::exclusion::Exclusion;
use crate::group::Group;
use crate::registry::DETECTORS;
use crate::threshold::Setting;

/// What detection goes by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which addresses are this network's own.
    pub local: Networks,
    /// By the detectors' place in the registry.
    pub detectors: Vec<Values>,
    /// Devices that have thresholds of their own.
    pub groups: Vec<Group>,
    /// What nobody wants to hear of.
    pub exclusions: Vec<Exclusion>,
    /// What is known to be bad.
    pub blocklists: Arc<Blocklists>,
}

/// The settings of one detector.
#[derive(Clone, PartialEq, Debug)]
pub struct Values {
    /// It runs.
    pub enabled: bool,
    /// By the place of the threshold in its [`Spec`].
    pub thresholds: Vec<Setting>,
}

impl Values {
    /// What holds if nothing is set.
    pub fn of(spec: &Spec) -> Self {
        Self { enabled: true, thresholds: spec.thresholds.iter().map(|one| one.default).collect() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            local: Networks::default(),
            detectors: DETECTORS.iter().map(|spec| Values::of(spec)).collect(),
            groups: Vec::new(),
            exclusions: Vec::new(),
            blocklists: Arc::default(),
        }
    }
}
